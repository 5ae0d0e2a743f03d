"""Paths as lines on the plane, the one that is followed before the others, and a mark at the place on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from latentlab.core.exploration import Point
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem

_FOLLOWED, _OTHER, _HALO = 2.0, 1.25, 2.0
_MARK = 4.0


class PathItem(PlaneItem):
    """Lines that take no mouse; those of other kinds are thin and dashed."""

    def __init__(self) -> None:
        super().__init__()
        self._followed: NDArray[np.floating] | None = None
        self._others: tuple[NDArray[np.floating], ...] = ()
        self._place: Point | None = None
        self._polygons: list[QPolygonF] = []  # the lines in pixels, once they are drawn in this frame
        self.setZValue(15)
        self.hide()

    def set_lines(self, followed: NDArray[np.floating] | None, others: Sequence[NDArray[np.floating]]) -> None:
        """Draws lines through positions M×2 in data units; the followed one may be missing."""
        self._followed, self._others = followed, tuple(others)
        self._polygons.clear()
        self._show_if_any()
        self.update()

    def set_frame(self, frame: Frame) -> None:
        self._polygons.clear()
        super().set_frame(frame)

    def set_place(self, place: Point | None) -> None:
        """Marks a position in data units, or none."""
        before, self._place = self._place, place
        self._show_if_any()
        for each in (before, place):
            if each is not None and self.frame is not None and before != place:
                centre = self.frame.to_pixels(*each)
                reach = _MARK + _HALO + 1
                self.update(QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach))

    @property
    def followed(self) -> NDArray[np.floating] | None:
        """The positions of the line that is followed."""
        return self._followed

    @property
    def place(self) -> Point | None:
        """Where the mark is."""
        return self._place

    def _show_if_any(self) -> None:
        # Hidden it takes no part in the many small paints under a handle that moves.
        self.setVisible(self._followed is not None or bool(self._others) or self._place is not None)

    @property
    def stands_still(self) -> bool:
        return True

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        ground, ring, muted = (QColor(name) for name in (self.colours.plot, self.colours.ring, self.colours.muted))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        lines = self._others if self._followed is None else (*self._others, self._followed)
        self._polygons = self._polygons or [_polygon(frame, line) for line in lines]
        painter.setPen(QPen(muted, _OTHER, Qt.PenStyle.DashLine))
        for polygon in self._polygons[: len(self._others)]:
            painter.drawPolyline(polygon)
        for polygon in self._polygons[len(self._others) :]:
            for colour, width in ((ground, _FOLLOWED + _HALO), (ring, _FOLLOWED)):
                painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                painter.drawPolyline(polygon)
        if self._place is not None:
            painter.setPen(QPen(ring, 2.0))
            painter.setBrush(ground)
            painter.drawEllipse(frame.to_pixels(*self._place), _MARK, _MARK)


def _polygon(frame: Frame, line: NDArray[np.floating]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in frame.points_to_pixels(line).tolist()])
