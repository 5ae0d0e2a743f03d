"""PCA's place and figures for the comparison: the session has fitted it anyway."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentlab.core.projections import Placement, projection_info
from latentlab.core.serving import LatentServer
from latentlab.gui.comparing.figures import Figures
from latentlab.gui.comparing.fits import Choice, Fitted, ProjectionFits, measure
from latentlab.gui.errands import Errands, Reporter
from latentlab.gui.session import Session

# The figures wait until somebody looks: at the start there are better things to do.
_LOOK_MS = 500


class PCAFigures(QObject):
    """Keeps PCA among the fits, measured once somebody looks.

    Signals:
        said_instead(str): what stands in the place of figures that will not come by themselves.
        failed(str): a sentence about what went wrong.
    """

    said_instead = Signal(str)
    failed = Signal(str)

    def __init__(
        self, session: Session, fits: ProjectionFits, errands: Errands, is_seen: Callable[[], bool], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._fits, self._errands, self._is_seen = session, fits, errands, is_seen
        self._measuring = False
        self._look = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._look.timeout.connect(self._measure)
        session.pca_placed.connect(self._take_place)

    def measure_soon(self) -> None:
        """Measures in a moment, where the figures are not there yet."""
        self._look.start()

    @Slot()
    def _take_place(self) -> None:
        pca, positions = self._session.pca, self._session.pca_positions
        if pca is not None and positions is not None:
            self._fits.keep(pca_choice(), Fitted(Placement(pca, positions, "")))
            self._measure()

    @Slot()
    def _measure(self) -> None:
        session, fitted = self._session, self._fits.get(pca_choice())
        images, dataset = session.images, session.dataset
        if fitted is None or fitted.figures is not None or images is None or dataset is None or self._measuring:
            return
        if not self._is_seen():
            self.measure_soon()
            return
        placement, self._measuring = fitted.placement, True

        def work(reporter: Reporter) -> Figures:
            measured = measure(LatentServer(placement.projection, dataset.full_scale), images, reporter)
            return Figures.of(placement.positions, images, measured)

        def done(figures: Figures) -> None:
            self._measuring = False
            if session.images is images:
                self._fits.keep(pca_choice(), Fitted(placement, figures))
            else:
                self.measure_soon()

        def failed(sentence: str) -> None:
            self._measuring = False
            self.said_instead.emit("The figures could not be measured.")
            self.failed.emit(sentence)

        def cancelled() -> None:
            self._measuring = False
            self.said_instead.emit("Measuring was cancelled.")

        self._errands.run("Measuring PCA", work, done, failed, cancelled)


def pca_choice() -> Choice:
    """What the fits know PCA by."""
    return Choice("pca", projection_info("pca").config())
