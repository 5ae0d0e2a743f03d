"""A small card beside a point: its image, what the model makes of it, and a few words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QTimer, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QDockWidget, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from latentlab.gui import theme
from latentlab.gui.widgets.image_view import ImageView

_IMAGE = 84
_GAP = 14
_EDGE = 4


class HoverCard(QFrame):
    """Shown in front of everything in the window, never under the cursor, never in the way of the mouse."""

    def __init__(self, beside: QWidget) -> None:
        """Made for points of the widget ``beside``."""
        super().__init__(beside)
        self._beside = beside
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.image, self.reconstruction = ImageView(), ImageView()
        self._lines = QVBoxLayout()
        self._lines.setSpacing(2)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 12, 8)
        row.setSpacing(8)
        for view in (self.image, self.reconstruction):
            view.setFixedSize(_IMAGE, _IMAGE)
            view.setBackgroundRole(QPalette.ColorRole.Base)
            row.addWidget(view)
        row.addLayout(self._lines)
        self._labels: list[QLabel] = []
        self.hide()

    def show_at(self, pixel: QPointF, image: NDArray[np.uint8], lines: Sequence[str]) -> None:
        """Shows ``image`` (uint8 C×H×W) and ``lines`` beside ``pixel``; room is kept for a reconstruction to come."""
        self.image.set_image(image)
        self.reconstruction.set_image(None)
        self.show_lines(lines)
        window = self._beside.window()
        if self.parentWidget() is not window:  # a panel that floats is in a window of its own
            self.setParent(window)
            for dock in window.findChildren(QDockWidget):
                dock.installEventFilter(self)
        self.adjustSize()
        place = QPointF(self._beside.mapTo(window, pixel.toPoint()))
        x, y = place.x() + _GAP, place.y() - self.height() / 2
        if x + self.width() > window.width() - _EDGE:
            x = place.x() - _GAP - self.width()
        y = min(max(y, _EDGE), max(window.height() - self.height() - _EDGE, _EDGE))
        self.move(round(max(x, 0.0)), round(y))
        self.show()
        self.raise_()

    def show_lines(self, lines: Sequence[str]) -> None:
        """Shows other words, without moving the card."""
        while len(self._labels) < len(lines):
            label = QLabel()
            label.setProperty("role", "heading" if not self._labels else "note")
            self._lines.addWidget(label)
            self._labels.append(label)
        for index, label in enumerate(self._labels):
            text = lines[index] if index < len(lines) else ""
            label.setText(text)
            label.setVisible(bool(text))

    def lines(self) -> list[str]:
        """The words that are shown."""
        return [label.text() for label in self._labels if label.text()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A panel that is brought to the front is not to cover the card; where it lies is known a little later.
        if event.type() == QEvent.Type.ZOrderChange and self.isVisible():
            QTimer.singleShot(0, self._come_forward)
        return False

    @Slot()
    def _come_forward(self) -> None:
        if self._beside.visibleRegion().isEmpty():
            self.hide()  # the panel is in front of the point itself
        else:
            self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.active().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colours.line))
        painter.setBrush(theme.palette(colours).base())
        painter.drawRoundedRect(self.rect().adjusted(0, 0, -1, -1), 6, 6)
        painter.end()
