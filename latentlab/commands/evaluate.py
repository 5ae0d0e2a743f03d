"""``latentlab evaluate``: the figures of a saved run on its test split."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from latentlab.commands import DONE, settings
from latentlab.commands.progress import LoadingLine
from latentlab.core import headless, runs, summary, threads
from latentlab.core.evaluation import DEFAULT_SAMPLES
from latentlab.core.options import describe, option


@dataclass(frozen=True)
class EvaluationConfig:
    """How the bound is estimated."""

    samples: int = option(
        DEFAULT_SAMPLES, label="Samples", help="How often the bound is estimated for each image.", minimum=1,
        maximum=10_000,
    )
    seed: int = option(0, label="Seed", help="Start of those estimates' random numbers.", minimum=0, maximum=2**31 - 1)


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="the run's folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    for setting in describe(EvaluationConfig):
        settings.add(parser, f"--{setting.name}", setting.name, setting, setting.default, setting.default)
    parser.set_defaults(body=run)


def run(options: argparse.Namespace) -> int:
    """Prints the figures; returns the exit status."""
    threads.limit_numpy()
    threads.use_threads(threads.available_cores())
    opened = runs.load(options.run)
    with LoadingLine() as line:
        dataset = headless.dataset_of(opened, line.show)
    figures = summary.figures(opened, dataset, options.samples, options.seed)
    if options.json:
        print(json.dumps(figures, indent=2))
    else:
        print(f"{figures['model']} on {figures['data']}, {len(dataset.test):,} test images:")
        for sentence in summary.in_words(figures):
            print(f"  {sentence}")
    return DONE
