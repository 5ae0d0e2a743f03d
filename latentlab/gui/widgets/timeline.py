"""A film's timeline: drag along it and its moments pass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentlab.gui import theme
from latentlab.gui.colours import mix
from latentlab.gui.widgets.inks import ink, pen

_HEIGHT, _MARGIN = 24, 8
_TRACK, _KNOB, _TICK, _FORK = 4, 6.0, 3, 14
# Frames that lie nearer together than this are not told apart by ticks.
_NEAREST_TICKS = 6
_WHEEL_NOTCH = 120
_TIP = (
    "The training from its first step to its newest: drag to see any moment of it in every panel; "
    "wheel or arrow keys go frame by frame, End returns to the newest weights"
)


class Timeline(QWidget):
    """The steps of a training from left to right, its frames as ticks, where it was forked from another, and the moment
    that is looked at.

    Signals:
        scrubbed(step): the hand is there now, between the first and the last frame's step.
        stepped(frames): the hand wants to go so many frames on, or back.
        ended(first): the hand wants to see the first frame (True), or the newest weights.
    """

    scrubbed = Signal(float)
    stepped = Signal(int)
    ended = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._steps: NDArray[np.int64] = np.empty(0, np.int64)
        self._place: int | None = None
        self._live = True
        self._marks: tuple[int | None, int | None] = None, None
        self._fork: int | None = None
        self._look: tuple[object, ...] | None = None
        self._dragging = False
        self._turned = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Timeline of the training film")
        self.setToolTip(_TIP)

    def set_frames(self, steps: NDArray[np.int64]) -> None:
        """Shows frames at these steps, in their order."""
        self._steps = steps
        self._show()

    def set_place(self, step: int | None, live: bool) -> None:
        """Shows which moment is looked at, and whether that is the newest one as training goes on."""
        self._place, self._live = step, live
        self._show()

    def set_fork(self, step: int | None, parent: str = "") -> None:
        """Marks the step at which the run was forked from ``parent``, whose frames lie before it; None is nowhere."""
        self._fork = step
        before = "" if step is None else f".\nBefore the line, at step {step:,}, it was “{parent}”"
        if self.toolTip() != _TIP + before:  # which takes longer to tell than to ask
            self.setToolTip(_TIP + before)
        self._show()

    def set_marks(self, first: int | None, last: int | None) -> None:
        """Shows a marked part; None is the film's end."""
        self._marks = first, last
        self._show()

    def _show(self) -> None:
        """Paints anew what is seen to change: of a training that goes on, most of the time nothing is."""
        steps = (self._place, self._fork, *self._marks, *self._ticks())
        look = self._live, *(None if step is None else round(self.place_of(step)) for step in steps)
        if look != self._look:
            self._look = look
            self.update()

    def _ticks(self) -> list[int]:
        """The steps of the frames where they lie far enough apart to be told from each other, or none."""
        room = self.width() - 2 * _MARGIN
        return self._steps.tolist() if 2 <= len(self._steps) <= 1 + room / _NEAREST_TICKS else []

    def place_of(self, step: float) -> float:
        """Where a step lies, in pixels from the left."""
        width = max(1, self.width() - 2 * _MARGIN)
        if not len(self._steps):
            return float(_MARGIN)
        first, last = int(self._steps[0]), int(self._steps[-1])
        return _MARGIN + width * min(max((step - first) / max(1, last - first), 0.0), 1.0)

    def sizeHint(self) -> QSize:
        return QSize(240, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, _HEIGHT)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and len(self._steps):
            self._dragging = True
            self._scrub(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._scrub(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._turned += event.angleDelta().y()
        notches, self._turned = divmod(self._turned, _WHEEL_NOTCH)
        if notches:
            self.stepped.emit(-notches)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(-1 if key == Qt.Key.Key_Left else 1)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.ended.emit(key == Qt.Key.Key_Home)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def _scrub(self, x: float) -> None:
        first, last = int(self._steps[0]), int(self._steps[-1])
        share = min(max((x - _MARGIN) / max(1, self.width() - 2 * _MARGIN), 0.0), 1.0)
        self.scrubbed.emit(first + share * (last - first))

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.active().colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        middle = self.height() / 2
        track = QRectF(_MARGIN, middle - _TRACK / 2, self.width() - 2 * _MARGIN, _TRACK)
        painter.setBrush(ink(colours.line))
        painter.drawRoundedRect(track, _TRACK / 2, _TRACK / 2)
        self._draw_part(painter, track)
        if self._fork is not None:
            painter.setBrush(ink(colours.text))
            painter.drawRect(QRectF(round(self.place_of(self._fork)) - 1, middle - _FORK / 2, 2, _FORK))
        self._draw_ticks(painter, track, colours.muted)
        if self._place is not None:
            knob = QPointF(self.place_of(self._place), middle)
            painter.setBrush(ink(colours.surface if self._live else colours.ring))
            painter.setPen(pen(colours.muted if self._live else colours.ring, 1.5))
            painter.drawEllipse(knob, _KNOB - 1, _KNOB - 1)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(pen(colours.ring, 1))
                painter.drawEllipse(knob, _KNOB + 2, _KNOB + 2)
        painter.end()

    def _draw_part(self, painter: QPainter, track: QRectF) -> None:
        """The marked part, or else what lies behind the moment that is looked at."""
        colours = theme.active().colours
        first, last = self._marks
        if first is not None or last is not None:
            left = track.left() if first is None else self.place_of(first)
            right = track.right() if last is None else self.place_of(last)
            painter.setBrush(ink(mix(colours.ring, colours.window, 0.35)))
            painter.drawRect(QRectF(left, track.top() - 2, right - left, track.height() + 4))
        elif self._place is not None and not self._live:
            passed = QRectF(track)
            passed.setRight(self.place_of(self._place))
            painter.setBrush(ink(mix(colours.ring, colours.window, 0.35)))
            painter.drawRoundedRect(passed, _TRACK / 2, _TRACK / 2)

    def _draw_ticks(self, painter: QPainter, track: QRectF, colour: str) -> None:
        painter.setBrush(ink(colour))
        for step in self._ticks():
            x = round(self.place_of(step))
            painter.drawRect(QRectF(x - 0.5, track.bottom() + 2, 1, _TICK))
