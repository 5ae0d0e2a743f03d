"""``latentlab encode``: what a saved run's encoder says of the images it was trained on or tested with, as a file."""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from latentlab.commands import DONE, UsageError, moved_data
from latentlab.commands.progress import LoadingLine
from latentlab.core import devices, latent_table, reopening, run_data, runs, threads
from latentlab.core.errors import RunError, reason_of


def declare(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="the run's folder")
    moved_data.declare(parser)
    endings = " or ".join(latent_table.ENDINGS)
    parser.add_argument("--out", type=Path, metavar="FILE", required=True, help=f"what to write, a {endings} file")
    which = "which images (default: test)"
    parser.add_argument("--split", choices=("test", "train"), default="test", help=which)
    parser.set_defaults(body=run)


def run(options: argparse.Namespace) -> int:
    """Writes the latents; returns the exit status."""
    if options.out.suffix.lower() not in latent_table.ENDINGS:
        raise UsageError(f"{options.out} is no name for latents; let it end in {' or '.join(latent_table.ENDINGS)}.")
    threads.limit_numpy()
    threads.use_threads(threads.available_cores())
    opened = runs.load(options.run)
    model = opened.build_model()
    with moved_data.asked_for(options.data), LoadingLine() as line:
        opened, dataset = run_data.with_data(opened, line.show, place=options.data)
    moved_data.warn(run_data.changed(opened, dataset))
    device = devices.resolve(reopening.on_this_machine(opened.settings).training.device)
    with LoadingLine() as line:
        table = latent_table.encoded(model.to(device), dataset, options.split, partial(line.show, "Encoding"))
    try:
        table.write(options.out)
    except OSError as error:
        raise RunError(f"The latents could not be written to {options.out}: {reason_of(error)}.") from error
    print(options.out)
    return DONE
