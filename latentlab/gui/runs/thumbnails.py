"""The runs' manifolds as stamps, drawn in the background while somebody looks at the list."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QImage

from latentlab.core.models import ImageShape, create
from latentlab.core.serving import Images, LatentServer
from latentlab.core.thumbnail import thumbnail
from latentlab.gui.errands import Errands, Reporter
from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_list import RunList
from latentlab.gui.widgets.qimages import to_qimage

# While a run trains its stamp follows at this pace; the list is looked through as often.
_AGAIN_SECONDS, _LOOK_MS = 4.0, 600


class RunThumbnails(QObject):
    """Keeps a picture of each run, of its newest weights or of some not much older.

    Signals:
        changed(): a picture is new.
    """

    changed = Signal()

    def __init__(self, runs: RunList, errands: Errands, are_wanted: Callable[[], bool], parent: QObject) -> None:
        super().__init__(parent)
        self._runs, self._errands, self._are_wanted = runs, errands, are_wanted
        self._pictures: dict[OpenRun, QImage] = {}
        self._drawn: dict[OpenRun, tuple[int, float]] = {}
        self._drawing = False
        self._timer = QTimer(self, singleShot=True, interval=_LOOK_MS)
        self._timer.timeout.connect(self.look)
        runs.changed.connect(self.schedule)
        runs.listed.connect(self._forget_closed)

    def picture(self, run: OpenRun) -> QImage | None:
        """The run's manifold as a picture; None before there is one."""
        return self._pictures.get(run)

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
        return run.newest is not None and self._drawn.get(run, (-1, 0.0))[0] != run.newest.step

    def _is_due(self, run: OpenRun) -> bool:
        since = time.monotonic() - self._drawn.get(run, (-1, 0.0))[1]
        return self._is_behind(run) and (not run.is_busy or since >= _AGAIN_SECONDS)

    def _draw(self, run: OpenRun) -> None:
        settings, moment, dataset = run.settings, run.newest, run.dataset
        assert moment is not None and dataset is not None
        self._drawing = True
        self._drawn[run] = moment.step, time.monotonic()

        def work(_: Reporter) -> Images:
            model = create(settings.model_name, settings.model, ImageShape(*dataset.shape, dataset.classes))
            model.load_state_dict(moment.weights)
            return thumbnail(LatentServer(model.eval(), dataset.full_scale), dataset.test)

        def done(picture: Images) -> None:
            self._drawing = False
            if run in self._runs:
                self._pictures[run] = to_qimage(picture)
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
        for kept in (self._pictures, self._drawn):
            for run in [run for run in kept if run not in self._runs]:
                del kept[run]
        self.schedule()
