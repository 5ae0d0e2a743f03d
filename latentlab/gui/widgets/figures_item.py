"""The figures of a plane's axes: over data and lines, so that they can be read, and beneath what else has words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QPainter, QRegion

from latentlab.gui.widgets.inks import NOTHING
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_grid import FigureFont, draw_figures
from latentlab.gui.widgets.plane_item import PlaneItem


class FiguresItem(PlaneItem):
    """Figures along the lower and the left edge, in a small font."""

    def __init__(self, font: QFont, others: Sequence[PlaneItem]) -> None:
        """``others`` are the items of the plane, whose `over_figures` is spared."""
        super().__init__()
        self._font, self._others = FigureFont(font), others
        self.setZValue(22)

    def set_font(self, font: QFont) -> None:
        """Writes them in another font."""
        self._font = FigureFont(font)
        self.update()

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        spared = [area for item in self._others if (area := item.over_figures) is not NOTHING and item.isVisible()]
        if any(exposed.intersects(area) for area in spared):
            free = QRegion(exposed.toAlignedRect())
            for area in spared:
                free -= QRegion(area.toAlignedRect())
            painter.setClipRegion(free)
        draw_figures(painter, frame, self.colours, self._font, exposed)
