"""``latentlab evaluate``: the figures of a saved run on its test split, and what is wrong with it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from latentlab.commands import DONE, moved_data, settings
from latentlab.commands.progress import LoadingLine
from latentlab.core import run_data, runs, summary, threads
from latentlab.core.evaluation import EvaluationConfig
from latentlab.core.options import build, describe
from latentlab.core.setting_words import chosen


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="the run's folder")
    moved_data.declare(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    for setting in describe(EvaluationConfig):
        settings.add(parser, settings.flag("", setting), setting.name, setting, setting.default, setting.default)
    parser.set_defaults(body=run)


def run(options: argparse.Namespace) -> int:
    """Prints the figures; returns the exit status."""
    threads.limit_numpy()
    threads.use_threads(threads.available_cores())
    config = build(EvaluationConfig, {each.name: getattr(options, each.name) for each in describe(EvaluationConfig)})
    opened = runs.load(options.run)
    with moved_data.asked_for(options.data), LoadingLine() as line:
        opened, dataset = run_data.with_data(opened, line.show, place=options.data)
    moved_data.warn(run_data.changed(opened, dataset))
    with LoadingLine() as line:
        figures = summary.figures(opened, dataset, config, line.show)
    if options.json:
        print(json.dumps(figures, indent=2))
        return DONE
    print(f"{figures['model']} on {figures['data']}, step {opened.step:,}, {figures['test_images']:,} test images:")
    print(f"  {chosen(opened.settings)}")
    for row in summary.table(figures):
        print(f"  {row}")
    for finding in figures["diagnosis"]:
        print(f"{finding['severity'].capitalize()}: {finding['sentence']} {finding['remedy']}")
    return DONE
