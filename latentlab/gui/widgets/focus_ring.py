"""The frame around a plane that has the keyboard's focus."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem


class FocusRing(PlaneItem):
    """A line along the edges, over all that the plane shows; hidden but where keys brought the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(1000)
        self.hide()

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        painter.setPen(QPen(QColor(self.colours.ring), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(1, 1, frame.width - 2, frame.height - 2))
