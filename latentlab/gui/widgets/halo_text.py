"""Text that stays legible on top of points: an outline in the ground's colour around it."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPaintEngine, QPainter, QPainterPath, QPen, QPixmap

from latentlab.gui.widgets.inks import put

HALO = 3.5
"""The width of the outline."""


def text_box(text: str, font: QFont, centre: QPointF) -> QRectF:
    """The box that ``text`` takes about ``centre``."""
    width, height = text_size(text, font.toString())
    return QRectF(centre.x() - width / 2, centre.y() - height / 2, width, height)


def draw_halo_text(painter: QPainter, centre: QPointF, text: str, font: QFont, colour: QColor, ground: QColor) -> None:
    """Draws ``text`` about ``centre`` in ``colour`` with a halo of ``ground``."""
    draw_halo_at(painter, centre.x(), centre.y(), text, font.toString(), colour, ground)


def draw_halo_at(
    painter: QPainter, x: float, y: float, text: str, font_key: str, colour: QColor, ground: QColor
) -> None:
    """The same of what is drawn at every move of the hand; ``font_key`` is `QFont.toString` of the font."""
    if painter.paintEngine().type() != QPaintEngine.Type.Raster:  # in an SVG words stay shapes
        painter.save()
        painter.translate(x, y)
        _draw_outline(painter, _outline(text, font_key), colour, ground)
        painter.restore()
        return
    ratio = painter.deviceTransform().m11()
    picture = _picture(text, font_key, colour.rgba(), ground.rgba(), ratio)
    # On whole device pixels, where it stays crisp and is copied rather than interpolated.
    left, top = round(x * ratio - picture.width() / 2), round(y * ratio - picture.height() / 2)
    put(painter, left / ratio, top / ratio, picture)


def _draw_outline(painter: QPainter, outline: QPainterPath, colour: QColor, ground: QColor) -> None:
    pen = QPen(ground, HALO)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(outline, pen)
    painter.fillPath(outline, colour)


@lru_cache(maxsize=512)
def _picture(text: str, font_key: str, colour: int, ground: int, ratio: float) -> QPixmap:
    """The text with its halo at ``ratio`` device pixels to a pixel; drawing its shapes takes ten times as long."""
    outline = _outline(text, font_key)
    bounds = outline.boundingRect()
    reach = [max(abs(bounds.left()), abs(bounds.right())), max(abs(bounds.top()), abs(bounds.bottom()))]
    picture = QPixmap(QSize(*(2 * math.ceil((length + HALO) * ratio) for length in reach)))
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(picture.width() / 2, picture.height() / 2)
    painter.scale(ratio, ratio)
    _draw_outline(painter, outline, QColor.fromRgba(colour), QColor.fromRgba(ground))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


@lru_cache(maxsize=512)
def text_size(text: str, font_key: str) -> tuple[float, float]:
    """Width and height of ``text`` in the font whose `QFont.toString` is ``font_key``."""
    metrics = QFontMetricsF(_font(font_key))
    return metrics.horizontalAdvance(text), metrics.height()


@lru_cache(maxsize=512)
def _outline(text: str, font_key: str) -> QPainterPath:
    """The glyphs about the origin; making them costs more than painting them."""
    font = _font(font_key)
    metrics = QFontMetricsF(font)
    path = QPainterPath()
    path.addText(-metrics.horizontalAdvance(text) / 2, (metrics.ascent() - metrics.descent()) / 2, font, text)
    return path


def _font(key: str) -> QFont:
    font = QFont()
    font.fromString(key)
    return font
