"""Where open runs put the shown images, for the comparison; what trains is followed at a distance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentlab.core.errors import Cancelled
from latentlab.core.models import ImageShape, create
from latentlab.core.plane import Floats
from latentlab.core.serving import LatentServer
from latentlab.core.view_config import ShownImages
from latentlab.gui.comparing.figures import Figures, set_beside_pca
from latentlab.gui.comparing.fits import measure
from latentlab.gui.errands import Errands, Reporter
from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_list import RunList
from latentlab.gui.session import Session

_BATCH = 500
# A run that trains is placed anew no more often: whoever looks at its learning looks at the run itself.
_AGAIN_MS = 1500


@dataclass(frozen=True, eq=False)
class RunPlace:
    """Where a run puts the shown images.

    Attributes:
        images: those that were shown then.
        step: of the weights.
        positions: N×2.
        figures: of positions and reconstructions; None while the run trains.
    """

    images: ShownImages
    step: int
    positions: Floats
    figures: Figures | None


class RunPlaces(QObject):
    """Places the runs that the sides show, one at a time in the background.

    Signals:
        changed(OpenRun): `get` has other places for it.
        failed(str): a sentence about what went wrong.
    """

    changed = Signal(object)
    failed = Signal(str)

    def __init__(
        self, session: Session, runs: RunList, errands: Errands, wanted: Callable[[], list[OpenRun]], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session, self._runs, self._errands, self._wanted = session, runs, errands, wanted
        self._places: dict[OpenRun, RunPlace] = {}
        self._working = False
        self._timer = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._timer.timeout.connect(self.look)
        runs.changed.connect(self._take_change)
        runs.listed.connect(self._forget_closed)

    def get(self, run: OpenRun) -> RunPlace | None:
        """Where the run puts the images that are shown now, as far as it is known."""
        place = self._places.get(run)
        return place if place is not None and place.images is self._session.images else None

    def can_place(self, run: OpenRun) -> bool:
        """Whether it learned the data set that is looked at."""
        return run.dataset is not None and run.dataset is self._session.dataset

    def look_soon(self) -> None:
        """Looks once the events at hand are over, for a side that has just come to be seen."""
        self._timer.start(0)

    @Slot()
    def look(self) -> None:
        """Places one of the wanted runs that is elsewhere by now."""
        run = next((run for run in self._wanted() if self._is_due(run)), None)
        if run is not None and not self._working:
            self._place(run)

    def _is_due(self, run: OpenRun) -> bool:
        place = self.get(run)
        if run.newest is None or not self.can_place(run):
            return False
        return place is None or place.step != run.newest.step or (place.figures is None and not run.is_busy)

    def _place(self, run: OpenRun) -> None:
        settings, moment, busy = run.settings, run.newest, run.is_busy
        images, dataset, pca, before = self._session.images, self._session.dataset, self._session.pca, self.get(run)
        assert moment is not None and images is not None and dataset is not None
        known = None if before is None or before.figures is None else before.figures.beside_pca
        self._working = True

        def work(reporter: Reporter) -> RunPlace:
            model = create(settings.model_name, settings.model, ImageShape(*dataset.shape, dataset.classes))
            model.load_state_dict(moment.weights)
            server = LatentServer(model.eval(), dataset.full_scale)
            latents = _encode(server, images, reporter)
            positions = server.place(latents, None if before is None else before.positions)
            if busy:
                return RunPlace(images, moment.step, positions, None)
            measured, told = measure(server, images, reporter), model.capabilities.conditional
            figures = Figures.of(positions, images, measured, told)
            return RunPlace(
                images, moment.step, positions, set_beside_pca(figures, dataset, images.split, pca, known)
            )

        def done(place: RunPlace) -> None:
            self._working = False
            if run in self._runs:
                self._places[run] = place
                self.changed.emit(run)
            self._timer.start(_AGAIN_MS)

        def failed(sentence: str) -> None:
            self._stop_working()
            self.failed.emit(sentence)

        self._errands.run("Placing a run", work, done, failed, self._stop_working)

    def _stop_working(self) -> None:
        """Until somebody comes to look again."""
        self._working = False

    @Slot(object)
    def _take_change(self, run: OpenRun) -> None:
        if not self._timer.isActive() and run in self._wanted():
            self._timer.start(_AGAIN_MS)

    @Slot()
    def _forget_closed(self) -> None:
        self._places = {run: place for run, place in self._places.items() if run in self._runs}


def _encode(server: LatentServer, images: ShownImages, reporter: Reporter) -> Floats:
    parts, split = [], images.split
    for start in range(0, len(images), _BATCH):
        if reporter.cancelled():
            raise Cancelled("Placing was cancelled.")
        labels = None if split.labels is None else split.labels[start : start + _BATCH]
        parts.append(server.encode(split.images[start : start + _BATCH], labels))
    return np.concatenate(parts)
