"""Images at points: which of them, and when they are chosen anew, or more of them where one looks closer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot

from latentlab.core.density import density
from latentlab.core.exploration import Rect
from latentlab.core.geometry import density_extent
from latentlab.core.plane import Floats
from latentlab.core.spreading import NEVER, STEP, fill, level_of, with_coarser
from latentlab.gui.overlays.map_overlay import switch
from latentlab.gui.session import Session
from latentlab.gui.widgets.newest_wins import NewestWins
from latentlab.gui.widgets.patient_timer import PatientTimer
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.points_item import PointsItem
from latentlab.gui.widgets.throttle import Throttle
from latentlab.gui.widgets.thumbnails_item import PITCH, Look, ThumbnailsItem

_TIP = "Images at their points, where points crowd first, and more of them the closer you zoom; dimmed classes left out"
# The images spread evenly from this distance on, a share of the extent's longer side. The levels before it are for a
# crowd that is a small spot in the view, as before any training: it becomes at most 256 times smaller.
_EVEN, _FROM_AFAR = 0.25, 16
_FIRST_MS, _REFRESH_MS = 0, 3000  # it takes a third of a second beside the GUI thread
_LONGEST_WAIT = 2.0  # seconds, while the hand drags
_FOLLOW_MS = 150
# Levels beyond the one in view, and room about the view in its widths, that are filled with it: the hand moves on.
_FURTHER, _AROUND = 3, 0.5
_NO_COLOUR = (130, 130, 130)


@dataclass(frozen=True)
class _Crowd:
    """Where all points lie, how dense it is there (NaN where they are left out), and the distance of level 0."""

    positions: Floats
    density: Floats
    coarsest: float


@dataclass(frozen=True)
class _Chosen:
    """From which level on each point is drawn; in a part of the plane up to a level, beyond perhaps not yet."""

    crowd: _Crowd
    first: NDArray[np.int8]
    region: Rect
    until: int


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
        self._chosen: _Chosen | None = None
        self._choosing = False
        self._worker = NewestWins()
        self._worker.finished.connect(self._take)
        self._timer = PatientTimer(self._choose, session.hand_is_busy, _LONGEST_WAIT, self)
        self._follows_view = Throttle(self._choose_more, _FOLLOW_MS, self)
        self.action.toggled.connect(session.show_images)
        session.images_switched.connect(self._follow_switch)
        session.points_placed.connect(self._schedule)
        # Not when they are placed, but with their picture: the plane is painted once for both.
        points.drawn.connect(self._follow)
        view.view_changed.connect(lambda _: self._follows_view.request())
        session.dimmed_changed.connect(self._choose)
        session.dataset_changed.connect(self._forget)
        session.source_changed.connect(self._forget_places)

    @Slot()
    def _follow_switch(self) -> None:
        on = self._session.exploration.images_at_points
        self.action.setChecked(on)
        self.item.setVisible(on)
        self._points.marked_above = on
        self.item.follow()
        self._choose()

    @Slot()
    def _follow(self) -> None:
        if self.action.isChecked():
            self.item.follow()

    @Slot()
    def _forget(self) -> None:
        self._chosen = None
        self.item.forget()

    @Slot()
    def _forget_places(self) -> None:
        # The first points of another model get their images at once.
        self._chosen = None
        self.item.set_levels(np.empty(0, np.int8), 1.0)

    @Slot()
    def _schedule(self) -> None:
        if self.action.isChecked() and not self._timer.is_active():
            self._timer.start(_REFRESH_MS if self.item.has_levels else _FIRST_MS)

    @Slot()
    def _choose(self) -> None:
        """Chooses anew: the points lie elsewhere, or others are left out."""
        placed, images = self._session.placed, self._session.images
        if not self.action.isChecked() or placed is None or images is None:
            return
        if self._view.viewport().visibleRegion().isEmpty():
            self._timer.start(_REFRESH_MS)
            return
        labels, dimmed = images.split.labels, self._session.exploration.dimmed
        left_out = np.isin(labels, list(dimmed)) if dimmed and labels is not None else None
        self._choosing = True
        self._worker.request(partial(_chosen_anew, placed.positions, left_out, self._region(), self._view.frame.unit))

    def _choose_more(self) -> None:
        """Goes on where one looks closer than before, or beside it."""
        chosen = self._chosen
        if chosen is None or self._choosing or not self.action.isChecked():
            return
        until = level_of(PITCH * self._view.frame.unit, chosen.crowd.coarsest)
        if until > chosen.until or not _holds(chosen.region, self._view.frame.rect):
            self._worker.request(partial(_more, chosen, self._region(), min(until + _FURTHER, NEVER - 1)))

    def _region(self) -> Rect:
        x0, y0, x1, y1 = self._view.frame.rect
        across, up = _AROUND * (x1 - x0), _AROUND * (y1 - y0)
        return (x0 - across, y0 - up, x1 + across, y1 + up)

    @Slot(object)
    def _take(self, chosen: _Chosen) -> None:
        self._choosing = False
        # Of a data set that was there before, there may have been more.
        if len(chosen.first) <= len(self._points.points):
            self._chosen = chosen
            self.item.set_levels(chosen.first, chosen.crowd.coarsest)
            self._choose_more()

    def _look(self, point: int) -> Look:
        images = self._session.images
        assert images is not None
        labels = images.split.labels
        if labels is None:
            return self._session.shown_image(point), _NO_COLOUR
        red, green, blue = map(int, self._session.colours[labels[point]])
        return self._session.shown_image(point), (red, green, blue)


def _chosen_anew(positions: Floats, left_out: NDArray[np.bool_] | None, region: Rect, unit: float) -> _Chosen:
    crowded = density(positions)
    if left_out is not None:
        crowded[left_out] = np.nan
    x0, y0, x1, y1 = density_extent(positions)
    even = _EVEN * max(x1 - x0, y1 - y0)
    first = fill(np.full(len(positions), NEVER, np.int8), positions, crowded, even, 0, region)
    first = with_coarser(first, positions, crowded, even, _FROM_AFAR)
    crowd = _Crowd(positions, crowded, even * STEP**_FROM_AFAR)
    until = min(max(level_of(PITCH * unit, crowd.coarsest), _FROM_AFAR) + _FURTHER, NEVER - 1)
    return _more(_Chosen(crowd, first, region, 0), region, until)


def _more(chosen: _Chosen, region: Rect, until: int) -> _Chosen:
    crowd = chosen.crowd
    first = fill(chosen.first, crowd.positions, crowd.density, crowd.coarsest, until, region)
    return _Chosen(crowd, first, region, until)


def _holds(rect: Rect, other: Rect) -> bool:
    """Whether ``other`` lies within ``rect``."""
    return rect[0] <= other[0] and rect[1] <= other[1] and rect[2] >= other[2] and rect[3] >= other[3]
