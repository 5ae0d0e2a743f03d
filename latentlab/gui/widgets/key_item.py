"""The key to a map: what its colours and lines mean, on a small card in a corner of the plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from latentlab.gui.text_size import px
from latentlab.gui.theme import active, small
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem

_EDGE, _PADDING, _GAP = 8.0, 8.0, 8.0
_SWATCH = QRectF(0, 0, 16, 10)
_BAR_HEIGHT = 8.0
_BAR_WIDTH = 144.0
_WIDEST = 320.0
_VEIL = 0.88


@dataclass(frozen=True)
class KeyLine:
    """A line of a key: a swatch and what it means.

    Attributes:
        text: what it means.
        fill, line: the swatch's colours, with alpha; None where it has no area or no border, or there is no swatch.
    """

    text: str
    fill: QColor | None = None
    line: QColor | None = None


@dataclass(frozen=True, eq=False)
class ColourBar:
    """Colours from the lowest value to the highest.

    Attributes:
        colours: uint8 K×3.
        low, high: the values at its ends, with their unit.
    """

    colours: NDArray[np.uint8]
    low: str
    high: str


class KeyItem(PlaneItem):
    """A card in the upper right corner; it takes no mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[KeyLine, ...] = ()
        self._bar: ColourBar | None = None
        self.setZValue(20)
        self.hide()

    @property
    def text(self) -> str:
        """All that it says."""
        ends = [] if self._bar is None else [self._bar.low, self._bar.high]
        return "\n".join([*(line.text for line in self._lines), *ends])

    def show_key(self, lines: Sequence[KeyLine], bar: ColourBar | None = None) -> None:
        """Says ``lines``, and shows a bar beneath them; nothing of either hides the card."""
        self._lines, self._bar = tuple(lines), bar
        self.setVisible(bool(self._lines) or bar is not None)
        self.update()

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        font = small(self.scene().views()[0].font())
        metrics = QFontMetricsF(font)
        boxes = [self._text_box(metrics, line) for line in self._lines]
        width = max([box.width() for box in boxes] + ([px(_BAR_WIDTH)] if self._bar else []))
        height = sum(box.height() for box in boxes)
        if self._bar is not None:
            height += _BAR_HEIGHT + metrics.height() + 4
        card = QRectF(0, 0, math.ceil(width + 2 * _PADDING), math.ceil(height + 2 * _PADDING - 4))
        card.moveTopRight(QPointF(frame.width - _EDGE, _EDGE))
        if not card.intersects(exposed):
            return
        colours = self.colours
        veil = QColor(colours.surface)
        veil.setAlphaF(_VEIL)
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.setBrush(veil)
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.setFont(font)
        corner = card.topLeft() + QPointF(_PADDING, _PADDING - 2)
        for line, box in zip(self._lines, boxes, strict=True):
            self._draw_line(painter, line, box.translated(corner))
            corner += QPointF(0, box.height())
        if self._bar is not None:
            self._draw_bar(painter, self._bar, QRectF(corner, card.bottomRight() - QPointF(_PADDING, 0)))

    def _text_box(self, metrics: QFontMetricsF, line: KeyLine) -> QRectF:
        indent = _SWATCH.width() + _GAP if line.fill or line.line else 0.0
        room = QRectF(0, 0, min(px(_WIDEST), self.boundingRect().width() - 2 * (_EDGE + _PADDING)) - indent, 1000)
        box = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, line.text)
        return QRectF(0, 0, math.ceil(box.width()) + indent + 1, math.ceil(box.height()) + 3)

    def _draw_line(self, painter: QPainter, line: KeyLine, box: QRectF) -> None:
        if line.fill or line.line:
            swatch = QRectF(_SWATCH)
            swatch.moveCenter(QPointF(box.left() + _SWATCH.width() / 2, box.center().y()))
            painter.setPen(QPen(line.line, 1.25) if line.line else Qt.PenStyle.NoPen)
            painter.setBrush(line.fill if line.fill else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(swatch, 2, 2)
            box = box.adjusted(_SWATCH.width() + _GAP, 0, 0, 0)
        painter.setPen(QColor(self.colours.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap, line.text)

    def _draw_bar(self, painter: QPainter, bar: ColourBar, room: QRectF) -> None:
        strip = QRectF(room.left(), room.top() + 4, room.width(), _BAR_HEIGHT)
        pixels = np.ascontiguousarray(bar.colours[None])
        image = QImage(pixels.data, pixels.shape[1], 1, pixels.strides[0], QImage.Format.Format_RGB888)
        painter.drawImage(strip, image)
        painter.setPen(QPen(QColor(active().colours.muted)))
        words = QRectF(strip.left(), strip.bottom() + 1, strip.width(), room.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, bar.low)
        painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, bar.high)
