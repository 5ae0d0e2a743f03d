"""The sheet that a hand draws on."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentlab.gui import theme
from latentlab.gui.widgets.qimages import crisp_scale, to_qimage

THINNEST, THICKEST = 0.02, 0.2
"""Bounds of the pen's width, in shares of the sheet's larger side."""

_FIRST_PEN, _STEP = 0.08, 0.01
_MOST_KEPT = 30
_REDO = "Ctrl+Shift+Z", "Ctrl+Y"


class DrawingCanvas(QWidget):
    """Draw with the left button, erase with the right one or with the eraser.

    Keys: Ctrl+Z and Ctrl+Shift+Z undo and redo strokes, E changes between pen and eraser, [ and ] the width, Delete
    clears, Esc drops the stroke.

    Attributes:
        erasing: the left button erases.
        pen: its width, as a share of the sheet's larger side.

    Signals:
        drawn: what is on the sheet has changed.
        tool_changed: so has `erasing`, `pen`, or what can be undone.
    """

    drawn = Signal()
    tool_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.erasing, self.pen = False, _FIRST_PEN
        self._sheet = QImage()
        self._ground, self._channels = 0, 1
        self._undone: list[QImage] = []
        self._done: list[QImage] = []
        self._last: QPointF | None = None  # where the stroke has come to
        self._rubs = False  # this stroke erases
        self._blank: bool | None = True  # None where nobody has looked yet
        self._hint = ""
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.active().theme_changed.connect(self.update)

    def set_sheet(self, size: tuple[int, int], ground: int, channels: int) -> None:
        """Lays out an empty sheet of width and height, on a ground of 0 to 255; of 1 channel it is grey, of 3 coloured.

        What was drawn before cannot be brought back.
        """
        self._ground, self._channels = ground, channels
        self._sheet = self._empty(QSize(*size))
        self._undone.clear()
        self._done.clear()
        self._last, self._blank = None, True
        self.update()

    def set_hint(self, text: str) -> None:
        """The sentence that stands on an empty sheet."""
        self._hint = text
        self.setAccessibleDescription(text)
        self.update()

    def pixels(self) -> NDArray[np.uint8] | None:
        """The sheet as uint8 C×H×W, or None where nothing is on it."""
        if self._blank is None:
            self._blank = bool((self._bytes() == self._ground).all())
        return None if self._blank else np.moveaxis(self._bytes(), 2, 0).copy()

    def set_pen(self, width: float) -> None:
        """Draws with another width, kept within its bounds."""
        self.pen = min(max(width, THINNEST), THICKEST)
        self.tool_changed.emit()

    def set_erasing(self, erasing: bool) -> None:
        """Has the left button erase, or draw again."""
        self.erasing = erasing
        self.tool_changed.emit()

    def put(self, picture: NDArray[np.uint8]) -> None:
        """Replaces what is on the sheet by a picture, uint8 C×H×W, as large as fits, in the middle."""
        image = to_qimage(picture)
        size = image.size().scaled(self._sheet.size(), Qt.AspectRatioMode.KeepAspectRatio)
        # Enlarged in blocks, a small image comes back exactly.
        image = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.FastTransformation)
        self._keep()
        self._sheet = self._empty(self._sheet.size())
        painter = QPainter(self._sheet)
        painter.drawImage((self._sheet.width() - size.width()) // 2, (self._sheet.height() - size.height()) // 2, image)
        painter.end()
        self._tell(blank=None)

    def clear(self) -> None:
        """Empties the sheet."""
        if self.pixels() is not None:
            self._keep()
            self._sheet = self._empty(self._sheet.size())
            self._tell(blank=True)

    def can_undo(self) -> bool:
        """Whether there is a stroke to take back."""
        return bool(self._done)

    def can_redo(self) -> bool:
        """Whether one that was taken back can be drawn again."""
        return bool(self._undone)

    def undo(self) -> None:
        """Takes the last stroke, picture or clearing back."""
        self._go(self._done, self._undone)

    def redo(self) -> None:
        """Does again what was taken back last."""
        self._go(self._undone, self._done)

    def sheet_rect(self) -> QRectF:
        """Where the sheet lies in the widget."""
        if self._sheet.isNull():
            return QRectF()
        room = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        scale = crisp_scale(self._sheet.width(), self._sheet.height(), room.width(), room.height(), 1.0)
        rect = QRectF(0, 0, self._sheet.width() * scale, self._sheet.height() * scale)
        rect.moveCenter(room.center())
        return rect

    def _bytes(self) -> NDArray[np.uint8]:
        """The sheet itself as H×W×C."""
        # Without a step through Qt: each gives way to the threads that compute, which the pen would have to wait for.
        rows = np.frombuffer(self._sheet.constBits(), np.uint8).reshape(self._sheet.height(), self._sheet.width(), 4)
        return rows[..., 2::-1] if self._channels == 3 else rows[..., :1]

    def _go(self, source: list[QImage], target: list[QImage]) -> None:
        if source and self._last is None:
            target.append(self._sheet)
            self._sheet = source.pop()
            self._tell(blank=None)

    def _keep(self) -> None:
        """Notes what is on the sheet, to come back to it."""
        self._done.append(self._sheet.copy())
        del self._done[:-_MOST_KEPT]
        self._undone.clear()

    def _tell(self, blank: bool | None) -> None:
        self._blank = blank
        self.update()
        self.tool_changed.emit()
        self.drawn.emit()

    def _empty(self, size: QSize) -> QImage:
        sheet = QImage(size, QImage.Format.Format_RGB32)
        sheet.fill(QColor(self._ground, self._ground, self._ground))
        return sheet

    def _on_sheet(self, position: QPointF) -> QPointF:
        on_screen = self.sheet_rect()
        return (position - on_screen.topLeft()) * (self._sheet.width() / on_screen.width())

    def _draw_to(self, position: QPointF) -> None:
        start, end = self._last if self._last is not None else position, position
        self._last = position
        shade = self._ground if self._rubs else 255 - self._ground
        width = self.pen * max(self._sheet.width(), self._sheet.height())
        painter = QPainter(self._sheet)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(shade, shade, shade), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPoint(end) if start == end else painter.drawLine(start, end)
        painter.end()
        self._blank = None if self._rubs else False
        reach, rect = width / 2 + 2, QRectF(start, end).normalized()
        touched = rect.adjusted(-reach, -reach, reach, reach)
        on_screen = self.sheet_rect()
        corner, scale = on_screen.topLeft(), on_screen.width() / self._sheet.width()
        self.update(QRectF(touched.topLeft() * scale + corner, touched.size() * scale).toAlignedRect())
        self.drawn.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        known = event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
        if self._sheet.isNull() or self._last is not None or not known:
            return
        self._rubs = self.erasing or event.button() == Qt.MouseButton.RightButton
        if self._rubs and self._blank:
            return
        self._keep()
        self.tool_changed.emit()
        self.update()  # the hint goes
        self._draw_to(self._on_sheet(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._last is not None:
            self._draw_to(self._on_sheet(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if not event.buttons():
            self._last = None

    def drop_gesture(self) -> bool:
        """Takes the stroke back that is being drawn; returns False where none is."""
        if self._last is None:
            return False
        self._last = None
        self._sheet = self._done.pop()
        self._tell(blank=None)
        return True

    def event(self, event: QEvent) -> bool:
        # While the sheet has the focus, undo is of strokes rather than of the window's other acts.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._command(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        command = self._command(event)
        if command == "undo":
            self.undo()
        elif command == "redo":
            self.redo()
        elif event.key() == Qt.Key.Key_Escape:
            event.setAccepted(self.drop_gesture())
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.clear()
        elif event.key() == Qt.Key.Key_E:
            self.set_erasing(not self.erasing)
        elif event.key() in (Qt.Key.Key_BracketLeft, Qt.Key.Key_BracketRight):
            self.set_pen(self.pen + (_STEP if event.key() == Qt.Key.Key_BracketRight else -_STEP))
        else:
            super().keyPressEvent(event)

    def _command(self, event: QKeyEvent) -> str:
        if event.matches(QKeySequence.StandardKey.Undo):
            return "undo"
        return "redo" if QKeySequence(event.keyCombination()) in map(QKeySequence, _REDO) else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._sheet.isNull():
            return
        rect, colours = self.sheet_rect(), theme.active().colours
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(rect, self._sheet)
        if self._blank:
            painter.setPen(QColor("#8d939d"))  # legible on black and on white
            room = rect.adjusted(16, 16, -16, -16)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._hint)
        painter.setPen(QPen(QColor(colours.ring if self.hasFocus() else colours.line), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))

    def sizeHint(self) -> QSize:
        return QSize(224, 224)

    def minimumSizeHint(self) -> QSize:
        return QSize(96, 96)
