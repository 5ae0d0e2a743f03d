"""Projections of the shown images: fitted in the background, kept for as long as the data set is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core.data import Dataset
from latentlab.core.errors import Cancelled
from latentlab.core.projections import Placement, Watch, place, projection_info
from latentlab.core.requests import Measured, MeasureSplit
from latentlab.core.serving import LatentServer
from latentlab.core.view_config import ShownImages, ViewConfig
from latentlab.gui.comparing.figures import Figures
from latentlab.gui.errands import Errands, Reporter
from latentlab.gui.session import Session

# Kernel PCA goes through its whole sample for each part, however small; a cancelled fit is looked for between two.
_PART_SECONDS = 0.2


@dataclass(frozen=True)
class Choice:
    """What a side may show: the model that is looked at, or a projection with its settings."""

    name: str
    config: Any = None


@dataclass(frozen=True, eq=False)
class Fitted:
    """A projection that has placed the shown images, and its figures once they are measured."""

    placement: Placement
    figures: Figures | None = None


class ProjectionFits(QObject):
    """Fits projections one after the other, and keeps what was fitted.

    Signals:
        fitted(Choice): `get` has it, or has its figures now.
        progressed(Choice, text, fraction): how far its fit is; the fraction is −1 where only time tells.
        ended(Choice): its fit is over, well or not.
        failed(str): a sentence about what went wrong.
    """

    fitted = Signal(object)
    progressed = Signal(object, str, float)
    ended = Signal(object)
    failed = Signal(str)

    def __init__(self, session: Session, errands: Errands) -> None:
        super().__init__()
        self._session, self._errands = session, errands
        self._dataset: Dataset | None = None
        self._kept: dict[tuple[ViewConfig, Choice], Fitted] = {}
        self._running: dict[int, Choice] = {}
        session.dataset_changed.connect(self._take_dataset)
        errands.progressed.connect(self._take_progress)
        errands.ended.connect(self._take_end)

    def get(self, choice: Choice) -> Fitted | None:
        """What was fitted for the images that are shown now, or None."""
        return self._kept.get((self._session.view_config, choice))

    def keep(self, choice: Choice, fitted: Fitted) -> None:
        """Keeps what somebody fitted for the images that are shown now."""
        self._kept[self._session.view_config, choice] = fitted
        self.fitted.emit(choice)

    def is_running(self, choice: Choice) -> bool:
        """Whether it is being fitted, or waits for its turn."""
        return choice in self._running.values()

    def start(self, choice: Choice) -> None:
        """Fits a projection in the background, after those that were asked for before."""
        dataset, images = self._session.dataset, self._session.images
        if dataset is None or images is None or self.is_running(choice):
            return
        info = projection_info(choice.name)

        def work(reporter: Reporter) -> Fitted:
            if reporter.cancelled():
                raise Cancelled("The fit was cancelled.")
            placement = place(info, choice.config, dataset, images, reporter)
            measured = None
            if info.invertible:
                measured = measure(LatentServer(placement.projection, dataset.full_scale), images, reporter)
            return Fitted(placement, Figures.of(placement.positions, images, measured, told=info.uses_labels))

        def done(fitted: Fitted) -> None:
            self.keep(choice, fitted)

        self._running[self._errands.run(f"Fitting {info.title}", work, done, self.failed.emit)] = choice

    def cancel(self, choice: Choice) -> None:
        """Ends a fit, or takes it out of the queue."""
        for number in [number for number, running in self._running.items() if running == choice]:
            self._errands.cancel(number)
            self._take_end(number)  # at once: one that waits learns of it only when its turn comes

    @Slot()
    def _take_dataset(self) -> None:
        for choice in set(self._running.values()):
            self.cancel(choice)
        if self._session.dataset is not self._dataset:
            self._dataset = self._session.dataset
            self._kept.clear()

    @Slot(int, str, float)
    def _take_progress(self, number: int, text: str, fraction: float) -> None:
        if number in self._running:
            self.progressed.emit(self._running[number], text, fraction)

    @Slot(int)
    def _take_end(self, number: int) -> None:
        choice = self._running.pop(number, None)
        if choice is not None:
            self.ended.emit(choice)


def measure(server: LatentServer, images: ShownImages, watch: Watch) -> Measured:
    """The figures of the reconstructions of a projection, or of a model.

    Raises:
        Cancelled: ``watch`` wanted it to end.
    """
    watch.progress(f"Reconstructing {len(images):,} images")
    answers = MeasureSplit(images.split.images, images.split.labels, part_seconds=_PART_SECONDS).answers(server)
    measured = next(answers)
    while measured is None:  # as long as it is not the last part
        if watch.cancelled():
            raise Cancelled("The fit was cancelled.")
        measured = next(answers)
    return measured
