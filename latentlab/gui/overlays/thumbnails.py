"""Images at points: which of them, and when they are chosen anew."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot

from latentlab.core.density import density
from latentlab.core.geometry import density_extent
from latentlab.core.plane import Floats
from latentlab.core.spreading import first_levels
from latentlab.gui.overlays.map_overlay import switch
from latentlab.gui.session import Session
from latentlab.gui.widgets.newest_wins import NewestWins
from latentlab.gui.widgets.patient_timer import PatientTimer
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.points_item import PointsItem
from latentlab.gui.widgets.thumbnails_item import Look, ThumbnailsItem

_TIP = "Images at their points, where points crowd first, and more of them the closer you zoom; dimmed classes left out"
# The shown points come in random order: so many of them stand for all.
_MOST_POINTS = 10_000
_LEVELS = 15
_COARSEST = 0.25  # of the extent's longer side
_FIRST_MS, _REFRESH_MS = 0, 3000  # it takes a third of a second beside the GUI thread
_LONGEST_WAIT = 2.0  # seconds, while the hand drags
_NO_COLOUR = (130, 130, 130)


@dataclass(frozen=True)
class _Chosen:
    """From which level on each point is drawn, and the distance that level 0 keeps."""

    first: NDArray[np.int8]
    coarsest: float


class Thumbnails(QObject):
    """Images over a scatter, switched on and off.

    Attributes:
        action: the switch.
        item: what is drawn; whoever puts the points on the view puts it over them.
    """

    def __init__(self, session: Session, view: PlaneView, points: PointsItem) -> None:
        super().__init__(view)
        self._session, self._view, self._points = session, view, points
        self.action = switch("Images at poi&nts", _TIP, "images", "I", view)
        self.item = ThumbnailsItem(points, self._look)
        self.item.hide()
        self._worker = NewestWins("thumbnails")
        self._worker.finished.connect(self._take)
        self._timer = PatientTimer(self._choose, session.hand_is_busy, _LONGEST_WAIT, self)
        self.action.toggled.connect(session.show_images)
        session.images_switched.connect(self._follow_switch)
        session.points_placed.connect(self._schedule)
        # Not when they are placed, but with their picture: the plane is painted once for both.
        points.drawn.connect(self._follow)
        session.dimmed_changed.connect(self._choose)
        session.dataset_changed.connect(self.item.forget)
        session.source_changed.connect(self._forget_places)

    @Slot()
    def _follow_switch(self) -> None:
        on = self._session.exploration.images_at_points
        self.action.setChecked(on)
        self.item.setVisible(on)
        self.item.follow()
        self._choose()

    @Slot()
    def _follow(self) -> None:
        if self.action.isChecked():
            self.item.follow()

    @Slot()
    def _forget_places(self) -> None:
        # The first points of another model get their images at once.
        self.item.set_levels(np.empty(0, np.int8), 0, 1.0)

    @Slot()
    def _schedule(self) -> None:
        if self.action.isChecked() and not self._timer.is_active():
            self._timer.start(_REFRESH_MS if self.item.has_levels else _FIRST_MS)

    @Slot()
    def _choose(self) -> None:
        placed, images = self._session.placed, self._session.images
        if not self.action.isChecked() or placed is None or images is None:
            return
        if self._view.viewport().visibleRegion().isEmpty():
            self._timer.start(_REFRESH_MS)
            return
        labels, dimmed = images.split.labels, self._session.exploration.dimmed
        left_out = np.isin(labels, list(dimmed)) if dimmed and labels is not None else None
        self._worker.request(partial(_chosen, placed.positions, left_out))

    @Slot(object)
    def _take(self, chosen: _Chosen) -> None:
        # Of a data set that was there before, there may have been more.
        if len(chosen.first) <= len(self._points.points):
            self.item.set_levels(chosen.first, _LEVELS, chosen.coarsest)

    def _look(self, point: int) -> Look:
        images = self._session.images
        assert images is not None
        labels = images.split.labels
        if labels is None:
            return self._session.shown_image(point), _NO_COLOUR
        red, green, blue = map(int, self._session.colours[labels[point]])
        return self._session.shown_image(point), (red, green, blue)


def _chosen(positions: Floats, left_out: NDArray[np.bool_] | None) -> _Chosen:
    crowd = density(positions)
    if left_out is not None:
        crowd[left_out] = np.nan
    x0, y0, x1, y1 = density_extent(positions)
    coarsest = _COARSEST * max(x1 - x0, y1 - y0)
    some = slice(_MOST_POINTS)
    return _Chosen(first_levels(positions[some], crowd[some], coarsest, _LEVELS), coarsest)
