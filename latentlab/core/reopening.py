"""A saved run on this machine: the moment it shows, the device it goes on with, the trainer that takes it up."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from latentlab.core import catalogue, devices, film_file, run_store, runs
from latentlab.core.data import Dataset
from latentlab.core.downloads import Progress
from latentlab.core.errors import DataError, TrainingError
from latentlab.core.film import Film
from latentlab.core.fit import Snapshot
from latentlab.core.run import Run, RunSettings
from latentlab.core.run_data import THE_RUN, Asked, with_data
from latentlab.core.training import Trainer


def read(
    folder: Path, progress: Progress | None = None, cancelled: Asked | None = None, place: str = ""
) -> tuple[Run, Dataset]:
    """The run in ``folder`` and the data it was trained on; nothing is downloaded.

    Args:
        progress, cancelled, place: as in `run_data.with_data`.

    Raises:
        RunError: the folder is no whole run.
        DataError: its data set is not on this machine, or is not what it was.
        LostDataError, Cancelled: as in `run_data.with_data`.
    """
    run = runs.load(folder)
    name = run.settings.data.name
    if catalogue.is_known(name) and not catalogue.is_available(name):
        raise DataError(
            f"The run was trained on {name}, which is not on this machine; "
            "choose that data set once to download it, then open the run again."
        )
    called = THE_RUN if run_store.is_unnamed(folder) else f"“{run.title or folder.name}”"
    run, dataset = with_data(run, progress, cancelled, place, called)
    run.build_model()  # what does not fit is found here, rather than by every view
    return run, dataset


def read_film(opened: Run, folder: Path, most_bytes: int, cancelled: Asked) -> tuple[Film, str]:
    """The film of a run that was read from ``folder``, and a sentence about frames that are damaged, or nothing.

    Args:
        most_bytes: of the film.
        cancelled: as in `read`.

    Raises:
        Cancelled: ``cancelled`` returned True.
    """
    last_step = opened.step if opened.numbers else sys.maxsize
    return film_file.read(folder, opened.weights, last_step, most_bytes, cancelled)


def moment_of(opened: Run, dataset: Dataset) -> Snapshot:
    """The moment at which the opened run was saved, as training would have published it."""
    numbers = opened.numbers
    if numbers:
        epoch = numbers["epochs_done"] + numbers["position"] / len(dataset.train)
        progress = min(epoch / numbers["goal"], 1.0)
    else:
        epoch, progress = (opened.history[-1].epoch if opened.history else 0.0), 1.0
    return Snapshot(opened.step, epoch, opened.weights, (), progress, 0.0, None)


def on_this_machine(settings: RunSettings) -> RunSettings:
    """``settings``, with the device chosen anew where the one they name is not here."""
    try:
        devices.resolve(settings.training.device)
    except TrainingError:
        return replace(settings, training=replace(settings.training, device="auto"))
    return settings


def restored(opened: Run, settings: RunSettings, dataset: Dataset) -> Trainer:
    """A trainer that goes on exactly where the opened run was saved."""
    trainer = Trainer(dataset, settings.model_name, settings.model, settings.training)
    trainer.load_history(opened.history)
    trainer.load_state(opened.tensors, opened.numbers)
    return trainer
