"""The plane's quiet axes: a faint grid, and its figures along the lower and left edges, drawn inside the picture.

pyqtgraph's axes cost more time than a frame of 70,000 points; these cost about a tenth of a millisecond.
"""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPaintEngine, QPainter, QPixmap

from latentlab.gui.colours import Colours, mix
from latentlab.gui.widgets.plane_frame import Frame

_SPACING = 64.0
_EDGE = 6.0
_VEIL = 3.0


def tick_step(unit: float) -> float:
    """The smallest of 1, 2, 5 × 10ⁿ data units that spans at least `_SPACING` pixels."""
    least = _SPACING * unit
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - 1e-9))


def ticks(low: float, high: float, step: float) -> list[float]:
    """The multiples of ``step`` from ``low`` to ``high``."""
    return [count * step for count in range(math.ceil(low / step), math.floor(high / step) + 1)]


def tick_text(value: float, step: float) -> str:
    """``value`` with as many decimals as ``step`` needs, and a true minus sign."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    if decimals > 4 or abs(value) >= 1e5:
        return f"{value:.4g}".replace("-", "−")
    return f"{value:.{decimals}f}".replace("-", "−")


def draw_grid(painter: QPainter, frame: Frame, colours: Colours, exposed: QRectF) -> None:
    """Draws the grid's lines as far as they touch ``exposed``, those through the origin a little stronger."""
    x0, y1 = frame.to_data(exposed.topLeft() - QPointF(1, 1))
    x1, y0 = frame.to_data(exposed.bottomRight() + QPointF(1, 1))
    step = tick_step(frame.unit)
    # Filled rectangles: lines of a pen take ten times as long.
    faint, strong = QColor(mix(colours.plot, colours.grid, 0.7)), QColor(mix(colours.grid, colours.muted, 0.25))
    for value in ticks(x0, x1, step):
        x = round((value - frame.left) / frame.unit)
        painter.fillRect(QRect(x, 0, 1, frame.height), faint if value else strong)
    for value in ticks(y0, y1, step):
        y = round((frame.top - value) / frame.unit)
        painter.fillRect(QRect(0, y, frame.width, 1), faint if value else strong)


class FigureFont:
    """The font of the figures, measured once.

    Attributes:
        font: as painters take it.
        metrics: its measures.
        height: of a line.
        corner: the width kept free at the left, where the vertical axis has its figures.
    """

    def __init__(self, font: QFont) -> None:
        self.font, self.metrics = font, QFontMetricsF(font)
        self.height = self.metrics.height()
        self.corner = self.metrics.horizontalAdvance("−00.00") + 2 * _EDGE


def draw_figures(painter: QPainter, frame: Frame, colours: Colours, style: FigureFont, exposed: QRectF) -> None:
    """Draws the figures that touch ``exposed``, each on a veil of the background so that it reads over the data."""
    metrics, height, corner = style.metrics, style.height, style.corner
    floor = frame.height - _EDGE - height
    if exposed.bottom() < floor and exposed.left() > corner:
        return
    x0, y0, x1, y1 = frame.rect
    step = tick_step(frame.unit)
    painter.setFont(style.font)
    for value in ticks(x0, x1, step) if exposed.bottom() >= floor else ():
        text = tick_text(value, step)
        width = metrics.horizontalAdvance(text)
        left = (value - frame.left) / frame.unit - width / 2
        if corner <= left <= frame.width - width - _EDGE:
            _draw_figure(painter, QRectF(left, floor, width, height), text, colours)
    for value in ticks(y0, y1, step) if exposed.left() <= corner else ():
        text = tick_text(value, step)
        middle = (frame.top - value) / frame.unit - height / 2
        if _EDGE <= middle <= floor - height - _EDGE:
            width = metrics.horizontalAdvance(text)
            _draw_figure(painter, QRectF(_EDGE, middle, width, height), text, colours)


def _draw_figure(painter: QPainter, box: QRectF, text: str, colours: Colours) -> None:
    if painter.paintEngine().type() != QPaintEngine.Type.Raster:  # in an SVG words stay words
        _write_figure(painter, box, text, colours.plot, colours.muted)
        return
    ratio = painter.deviceTransform().m11()
    size = box.width(), box.height()
    picture = _figure_picture(text, painter.font().toString(), size, colours.plot, colours.muted, ratio)
    # On whole device pixels, where it stays crisp and is copied rather than interpolated.
    left, top = (round((edge - _VEIL) * ratio) / ratio for edge in (box.left(), box.top()))
    painter.drawPixmap(QPointF(left, top), picture)


def _write_figure(painter: QPainter, box: QRectF, text: str, ground: str, ink: str) -> None:
    veil = QColor(ground)
    veil.setAlphaF(0.7)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(veil)
    painter.drawRoundedRect(box.adjusted(-_VEIL, 0, _VEIL, 0), _VEIL, _VEIL)
    painter.setPen(QColor(ink))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


@lru_cache(maxsize=256)
def _figure_picture(
    text: str, font_key: str, size: tuple[float, float], ground: str, ink: str, ratio: float
) -> QPixmap:
    """A figure on its veil at ``ratio`` device pixels to a pixel; writing it anew takes several times as long."""
    font = QFont()
    font.fromString(font_key)
    width, height = size
    picture = QPixmap(math.ceil((width + 2 * _VEIL) * ratio), math.ceil((height + 2 * _VEIL) * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    _write_figure(painter, QRectF(_VEIL, _VEIL, width, height), text, ground, ink)
    painter.end()
    return picture
