"""Text that stays legible on top of points: an outline in the ground's colour around it."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

_HALO = 3.5


def text_box(text: str, font: QFont, centre: QPointF) -> QRectF:
    """The box that ``text`` takes about ``centre``."""
    metrics = QFontMetricsF(font)
    width, height = metrics.horizontalAdvance(text), metrics.height()
    return QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)


def draw_halo_text(painter: QPainter, centre: QPointF, text: str, font: QFont, colour: QColor, ground: QColor) -> None:
    """Draws ``text`` about ``centre`` in ``colour`` with a halo of ``ground``."""
    outline = _outline(text, font.toString())
    pen = QPen(ground, _HALO)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.save()
    painter.translate(centre)
    painter.strokePath(outline, pen)
    painter.fillPath(outline, colour)
    painter.restore()


@lru_cache(maxsize=256)
def _outline(text: str, font_key: str) -> QPainterPath:
    """The glyphs about the origin; making them costs more than painting them."""
    font = QFont()
    font.fromString(font_key)
    metrics = QFontMetricsF(font)
    path = QPainterPath()
    path.addText(-metrics.horizontalAdvance(text) / 2, (metrics.ascent() - metrics.descent()) / 2, font, text)
    return path
