"""A small card beside a point: its image and a few words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from latentlab.gui import theme
from latentlab.gui.widgets.image_view import ImageView

_IMAGE = 84
_GAP = 14


class HoverCard(QFrame):
    """Shown in front of everything, never under the cursor, never in the way of the mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._within = parent
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._image = ImageView()
        self._image.setFixedSize(_IMAGE, _IMAGE)
        self._lines = QVBoxLayout()
        self._lines.setSpacing(2)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 12, 8)
        row.setSpacing(8)
        row.addWidget(self._image)
        row.addLayout(self._lines)
        self._labels: list[QLabel] = []
        self.hide()

    def show_at(self, pixel: QPointF, image: NDArray[np.uint8], lines: Sequence[str]) -> None:
        """Shows ``image`` (uint8 C×H×W) and ``lines`` beside ``pixel`` of the parent."""
        self._image.set_image(image)
        while len(self._labels) < len(lines):
            label = QLabel()
            label.setProperty("role", "heading" if not self._labels else "note")
            self._lines.addWidget(label)
            self._labels.append(label)
        for index, label in enumerate(self._labels):
            text = lines[index] if index < len(lines) else ""
            label.setText(text)
            label.setVisible(bool(text))
        self.adjustSize()
        x, y = pixel.x() + _GAP, pixel.y() - self.height() / 2
        if x + self.width() > self._within.width():
            x = pixel.x() - _GAP - self.width()
        y = min(max(y, 4.0), max(self._within.height() - self.height() - 4.0, 4.0))
        self.move(round(max(x, 0.0)), round(y))
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.active().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colours.line))
        painter.setBrush(theme.palette(colours).base())
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
        painter.end()
