"""The line that a hand draws around points, and beneath it what the hand may do."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from latentlab.gui.theme import small
from latentlab.gui.widgets.halo_text import HALO, draw_halo_text, text_box
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem

_FILL = 0.08
_REACH = 3.0  # how far the line's own width and edge reach
_RULE_MARGIN = 8
_FOOT = 28  # where the axis has its figures


class OutlineItem(PlaneItem):
    """A closed line on the plane, which stays with the data beneath it, and a quiet sentence at the plane's foot."""

    def __init__(self) -> None:
        super().__init__()
        self._corners: NDArray[np.float64] = np.empty((0, 2))
        self._rule = ""
        self.setZValue(30)
        self.hide()

    @property
    def corners(self) -> NDArray[np.float64]:
        """The line's corners (M, 2) in data units; none where nothing is drawn."""
        return self._corners

    def set_corners(self, corners: NDArray[np.float64]) -> None:
        """Draws another line (M, 2), closed from its last corner to its first."""
        before = self._covered()
        self._corners = corners
        self._show_if_any()
        self.update(before.united(self._covered()))

    @property
    def rule(self) -> str:
        """The sentence at the foot."""
        return self._rule

    def set_rule(self, rule: str) -> None:
        """Writes another sentence at the foot, or none."""
        self._rule = rule
        self._show_if_any()
        self.update()

    def _show_if_any(self) -> None:
        self.setVisible(len(self._corners) > 0 or bool(self._rule))

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        if len(self._corners) and exposed.intersects(self._covered()):
            ring = QColor(self.colours.ring)
            veil = QColor(ring)
            veil.setAlphaF(_FILL)
            painter.setPen(QPen(ring, 1.5))
            painter.setBrush(veil)
            painter.drawPolygon(_polygon(frame, self._corners), Qt.FillRule.OddEvenFill)
        if self._rule:
            self._draw_rule(painter, frame, exposed)

    def _draw_rule(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        font = small(self.scene().views()[0].font())
        # Where the whole sentence has no room, a part of it, what the keys do above all, is worth more than half of it.
        keys = self._rule.rpartition(": ")[2]
        for rule in (self._rule, keys, keys.partition("; ")[0]):
            box = text_box(rule, font, QPointF())
            if box.width() <= frame.width - 2 * _RULE_MARGIN:
                break
        box.moveCenter(QPointF(frame.width / 2, frame.height - _FOOT - box.height() / 2))
        if exposed.intersects(box.adjusted(-HALO, -HALO, HALO, HALO)):
            draw_halo_text(painter, box.center(), rule, font, QColor(self.colours.muted), QColor(self.colours.plot))

    def _covered(self) -> QRectF:
        if self.frame is None or not len(self._corners):
            return QRectF()
        pixels = self.frame.points_to_pixels(self._corners)
        low, high = pixels.min(axis=0) - _REACH, pixels.max(axis=0) + _REACH
        return QRectF(QPointF(*low), QPointF(*high))


def _polygon(frame: Frame, corners: NDArray[np.float64]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in frame.points_to_pixels(corners).tolist()])
