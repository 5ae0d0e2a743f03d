"""The figures of the model that is looked at, measured anew while it learns."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentlab.core.requests import Measured, MeasureSplit
from latentlab.core.subspace import BesidePCA
from latentlab.gui.comparing.figures import Figures, set_beside_pca
from latentlab.gui.errands import Errands
from latentlab.gui.session import Session

# The figures take a moment each; during training they follow at this pace.
_MEASURE_MS = 2000


class ModelFigures(QObject):
    """Asks for figures at a gentle pace, while somebody looks.

    Attributes:
        figures: the newest, or None where another model has not been measured yet.

    Signals:
        changed(): `figures` is new.
        failed(str): a sentence about what went wrong.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self, session: Session, errands: Errands, are_wanted: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._errands, self._are_wanted = session, errands, are_wanted
        self.figures: Figures | None = None
        self._measuring = False
        self._model = 0  # how many have been looked at
        self._floor: BesidePCA | None = None
        self._timer = QTimer(self, singleShot=True, interval=_MEASURE_MS)
        self._timer.timeout.connect(self.measure_if_wanted)
        session.dataset_changed.connect(self._forget_floor)
        session.source_changed.connect(self._forget)
        session.points_placed.connect(self._schedule)
        session.when_answered(MeasureSplit, self._take_measure)

    @Slot()
    def measure_if_wanted(self) -> None:
        """Asks for the figures, or waits for whoever comes to see them."""
        if self._session.source_title == "PCA":
            return
        if self._are_wanted():
            self._session.measure()
        else:
            self._timer.start()

    @Slot()
    def _forget_floor(self) -> None:
        self._floor = None

    @Slot()
    def _forget(self) -> None:
        self.figures = None
        self._model += 1

    @Slot()
    def _schedule(self) -> None:
        if self._session.source_title != "PCA" and not self._timer.isActive() and not self._measuring:
            self._timer.start()

    def _take_measure(self, request: MeasureSplit, measured: Measured) -> None:
        session = self._session
        placed, images, dataset = session.placed, session.images, session.dataset
        if placed is None or images is None or dataset is None or session.source_title == "PCA" or self._measuring:
            return
        positions, pca, floor, model = placed.positions, session.pca, self._floor, self._model
        told = session.capabilities.conditional
        self._measuring = True

        def work(_: object) -> Figures:
            figures = Figures.of(positions, images, measured, told)
            return set_beside_pca(figures, dataset, images.split, pca, floor)

        def done(figures: Figures) -> None:
            self._measuring = False
            if session.images is images and self._model == model:
                self.figures, self._floor = figures, figures.beside_pca
                self.changed.emit()
            if session.placed is not placed:  # who came meanwhile was not measured
                self._schedule()

        def failed(sentence: str) -> None:
            self._measuring = False
            self.failed.emit(sentence)
            if self._model != model:
                self._schedule()

        self._errands.run("Measuring", work, done, failed)
