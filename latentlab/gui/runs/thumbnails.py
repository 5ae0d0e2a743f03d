"""The runs' manifolds as stamps, and how well runs restore: found in the background while somebody looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage

from latentlab.core.models import ImageShape, create
from latentlab.core.run_figures import pixel_error
from latentlab.core.serving import Images, LatentServer
from latentlab.core.thumbnail import thumbnail
from latentlab.gui.errands import Errands, Reporter
from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_list import RunList
from latentlab.gui.widgets.qimages import to_qimage

# While a run trains its stamp follows at this pace; the list is looked through as often.
_AGAIN_SECONDS, _LOOK_MS = 4.0, 600


class _Drawn(NamedTuple):
    """What was tried last: for which step, when, and whether the error was to be measured, too."""

    step: int
    at: float
    measured: bool


_NEVER = _Drawn(-1, 0.0, False)


class RunThumbnails(QObject):
    """Keeps a picture of each run, of its newest weights or of some not much older, and the error of one that rests.

    Signals:
        changed(): a picture or an error is new.
    """

    changed = Signal()

    def __init__(self, runs: RunList, errands: Errands, are_wanted: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._runs, self._errands, self._are_wanted = runs, errands, are_wanted
        self._pictures: dict[OpenRun, QImage] = {}
        self._drawn: dict[OpenRun, _Drawn] = {}
        self._errors: dict[OpenRun, tuple[int, float]] = {}
        self._drawing = False
        self._timer = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)
        runs.changed.connect(self.schedule)
        runs.listed.connect(self._forget_closed)

    def picture(self, run: OpenRun) -> QImage | None:
        """The run's manifold as a picture; None before there is one."""
        return self._pictures.get(run)

    def error(self, run: OpenRun) -> float | None:
        """`pixel_error` on the test images under the newest weights; None before it is known, and while it trains."""
        step, error = self._errors.get(run, (-1, 0.0))
        return error if run.newest is not None and run.newest.step == step else None

    @Slot()
    def look(self) -> None:
        """Draws the run whose picture is the oldest, if somebody looks at the list."""
        if self._drawing:
            return
        run = next((run for run in self._runs if self._is_due(run)), None)
        if run is not None and self._are_wanted():
            self._draw(run)
        elif any(self._is_behind(run) for run in self._runs):
            self._timer.start()  # behind another tab it waits for whoever comes to see it

    def _is_behind(self, run: OpenRun) -> bool:
        if run.newest is None:
            return False
        drawn = self._drawn.get(run, _NEVER)
        return drawn.step != run.newest.step or not (run.is_busy or drawn.measured)

    def _is_due(self, run: OpenRun) -> bool:
        since = time.monotonic() - self._drawn.get(run, _NEVER).at
        return self._is_behind(run) and (not run.is_busy or since >= _AGAIN_SECONDS)

    def _draw(self, run: OpenRun) -> None:
        settings, moment, dataset = run.settings, run.newest, run.dataset
        assert moment is not None and dataset is not None
        self._drawing = True
        rests = not run.is_busy  # a training has its cores for itself
        self._drawn[run] = _Drawn(moment.step, time.monotonic(), rests)

        def work(_: Reporter) -> tuple[Images, float | None]:
            model = create(settings.model_name, settings.model, ImageShape(*dataset.shape, dataset.classes))
            model.load_state_dict(moment.weights)
            server = LatentServer(model.eval(), dataset.full_scale)
            return thumbnail(server, dataset.test), pixel_error(server, dataset.test) if rests else None

        def done(found: tuple[Images, float | None]) -> None:
            self._drawing = False
            if run in self._runs:
                picture, error = found
                self._pictures[run] = to_qimage(picture)
                if error is not None:
                    self._errors[run] = moment.step, error
                self.changed.emit()
            self.schedule()

        def failed(_: str) -> None:
            self._drawing = False  # a picture more or less; what is wrong with the weights, others say
            self.schedule()

        self._errands.run("Drawing a thumbnail", work, done, failed)

    @Slot()
    def schedule(self) -> None:
        """Looks again in a moment."""
        if not self._timer.isActive():
            self._timer.start()

    @Slot()
    def _forget_closed(self) -> None:
        for kept in (self._pictures, self._drawn, self._errors):
            for run in [run for run in kept if run not in self._runs]:
                del kept[run]
        self.schedule()
