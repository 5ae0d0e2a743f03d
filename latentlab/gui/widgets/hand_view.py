"""The hand on a plane: what mouse, wheel and keys mean, the same in every panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QGraphicsView

from latentlab.core.exploration import Rect
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem

_CLICK_SLOP = 3
_ARROW_STEP = 40
_KEY_ZOOM = 1.25
_WHEEL_ZOOM = 2 ** (1 / 360)  # per eighth of a degree: a notch of the wheel is a third of a doubling
_ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class Stand(NamedTuple):
    """Where a view stands: what a dropped gesture goes back to.

    Attributes:
        frame: the part of the plane in view.
        wanted: the rectangle to keep in view through changes of size, or None once a hand has moved it.
        following: the view follows the data.
    """

    frame: Frame
    wanted: Rect | None
    following: bool


@dataclass(slots=True)
class _Pan:
    """A press on the background: a click until it moves, then a pan."""

    start: QPointF
    stand: Stand
    moved: bool = False


class HandView(QGraphicsView):
    """A scene whose background is moved by hand, and whose handles come first; how it moves, a subclass says.

    Signals:
        clicked: a click on the background, at x, y in data units, with the keyboard modifiers.
        hovered: the cursor, without a button, at x, y in data units and not over a handle.
        hover_left: the cursor left the plane, went over a handle, or began a gesture.
        gesture_dropped: Esc put back what a pan or a handle's drag had changed.
    """

    clicked = Signal(float, float, Qt.KeyboardModifier)
    hovered = Signal(float, float)
    hover_left = Signal()
    gesture_dropped = Signal()

    def __init__(self, stand: Stand) -> None:
        super().__init__()
        self._stand = stand
        self._items: list[PlaneItem] = []
        self._pan: _Pan | None = None
        self._hovering = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    @property
    def frame(self) -> Frame:
        """The part of the plane in view."""
        return self._stand.frame

    def fit(self) -> None:
        """Brings the data into view."""
        raise NotImplementedError

    def move_by_hand(self, frame: Frame) -> None:
        """Shows ``frame`` because a hand asks for it."""
        raise NotImplementedError

    def stand_at(self, stand: Stand) -> None:
        """Goes to ``stand``."""
        raise NotImplementedError

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Enlarges by ``factor`` as a hand does; the data under the pixel ``about`` (the middle) stay there."""
        middle = QPointF(self.frame.width / 2, self.frame.height / 2)
        self.move_by_hand(self.frame.zoomed(factor, middle if about is None else about))

    def pan(self, dx: float, dy: float) -> None:
        """Moves the plane by pixels to the right and down, as a hand does."""
        self._pan_from(self.frame, dx, dy)

    def drop_gesture(self) -> bool:
        """Puts back what the current pan or drag changed; returns False where there is none."""
        pan, self._pan = self._pan, None
        if pan is not None and pan.moved:
            self.viewport().unsetCursor()
            self.stand_at(pan.stand)
        elif not any(item.drop_gesture() for item in self._items):
            return False
        self.gesture_dropped.emit()
        return True

    def _pan_from(self, frame: Frame, dx: float, dy: float) -> None:
        # Whole device pixels, so that what is already drawn can be shifted and stays crisp.
        ratio = self.devicePixelRatioF()
        self.move_by_hand(frame.panned(round(dx * ratio) / ratio, round(dy * ratio) / ratio))

    def _leave_hover(self) -> None:
        if self._hovering:
            self._hovering = False
            self.hover_left.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)  # handles first
        self._leave_hover()
        if not event.isAccepted() and event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._pan = _Pan(event.position(), self._stand)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        position = event.position()
        if self._pan is not None:
            offset = position - self._pan.start
            if not self._pan.moved and max(abs(offset.x()), abs(offset.y())) > _CLICK_SLOP:
                self._pan.moved = True
                self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
            if self._pan.moved:
                self._pan_from(self._pan.stand.frame, offset.x(), offset.y())
        elif event.buttons() == Qt.MouseButton.NoButton:
            if self.itemAt(position.toPoint()) is not None:  # only handles have a shape
                self._leave_hover()
            else:
                self._hovering = True
                self.hovered.emit(*self.frame.to_data(position))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        event.accept()
        pan, self._pan = self._pan, None
        if pan is None:
            return
        if pan.moved:
            self.viewport().unsetCursor()
        elif event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(*self.frame.to_data(pan.start), event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        if not event.isAccepted() and event.button() == Qt.MouseButton.LeftButton:
            self.fit()
            event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if turned and self._pan is None and self.scene().mouseGrabberItem() is None:
            self.zoom(_WHEEL_ZOOM**turned, event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._leave_hover()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.scene().focusItem() is not None:
            QApplication.sendEvent(self.scene(), event)
            if event.isAccepted():
                return
        event.setAccepted(self._act_on_key(Qt.Key(event.key())))

    def _act_on_key(self, key: Qt.Key) -> bool:
        if key == Qt.Key.Key_Escape:
            return self.drop_gesture()
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(_KEY_ZOOM)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom(1 / _KEY_ZOOM)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_0):
            self.fit()
        elif key in _ARROWS:
            dx, dy = _ARROWS[key]
            self.pan(dx * _ARROW_STEP, dy * _ARROW_STEP)
        else:
            return False
        return True
