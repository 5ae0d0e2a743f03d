"""The key of a picture that stands by itself: which colour is which class."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter

from latentlab.gui import theme
from latentlab.gui.widgets.legend_delegate import draw_swatch

_SWATCH, _GAP = 10, 8
_ROW, _SMALL_ROW = 20, 17
_BETWEEN = 16  # columns
_WIDEST_NAME = 160
_MANY = 30  # with more classes than these a key in the common font would outgrow the plane


class PictureKey(Protocol):
    """What says the colours' meaning."""

    def beside(self, height: int) -> QSize:
        """The room that it takes beside a plane of that height."""

    def beneath(self, width: int) -> QSize:
        """The room that it takes beneath a plane, where it may be so wide."""

    def draw_key(self, painter: QPainter, room: QRect) -> None:
        """Draws it into a room of one of these sizes."""


class ClassKey:
    """A dot in each class's colour and the class's name, in columns that are read downwards.

    Dimmed classes are as in the legend: hollow and muted.
    """

    def __init__(
        self, names: Sequence[str], colours: NDArray[np.uint8], dimmed: Collection[int], font: QFont
    ) -> None:
        """``colours``: uint8 K×3."""
        self._names, self._dimmed = names, dimmed
        self._colours = [QColor(*map(int, colour)) for colour in colours]
        many = len(names) > _MANY
        self._font, self._row = (theme.small(font), _SMALL_ROW) if many else (font, _ROW)
        metrics = QFontMetrics(self._font)
        longest = max((metrics.horizontalAdvance(name) for name in names), default=0) + 2
        self._column = _SWATCH + _GAP + min(_WIDEST_NAME, longest)

    def beside(self, height: int) -> QSize:
        return self._size(math.ceil(len(self._names) / max(1, height // self._row)))

    def beneath(self, width: int) -> QSize:
        return self._size(self._columns(width))

    def draw_key(self, painter: QPainter, room: QRect) -> None:
        rows = math.ceil(len(self._names) / self._columns(room.width()))
        painter.setFont(self._font)
        for number in range(len(self._names)):
            column, row = divmod(number, rows)
            left, top = room.left() + column * (self._column + _BETWEEN), room.top() + row * self._row
            self._draw_entry(painter, QRect(left, top, self._column, self._row), number)

    def _draw_entry(self, painter: QPainter, entry: QRect, number: int) -> None:
        colours, dimmed = theme.active().colours, number in self._dimmed
        dot = QRectF(entry.left(), entry.top() + (entry.height() - _SWATCH) / 2, _SWATCH, _SWATCH)
        draw_swatch(painter, dot, self._colours[number], dimmed)
        room = entry.adjusted(_SWATCH + _GAP, 0, 0, 0)
        # Long names often differ at their ends, and nobody can ask a picture for the rest.
        name = QFontMetrics(self._font).elidedText(self._names[number], Qt.TextElideMode.ElideMiddle, room.width())
        painter.setPen(QColor(colours.muted if dimmed else colours.text))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, name)

    def _columns(self, width: int) -> int:
        """How many columns are used where so many pixels are free, all but the last one full."""
        most = max(1, (width + _BETWEEN) // (self._column + _BETWEEN))
        rows = math.ceil(len(self._names) / most)
        return math.ceil(len(self._names) / max(1, rows))

    def _size(self, columns: int) -> QSize:
        rows = math.ceil(len(self._names) / max(1, columns))
        return QSize(columns * (self._column + _BETWEEN) - _BETWEEN, rows * self._row)
