"""The mark at the place of what a hand has drawn: unlike the probe's ring, and unlike a selected point's."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPaintEngine, QPainter, QPen, QPixmap, QPolygonF

from latentlab.core.exploration import Point
from latentlab.gui.colours import Colours
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem, device_ratio

_RADIUS, _REACH = 8.0, 12.0


class DrawnMark(PlaneItem):
    """A filled diamond of constant size at a point of the plane; the mouse goes through it."""

    def __init__(self) -> None:
        super().__init__()
        self._at: Point | None = None
        self.setZValue(20)
        self.resize(2 * _REACH, 2 * _REACH)
        self.hide()

    def position(self) -> Point | None:
        """Where the mark is, in data units, or None where it is hidden."""
        return self._at

    def set_position(self, at: Point | None) -> None:
        """Puts the mark at a point of the plane, or hides it."""
        self._at = at if at is not None and all(map(math.isfinite, at)) else None
        self.setVisible(self._at is not None)
        if self.frame is not None and self._at is not None:
            self.setPos(self.frame.to_pixels(*self._at) - QPointF(_REACH, _REACH))
            self.update()

    def set_frame(self, frame: Frame) -> None:
        self.frame = frame
        self.set_position(self._at)

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        painter.translate(_REACH, _REACH)
        if painter.paintEngine().type() != QPaintEngine.Type.Raster:  # in an SVG shapes stay shapes
            _draw_diamond(painter, self.colours)
            return
        picture = _diamond(self.colours, device_ratio(painter))
        reach = picture.width() / picture.devicePixelRatio() / 2
        painter.drawPixmap(QPointF(-reach, -reach), picture)


def _draw_diamond(painter: QPainter, colours: Colours) -> None:
    corners = [QPointF(0, -_RADIUS), QPointF(_RADIUS, 0), QPointF(0, _RADIUS), QPointF(-_RADIUS, 0)]
    for width, edge, filling in ((6.0, colours.plot, colours.plot), (2.0, colours.text, colours.accent)):
        pen = QPen(QColor(edge), width)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(QColor(filling))
        painter.drawPolygon(QPolygonF(corners))


@lru_cache(maxsize=8)
def _diamond(colours: Colours, ratio: float) -> QPixmap:
    """The diamond at ``ratio`` device pixels to a pixel; every move of the pen paints it."""
    side = 2 * math.ceil(_REACH * ratio)
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(side / 2, side / 2)
    painter.scale(ratio, ratio)
    _draw_diamond(painter, colours)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
