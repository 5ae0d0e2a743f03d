"""The hand on a plane: what mouse, wheel and keys mean, the same in every panel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

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


class BackgroundTool(Protocol):
    """What a drag of the background with the left button does in the place of a pan; pixels are the view's."""

    def begin(self, pixel: QPointF, keys: Qt.KeyboardModifier) -> None:
        """The drag begins at ``pixel``, with ``keys`` held."""

    def move(self, pixel: QPointF) -> None:
        """The hand is at ``pixel``."""

    def finish(self) -> None:
        """It lets go."""

    def drop(self) -> None:
        """Esc gave the drag up."""


@dataclass(slots=True)
class _Press:
    """A press on the background: a click until it moves, then what ``tool`` makes of it, or without one a pan."""

    start: QPointF
    stand: Stand
    keys: Qt.KeyboardModifier
    tool: BackgroundTool | None
    button: Qt.MouseButton
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
        self._press: _Press | None = None
        self._tool: BackgroundTool | None = None
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

    def set_tool(self, tool: BackgroundTool | None) -> None:
        """Has a drag of the background with the left button do something else than pan; None pans again."""
        self._tool = tool
        self._show_cursor()

    def drop_gesture(self) -> bool:
        """Puts back what the current pan or drag changed; returns False where there is none."""
        press, self._press = self._press, None
        if press is not None and press.moved:
            self._show_cursor()
            if press.tool is not None:
                press.tool.drop()
            else:
                self.stand_at(press.stand)
        elif not any(item.drop_gesture() for item in self._items):
            return False
        self.gesture_dropped.emit()
        return True

    def _pan_from(self, frame: Frame, dx: float, dy: float) -> None:
        # Whole device pixels, so that what is already drawn can be shifted and stays crisp.
        ratio = self.devicePixelRatioF()
        self.move_by_hand(frame.panned(round(dx * ratio) / ratio, round(dy * ratio) / ratio))

    def _show_cursor(self) -> None:
        if self._tool is None:
            self.viewport().unsetCursor()
        else:
            self.viewport().setCursor(Qt.CursorShape.CrossCursor)

    def _leave_hover(self) -> None:
        if self._hovering:
            self._hovering = False
            self.hover_left.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)  # handles first
        self._leave_hover()
        held = self._press is not None and bool(event.buttons() & self._press.button)
        begins = event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton) and not held
        if not event.isAccepted() and begins:
            tool = self._tool if event.button() == Qt.MouseButton.LeftButton else None
            self._press = _Press(event.position(), self._stand, event.modifiers(), tool, event.button())
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if self._press is not None:
            self._drag(self._press, event.position())
        elif event.buttons() == Qt.MouseButton.NoButton:
            position = event.position()
            if self.itemAt(position.toPoint()) is not None:  # only handles have a shape
                self._leave_hover()
            else:
                self._hovering = True
                self.hovered.emit(*self.frame.to_data(position))

    def _drag(self, press: _Press, position: QPointF) -> None:
        dx, dy = position.x() - press.start.x(), position.y() - press.start.y()
        if not press.moved and max(abs(dx), abs(dy)) > _CLICK_SLOP:
            press.moved = True
            if press.tool is not None:
                press.tool.begin(press.start, press.keys)
            else:
                self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        if not press.moved:
            return
        if press.tool is not None:
            press.tool.move(position)
        else:
            self._pan_from(press.stand.frame, dx, dy)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        event.accept()
        press = self._press
        if press is None or event.button() != press.button:  # another button does not end what this one began
            return
        self._press = None
        if press.moved:
            self._show_cursor()
            if press.tool is not None:
                press.tool.finish()
        elif event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(*self.frame.to_data(press.start), event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        super().mouseDoubleClickEvent(event)
        if not event.isAccepted() and event.button() == Qt.MouseButton.LeftButton:
            self.fit()
            event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y()
        if turned and self._press is None and self.scene().mouseGrabberItem() is None:
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
