"""``latentlab prior``: learns which codes of a saved run go together, so that samples can be drawn from it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from latentlab.commands import DONE, UsageError, moved_data, settings
from latentlab.commands.interruption import Interruption
from latentlab.commands.progress import LoadingLine
from latentlab.core import devices, headless, pictures, reopening, run_config, run_data, run_results, runs, threads
from latentlab.core.code_prior import PriorConfig
from latentlab.core.errors import RunError
from latentlab.core.options import build, describe
from latentlab.core.prior_training import PriorFit, PriorProgress


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="the run's folder")
    moved_data.declare(parser)
    for setting in describe(PriorConfig):
        settings.add(parser, f"--{setting.name}", setting.name, setting, setting.default, setting.default)
    parser.set_defaults(body=run)


def run(options: argparse.Namespace) -> int:
    """Trains the prior and saves it with the run; when interrupted, as far as it came. Returns the exit status."""
    threads.limit_numpy()
    threads.use_threads(threads.available_cores())
    config = build(PriorConfig, {setting.name: getattr(options, setting.name) for setting in describe(PriorConfig)})
    run_config.read_settings(options.run)  # a lock is only for a folder that is a run
    with Interruption() as interruption, headless.locked(options.run) as lock:
        opened = runs.load(options.run)
        model = opened.build_model()
        if model.capabilities.sampler != "codes":
            raise UsageError(f"{opened.settings.model_name} has no codes that a prior could be learned over.")
        with moved_data.asked_for(options.data), LoadingLine() as line:
            opened, dataset = run_data.with_data(opened, line.show, interruption.asked, options.data)
        moved_data.warn(run_data.changed(opened, dataset))
        device = devices.resolve(reopening.on_this_machine(opened.settings).training.device)
        fit = PriorFit(model, dataset, config, opened.step, device)
        if not _follow(fit.events(), interruption):
            _follow(fit.conclude(), None)
        if fit.learned is not None:
            learned = replace(opened, prior=fit.learned)
            runs.save(learned, options.run)
            print(f"Test codes: {fit.learned.figures.in_words()}.", file=sys.stderr)
            try:
                pictures.write_samples(learned, dataset, options.run / run_results.FIGURES)
            except OSError as error:
                raise RunError(f"The picture could not be written in {options.run}: {error.strerror}.") from error
        lock.release()
    print(options.run)
    return interruption.status if interruption.asked() else DONE


def _follow(events: Iterator[PriorProgress], interruption: Interruption | None) -> bool:
    """Shows how far the work is; False where it was interrupted."""
    with tqdm(total=100, leave=False, disable=None, bar_format="{desc}{bar:20}{n:4.0f} % {postfix}") as bar:
        for progress in events:
            bar.set_description_str(f"{progress.what} ", refresh=False)
            if progress.learned is not None:
                words = f"{progress.what}: test codes {progress.learned.figures.in_words()}"
                bar.write(words, file=sys.stderr)
            if progress.seconds_left is not None:
                bar.set_postfix_str(f"{progress.seconds_left:.0f} s left", refresh=False)
            bar.n = 100.0 * progress.share
            bar.refresh()
            if interruption is not None and interruption.asked():
                return False
    return True
