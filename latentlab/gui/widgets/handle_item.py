"""What the drawings that the hand takes hold of share: hover, focus, and the arrow keys."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGraphicsSceneHoverEvent, QGraphicsSceneMouseEvent

from latentlab.gui.widgets.plane_item import PlaneItem

_FAST = 10
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class HandleItem(PlaneItem):
    """A drawing to drag; with the focus, the arrow keys nudge it (with Shift ten times as far).

    Signals:
        drag_started: the hand took hold and moved.
        drag_ended: it let go, or the drag was dropped.
    """

    drag_started = Signal()
    drag_ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._dragging = False
        self._hovered = False
        self.setAcceptedMouseButtons(Qt.MouseButton.LeftButton)
        self.setAcceptHoverEvents(True)
        # Not by the Tab key, which goes from panel to panel.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)

    def nudge(self, dx: float, dy: float) -> None:
        """Moves it by pixels to the right and up."""
        raise NotImplementedError

    def mouseDoubleClickEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        arrow = _ARROWS.get(Qt.Key(event.key()))
        if arrow is None:
            event.ignore()
            return
        step = _FAST if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        self.nudge(arrow[0] * step, arrow[1] * step)

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = False
        self.update()

    def _note_drag(self) -> None:
        """The mouse moved while it holds the item."""
        if not self._dragging:
            self._dragging = True
            self.drag_started.emit()
