"""A pin in a row of pins: a grip to drag it along the row, and its name to be typed anew."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from latentlab.gui import icons, theme
from latentlab.gui.text_size import field_width, follow

_WIDTH = 72
_GRIP, _DOT = 10, 2
# Along the row, or as in a list.
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class PinField(QWidget):
    """One pin of a `PinList`.

    Attributes:
        name: the field with its name.
        grip: what the hand drags.

    Signals:
        removed(): the cross was clicked.
        dragged(int): the grip was dragged to this place across the row, in its pixels.
        stepped(int): a key asks for a place further along the row, or nearer its beginning.
    """

    removed = Signal()
    dragged = Signal(int)
    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.grip, self.name = _Grip(self), _Name(self)
        self.name.setToolTip("The pin's name: type another and press Enter. A path visits the pins in this order")
        remove = self.name.addAction(icons.icon("close", "muted"), QLineEdit.ActionPosition.TrailingPosition)
        icons.set_icon(remove, "close", "muted")
        remove.setToolTip("Remove this pin")
        remove.triggered.connect(self.removed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.grip)
        row.addWidget(self.name)


class _Name(QLineEdit):
    def __init__(self, field: PinField) -> None:
        super().__init__(field)
        self._field = field
        follow(self, lambda: self.setFixedWidth(field_width(_WIDTH)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = _STEPS.get(Qt.Key(event.key()))
        if step is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._field.stepped.emit(step)
        else:
            super().keyPressEvent(event)


class _Grip(QWidget):
    """Six dots."""

    def __init__(self, field: PinField) -> None:
        super().__init__(field)
        self._field = field
        self.setFixedWidth(_GRIP)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.setToolTip("Drag along the row for another place in the path; Alt+Up and Alt+Down in the name do the same")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self._field.parentWidget()
        if event.buttons() & Qt.MouseButton.LeftButton and row is not None:
            middle = QPoint(self._field.name.width() // 2, 0)
            self._field.dragged.emit(self.mapTo(row, event.position().toPoint() + middle).x())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.active().colours.muted))
        middle = self.rect().center()
        for across in (-1, 1):
            for down in (-1, 0, 1):
                painter.drawEllipse(middle + QPoint(2 * across, 4 * down), _DOT // 2, _DOT // 2)
        painter.end()

    def sizeHint(self) -> QSize:
        return QSize(_GRIP, 16)
