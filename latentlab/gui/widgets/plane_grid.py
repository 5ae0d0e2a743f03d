"""The plane's quiet axes: a faint grid, and its figures along the lower and left edges, drawn inside the picture.

pyqtgraph's axes cost more time than a frame of 70,000 points; these cost about a tenth of a millisecond.
"""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPaintEngine, QPainter, QPixmap

from latentlab.gui.colours import Colours, mix
from latentlab.gui.widgets.inks import ink, put
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
    left, top, unit = frame.left, frame.top, frame.unit
    x0, x1 = left + (exposed.left() - 1) * unit, left + (exposed.right() + 1) * unit
    y0, y1 = top - (exposed.bottom() + 1) * unit, top - (exposed.top() - 1) * unit
    step = tick_step(unit)
    # Filled rectangles: lines of a pen take ten times as long.
    faint, strong = ink(mix(colours.plot, colours.grid, 0.7)), ink(mix(colours.grid, colours.muted, 0.25))
    for value in ticks(x0, x1, step):
        painter.fillRect(round((value - left) / unit), 0, 1, frame.height, faint if value else strong)
    for value in ticks(y0, y1, step):
        painter.fillRect(0, round((top - value) / unit), frame.width, 1, faint if value else strong)


class FigureFont:
    """The font of the figures, measured once.

    Attributes:
        font: as painters take it.
        key: all that tells it from others.
        metrics: its measures.
        height: of a line.
        corner: the width kept free at the left, where the vertical axis has its figures.
    """

    def __init__(self, font: QFont) -> None:
        self.font, self.key, self.metrics = font, font.toString(), QFontMetricsF(font)
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
    if painter.paintEngine().type() == QPaintEngine.Type.Raster:
        ratio = painter.deviceTransform().m11()

        def draw(left: float, top: float, width: float, text: str) -> None:
            picture = _figure_picture(text, style.key, (width, height), colours.plot, colours.muted, ratio)
            # On whole device pixels, where it stays crisp and is copied rather than interpolated.
            put(painter, round((left - _VEIL) * ratio) / ratio, round((top - _VEIL) * ratio) / ratio, picture)

    else:  # in an SVG words stay words
        painter.setFont(style.font)

        def draw(left: float, top: float, width: float, text: str) -> None:
            _write_figure(painter, QRectF(left, top, width, height), text, colours.plot, colours.muted)

    for value in ticks(x0, x1, step) if exposed.bottom() >= floor else ():
        text = tick_text(value, step)
        width = metrics.horizontalAdvance(text)
        left = (value - frame.left) / frame.unit - width / 2
        if corner <= left <= frame.width - width - _EDGE:
            draw(left, floor, width, text)
    for value in ticks(y0, y1, step) if exposed.left() <= corner else ():
        text = tick_text(value, step)
        middle = (frame.top - value) / frame.unit - height / 2
        if _EDGE <= middle <= floor - height - _EDGE:
            width = metrics.horizontalAdvance(text)
            draw(_EDGE, middle, width, text)


def _write_figure(painter: QPainter, box: QRectF, text: str, ground: str, colour: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink(ground, 0.7))
    painter.drawRoundedRect(box.adjusted(-_VEIL, 0, _VEIL, 0), _VEIL, _VEIL)
    painter.setPen(ink(colour))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


@lru_cache(maxsize=256)
def _figure_picture(
    text: str, font_key: str, size: tuple[float, float], ground: str, colour: str, ratio: float
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
    _write_figure(painter, QRectF(_VEIL, _VEIL, width, height), text, ground, colour)
    painter.end()
    return picture
