"""A training without a window: the same data, trainer, loop and run folder, driven from one thread."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from latentlab.core import catalogue, run_config, run_data, runs
from latentlab.core.data import select
from latentlab.core.downloads import Progress
from latentlab.core.errors import RunError
from latentlab.core.exploration import Exploration
from latentlab.core.fit import Event, fit
from latentlab.core.reopening import restored
from latentlab.core.run import Run, RunSettings
from latentlab.core.run_data import Asked, with_data
from latentlab.core.run_store import RunLock
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig

# As many as a curve needs to show its bend within one epoch.
_ROWS_AN_EPOCH = 10


class HeadlessRun:
    """A training and the folder it is kept in, which belongs to it alone until `close`.

    Attributes:
        settings: what it was begun with; the settings for the steps to come are the trainer's.
        trainer: where it stands.
        folder: where it is saved.
    """

    def __init__(self, settings: RunSettings, trainer: Trainer, lock: RunLock, opened: Run | None = None) -> None:
        """``opened``: what it goes on from, whose name, view and prior it keeps."""
        self.settings, self.trainer, self.folder = settings, trainer, lock.folder
        self._lock, self._opened = lock, opened

    def train(self) -> Iterator[Event]:
        """Trains to the goal; between two events the run may be saved, and closing the generator stops it."""
        return fit(self.trainer, snapshot_seconds=math.inf, rows_an_epoch=_ROWS_AN_EPOCH)

    def moment(self) -> Run:
        """The run as it stands, as `runs.save` writes it."""
        opened = self._opened
        if opened is None:
            return Run.of(self.trainer, self.settings.data, self.settings.model, Exploration())
        moment = Run.of(self.trainer, self.settings.data, self.settings.model, opened.exploration, opened.prior)
        return replace(moment, title=opened.title, origin=opened.origin)

    @property
    def data_changed(self) -> str:
        """A sentence where the data are not what the run had learned from when it was opened; else empty."""
        return "" if self._opened is None else run_data.changed(self._opened, self.trainer.dataset)

    def save(self) -> None:
        """Writes the run into its folder.

        Raises:
            RunError: it cannot be written; what stood there before still opens.
        """
        runs.save(self.moment(), self.folder)

    def close(self) -> None:
        """Gives the folder back."""
        self._lock.release()


def begin(
    settings: RunSettings, folder: Path, progress: Progress | None = None, cancelled: Asked | None = None
) -> HeadlessRun:
    """A new training, saved once already, so that a folder that cannot be written is known before the work.

    Args:
        progress, cancelled: as in `catalogue.load`.

    Raises:
        RunError: the folder holds a run already or cannot be written.
        DataError: the data set cannot be had.
        TrainingError: the device asked for is not there, or too small.
        Cancelled: ``cancelled`` returned True.
    """
    if run_config.holds_run(folder):
        raise RunError(f"{folder} already holds a run; choose another folder or resume that one.")
    data = replace(settings.data, name=catalogue.from_anywhere(settings.data.name))
    settings = replace(settings, data=data)
    dataset = select(catalogue.load(data.name, progress, cancelled), data)
    trainer = Trainer(dataset, settings.model_name, settings.model, settings.training)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{folder} cannot be made: {error.strerror}. Choose another folder.") from error
    with locked(folder) as lock:
        run = HeadlessRun(settings, trainer, lock)
        run.save()
        return run


def resume(
    folder: Path,
    training: TrainingConfig,
    progress: Progress | None = None,
    cancelled: Asked | None = None,
    place: str = "",
) -> HeadlessRun:
    """A saved training that goes on exactly where it was; one that had reached its goal gets a new one.

    Args:
        training: the settings for the steps to come; the seed stays as it was. The goal moves by as many epochs as
            ``training.epochs`` differs from the run's; behind a goal that was reached, it lies that many further on.
        progress, cancelled: as in `catalogue.load`.
        place: where its own data lie now; empty where they have not moved.

    Raises:
        RunError: the folder is no whole run, is in use, or keeps only the weights.
        DataError, TrainingError, Cancelled: as in `begin`.
        LostDataError: its own data may be elsewhere.
    """
    run_config.read_settings(folder)  # a lock is only for a folder that is a run
    with locked(folder) as lock:
        opened = runs.load(folder)
        if not opened.tensors:
            raise RunError(f"The run in {folder} keeps only its weights; it can be evaluated but not gone on with.")
        opened, dataset = with_data(opened, progress, cancelled, place)
        settings = opened.settings
        before = replace(settings.training, device=training.device)
        trainer = restored(opened, replace(settings, training=before), dataset)
        finished = trainer.done
        trainer.retune(training)
        if finished:
            trainer.extend()
        return HeadlessRun(settings, trainer, lock, opened)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[RunLock]:
    """Takes the folder for good, unless something fails within.

    Raises:
        RunError: somebody else has it, or it cannot be written.
    """
    lock = RunLock(folder)
    if not lock.take():
        if lock.problem:
            raise RunError(f"{folder} cannot be written: {lock.problem}. Choose another folder.")
        raise RunError(f"{folder} is in use by another LatentLab; choose another folder.")
    try:
        yield lock
    except BaseException:
        lock.release()
        raise
