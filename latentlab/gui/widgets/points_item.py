"""Up to a million labelled points on the plane, drawn as one picture, with what the hand marks on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QGraphicsView

from latentlab.core.picking import enclosed
from latentlab.core.raster import pick
from latentlab.core.sparing import Sparing, Thrift
from latentlab.gui.colours import Colours
from latentlab.gui.widgets.class_names import ClassMembers, PlacedNames
from latentlab.gui.widgets.newest_wins import NewestWins
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem, device_ratio
from latentlab.gui.widgets.points_picture import PointsPicture, PointsState

PICK_RADIUS = 14.0
"""How far from a point, in pixels, a click still means it."""

_RING_RADIUS = 7.0
_MOST_RINGS = 400  # a larger selection stands out by its colours alone
_MOST_POINTS_AT_ONCE = 200_000  # of which the GUI thread draws the strips of a pan within a frame
_MOST_POINTS_STEERED = 20_000  # which it draws in a third of a frame


class PointsItem(PlaneItem):
    """Points as a picture of their own: drawn anew beside the GUI thread, moved and scaled under the hand meanwhile.

    Attributes:
        marked_above: what is laid over the points draws their names and rings, so that they need not be drawn twice.
        steered: the hand itself moves the points about: a few thousand are drawn by the GUI thread, for handing them to
            another and back takes longer than that.
        thrift: how dear the time is beside the hand while it only follows that training moves the points.

    Signals:
        drawn: a new picture is on the plane, of the positions and marks last set.
    """

    drawn = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.marked_above = self.steered = False
        self.thrift: Thrift = lambda: 1.0
        self._state: PointsState | None = None
        self._picture: PointsPicture | None = None
        self._asked: tuple[PointsState, Frame, float] | None = None
        self._labels: NDArray[np.integer] = np.empty(0, np.int64)
        self._names: Sequence[str] = ()
        self._members: ClassMembers | None = None
        self._centres: dict[int, tuple[float, float]] | None = None
        self._placed_names: PlacedNames | None = None
        self._dimmed_classes: frozenset[int] = frozenset()
        self._of_dimmed_class: NDArray[np.bool_] | None = None
        self._selected = np.empty(0, np.intp)
        self._ring: int | None = None
        self._worker = NewestWins()
        self._worker.finished.connect(self._take)

    @property
    def points(self) -> NDArray[np.float32]:
        """The positions (N, 2) last set; not to be written to."""
        return np.empty((0, 2), np.float32) if self._state is None else self._state.points

    @property
    def is_up_to_date(self) -> bool:
        """Whether the picture on the plane is that of the positions and marks last set, in the present view."""
        picture, state, frame = self._picture, self._state, self.frame
        if picture is None or state is None or frame is None:
            return state is None
        return picture.shows(state, frame, self._screen_ratio())

    @property
    def has_drawn_marks(self) -> bool:
        """Whether the picture on the plane fades what was last set to fade, be it at positions of a moment ago."""
        picture, state = self._picture, self._state
        return picture is not None and state is not None and picture.state.dimmed is state.dimmed

    @property
    def pictured(self) -> NDArray[np.float32] | None:
        """The positions, as they were set, that the picture on the plane is of; older ones while the next is drawn."""
        return None if self._picture is None else self._picture.state.points

    @property
    def selected(self) -> NDArray[np.intp]:
        """The selected points' indices."""
        return self._selected

    @property
    def ring(self) -> int | None:
        """The point under the hand, or None."""
        return self._ring

    def set_points(
        self, points: NDArray[np.float32], labels: NDArray[np.integer] | None, palette: NDArray[np.uint8]
    ) -> None:
        """Shows other points; marks of the old ones are dropped.

        Args:
            points: (N, 2) in data units; not to be written to from now on. What is not finite is not drawn.
            labels: (N,), the class of each point, negative where it has none; None where no point has one.
            palette: (K, 3), the RGB colour of each class.

        Raises:
            ValueError: the sizes do not match, or a label has no colour.
        """
        labels = np.full(len(points), -1) if labels is None else labels
        state = PointsState.of(points, labels, palette, self.colours.is_dark)
        self._labels, self._members, self._centres, self._picture = labels, None, None, None
        self._selected, self._ring = self._selected[:0], None
        self._dimmed_classes, self._of_dimmed_class = frozenset(), None
        self._show(state)

    def set_colours(self, colours: Colours) -> None:
        super().set_colours(colours)
        if self._state is not None and self._state.on_dark != colours.is_dark:
            self._show(replace(self._state, on_dark=colours.is_dark))

    def set_positions(self, points: NDArray[np.float32]) -> None:
        """Moves the points (N, 2), as training does; labels and marks stay.

        Raises:
            ValueError: there are not as many as before.
        """
        if self._state is None or len(points) != len(self._state.points):
            raise ValueError(f"{len(points)} positions do not match {len(self.points)} points")
        self._centres = None
        self._show(self._state.moved(points))

    def set_shades(self, shades: NDArray[np.integer] | None, palette: NDArray[np.uint8]) -> None:
        """Colours the points by something else than their classes, until other points come; all else stays.

        Args:
            shades: (N,), each point's row of the palette, negative where it has none; None for the classes again.
            palette: (K, 3), RGB; the colours of the classes where there are no shades.

        Raises:
            ValueError: the sizes do not match, or a shade has no colour.
        """
        if self._state is not None:
            self._show(self._state.recoloured(self._labels if shades is None else shades, palette))

    def set_class_names(self, names: Sequence[str]) -> None:
        """Writes each class's name at the centre of its points; an empty sequence writes none."""
        self._names = names
        self.update()

    def set_dimmed_classes(self, classes: Collection[int]) -> None:
        """Greys the points of ``classes``; the hand does not pick them."""
        self._dimmed_classes = frozenset(classes)
        self._of_dimmed_class = np.isin(self._labels, list(classes)) if self._dimmed_classes else None
        self._mark()
        self.update()  # their names at once

    def set_selected(self, indices: Sequence[int] | NDArray[np.integer]) -> None:
        """Rings the points ``indices``; two or more stand out as all others fade, a single one by its ring alone."""
        before, self._selected = self._selected, np.asarray(indices, np.intp)
        self._mark()
        if max(len(before), len(self._selected)) <= 1:
            for point in (*before.tolist(), *self._selected.tolist()):
                self._update_around(point)
        elif min(len(before), len(self._selected)) <= _MOST_RINGS:
            self.update()  # rings at once

    def set_ring(self, index: int | None) -> None:
        """Rings the point under the hand, or none."""
        if index != self._ring:
            self._update_ring()
            self._ring = index
            self._update_ring()

    def pick(self, x: float, y: float, radius_px: float = PICK_RADIUS) -> int | None:
        """The point nearest to ``(x, y)`` in data units within ``radius_px``, those of dimmed classes left out."""
        if self.frame is None:
            return None
        pixel, size = self.frame.to_pixels(x, y), (self.frame.width, self.frame.height)
        return pick(self.points, self.frame.rect, size, pixel.x(), pixel.y(), radius_px, self._of_dimmed_class)

    def enclosed(self, outline: NDArray[np.floating]) -> NDArray[np.intp]:
        """The points inside the closed line (M, 2) in data units, those of dimmed classes left out."""
        return enclosed(self.points, outline, self._of_dimmed_class)

    @property
    def stands_still(self) -> bool:
        return True

    def settle(self) -> None:
        if self._state and self.frame:
            ratio = self._screen_ratio()
            if self._picture is None or not self._picture.shows(self._state, self.frame, ratio):
                self._take(self._state.draw_here(self.frame, ratio))

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        if self._state is None:
            return
        self._draw_picture(painter, frame, self._state)
        if not self.marked_above:
            self.draw_marks(painter, frame, exposed)

    def draw_marks(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        """Draws the names and the rings; what is laid over the points draws them again on top of itself."""
        if self._state is None:
            return
        if self._names:
            self._place_names(frame, self._state).draw(painter, self._dimmed_classes, self.colours, exposed)
        if 0 < len(self._selected) <= _MOST_RINGS:
            for x, y in frame.points_to_pixels(self._state.points[self._selected]):
                self._draw_ring(painter, QPointF(x, y), self.colours.ring)
        if self._ring is not None:
            x, y = frame.points_to_pixels(self._state.points[self._ring])
            self._draw_ring(painter, QPointF(x, y), self.colours.text)

    def _place_names(self, frame: Frame, state: PointsState) -> PlacedNames:
        placed = self._placed_names
        if self._centres is None:
            if self._members is None:
                self._members = ClassMembers(self._labels)
            self._centres = self._members.centres(state.points, len(self._names))
            placed = None
        font = self._view().font()
        if placed is None or not placed.suits(frame, self._names, font):
            self._placed_names = placed = PlacedNames.at(self._centres, frame, self._names, font)
        return placed

    def _draw_picture(self, painter: QPainter, frame: Frame, state: PointsState) -> None:
        ratio = device_ratio(painter)
        if ratio != self._screen_ratio():  # a saved picture, finer than the screen's
            image = state.draw_here(frame, ratio).image
            painter.drawImage(QRectF(0, 0, frame.width, frame.height), image)
            return
        picture = self._picture
        if picture is not None and picture.frame != frame and len(state.points) <= _MOST_POINTS_AT_ONCE:
            self._picture = picture = picture.shifted(frame) or picture
        if picture is None or not picture.shows(state, frame, ratio):
            if self._is_drawn_at_once(state):
                self._picture = picture = state.draw_here(frame, ratio)
                self.drawn.emit()
            else:
                self._ask(state, frame, ratio)
        if picture is None:
            return
        if picture.frame.unit == frame.unit and picture.ratio == ratio:
            painter.drawImage(frame.to_pixels(picture.frame.left, picture.frame.top), picture.image)
        else:  # until the new one comes, the old one enlarged
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(frame.rect_to_pixels(picture.frame.rect), picture.image)
            painter.restore()

    def _ask(self, state: PointsState, frame: Frame, ratio: float) -> None:
        asked = (state, frame, ratio)
        if asked != self._asked:
            self._asked = asked
            shown = self._picture
            # A view that the hand has moved is what it waits for; points that training moves are not.
            follows = shown is not None and shown.frame == frame and shown.ratio == ratio
            spare = Sparing(self.thrift) if follows else None
            self._worker.request(partial(state.draw_beside, frame, ratio, spare))

    @Slot(object)
    def _take(self, picture: PointsPicture) -> None:
        old = self._picture
        if old is not None and old.state is picture.state and old.frame == self.frame != picture.frame:
            return  # a pan has shifted the old one to where this one would have to be drawn again
        self._picture = picture
        if picture.frame == self.frame:
            self.update()
        # Else the hand is moving on: the next frame shows it, and a paint of its own would only make that one late.
        if picture.state is self._state:
            self.drawn.emit()

    def _show(self, state: PointsState) -> None:
        self._state = state
        # Behind another tab, where Qt still calls it visible, it is drawn when somebody comes to look.
        frame = self.frame if self.isVisible() else None
        seen = frame is not None and not self._view().viewport().visibleRegion().isEmpty()
        if frame is not None and seen and not self._is_drawn_at_once(state):
            # Not only when next painted: a frame sooner, and the old picture need not be painted once more.
            self._ask(state, frame, self._screen_ratio())
        else:
            self.update()

    def _is_drawn_at_once(self, state: PointsState) -> bool:
        return self.steered and len(state.points) <= _MOST_POINTS_STEERED

    def _mark(self) -> None:
        if self._state is None:
            return
        dimmed = self._of_dimmed_class
        if len(self._selected) > 1:
            others = np.ones(len(self._state.points), np.bool_)
            others[self._selected] = False
            dimmed = others if dimmed is None else dimmed | others
        if dimmed is not None or self._state.dimmed is not None:
            self._show(replace(self._state, dimmed=dimmed))

    def _update_ring(self) -> None:
        if self._ring is not None:
            self._update_around(self._ring)

    def _update_around(self, point: int) -> None:
        """Has the ring of a point painted, or what was beneath it, before the points themselves are drawn anew."""
        if self.frame is not None and np.isfinite(self.points[point]).all():
            centre = self.frame.to_pixels(*map(float, self.points[point]))
            reach = _RING_RADIUS + 3
            self.update(QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach))

    def _draw_ring(self, painter: QPainter, centre: QPointF, colour: str) -> None:
        if np.isnan(centre.x()):  # a point that has no place yet
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for width, ink in ((4.5, self.colours.plot), (2.0, colour)):
            painter.setPen(QPen(QColor(ink), width))
            painter.drawEllipse(centre, _RING_RADIUS, _RING_RADIUS)

    def _view(self) -> QGraphicsView:
        return self.scene().views()[0]

    def _screen_ratio(self) -> float:
        return self._view().devicePixelRatioF()
