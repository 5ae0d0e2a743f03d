"""The scale of colours that points are drawn in, with its figures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentlab.gui import theme
from latentlab.gui.text_size import px

_BAR = 12
_HIGHEST = 200
_GAP = 8


class ColourBar(QWidget):
    """A quantity's name and unit over an upright scale, much at the top, with figures at its ends and its middle."""

    def __init__(self, colours: NDArray[np.uint8]) -> None:
        """Shows ``colours``, uint8 K×3, from little to much."""
        super().__init__()
        self._colours = [QColor(*map(int, colour)) for colour in colours]
        self._title = self._unit = self._note = ""
        self._range: tuple[float, float] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Scale of colours")

    def set_quantity(self, title: str, unit: str, tip: str) -> None:
        """Says what is shown."""
        self._title, self._unit = title, unit
        self.setToolTip(tip)
        self.update()

    def set_range(self, low: float | None, high: float | None, note: str = "") -> None:
        """Shows the figures at the ends; None where there are none yet. ``note`` stands beneath, while it is busy."""
        self._range = None if low is None or high is None else (low, high)
        self._note = note
        self.setAccessibleDescription(" ".join((self._title, self._unit, *self.figures())))
        self.update()

    @property
    def note(self) -> str:
        """What stands beneath."""
        return self._note

    def range(self) -> tuple[float, float] | None:
        """The values of the lowest and the highest colour."""
        return self._range

    def figures(self) -> list[str]:
        """The figures from the lowest to the highest, as they are written."""
        if self._range is None:
            return []
        low, high = self._range
        return [figure_text(value) for value in (low, (low + high) / 2, high)]

    def sizeHint(self) -> QSize:
        return QSize(px(88), px(160))

    def minimumSizeHint(self) -> QSize:
        return QSize(px(72), px(96))

    def beside(self, height: int) -> QSize:
        """The room that it takes as a picture's key."""
        metrics = QFontMetrics(theme.small(self.font()))
        words = max(metrics.horizontalAdvance(text) for text in (self._title, self._unit, self._note))
        figures = max((metrics.horizontalAdvance(figure) for figure in self.figures()), default=0)
        # To the last line beneath the longest scale.
        longest = 4 + 5 * metrics.height() + 2 * _GAP + _HIGHEST
        return QSize(max(words, _BAR + 6 + figures) + 2, max(self.minimumSizeHint().height(), min(height, longest)))

    def beneath(self, width: int) -> QSize:
        """The same; it always stands upright."""
        return self.beside(0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw_key(painter, self.rect())
        painter.end()

    def draw_key(self, painter: QPainter, room: QRect) -> None:
        """Draws it into ``room``."""
        colours = theme.active().colours
        painter.save()
        painter.translate(room.topLeft())
        painter.setFont(theme.small(self.font()))
        line = painter.fontMetrics().height()
        left = Qt.AlignmentFlag.AlignLeft
        painter.setPen(QColor(colours.text))
        painter.drawText(QRectF(0, 4, room.width(), line), left, self._title)
        painter.setPen(QColor(colours.muted))
        painter.drawText(QRectF(0, 4 + line, room.width(), line), left, self._unit)
        top = 4 + 2 * line + _GAP + line / 2
        bar = QRectF(0, top, _BAR, max(0.0, min(_HIGHEST, room.height() - top - 2 * line - _GAP)))
        self._draw_scale(painter, bar)
        painter.setPen(QColor(colours.text))
        for place, figure in zip((bar.bottom(), bar.center().y(), bar.top()), self.figures(), strict=False):
            painter.setPen(QPen(QColor(colours.muted), 1))
            painter.drawLine(QRectF(_BAR, place, 3, 0).topLeft(), QRectF(_BAR, place, 3, 0).topRight())
            painter.setPen(QColor(colours.text))
            painter.drawText(QRectF(_BAR + 6, place - line / 2, room.width(), line), left, figure)
        painter.setPen(QColor(colours.muted))
        painter.drawText(QRectF(0, bar.bottom() + line / 2 + 4, room.width(), line), left, self._note)
        painter.restore()

    def _draw_scale(self, painter: QPainter, bar: QRectF) -> None:
        gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
        for number, colour in enumerate(self._colours):
            gradient.setColorAt(number / max(1, len(self._colours) - 1), colour)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 2, 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def figure_text(value: float) -> str:
    """``value`` to three digits, as a person would write it: ``0.0312``, ``5.21``, ``3,840``."""
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
