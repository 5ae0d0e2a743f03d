"""The faint grid of a plane's axes: beneath all that is drawn on it."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_grid import draw_grid
from latentlab.gui.widgets.plane_item import PlaneItem


class GridItem(PlaneItem):
    """Lines at the figures' places."""

    def __init__(self) -> None:
        super().__init__()
        self.setZValue(-100)

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        draw_grid(painter, frame, self.colours, exposed)
