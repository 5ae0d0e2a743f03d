"""The manifold's window, drawn as a rectangle in the scatter: moving either moves both."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFocusEvent, QFont, QFontMetricsF, QPainterPath
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsPathItem,
    QGraphicsRectItem,
    QGraphicsSceneHoverEvent,
    QGraphicsSceneMouseEvent,
    QGraphicsSimpleTextItem,
)

from latentlab.core.exploration import Rect
from latentlab.gui.colours import Colours
from latentlab.gui.plain_signal import PlainSignal
from latentlab.gui.text_size import follow
from latentlab.gui.widgets.handle_item import HandleItem
from latentlab.gui.widgets.inks import NOTHING, ink, pen
from latentlab.gui.widgets.plane_frame import Frame, checked
from latentlab.gui.widgets.rect_shape import CORNERS, Part, corner, resized, shifted, square

_FILL = 0.05
_EDGE_REACH = 5.0  # how far from an edge a press takes hold of it
_GRIP = 7.0
_GRIP_REACH = 9.0
_LEAST_SIDE = 12.0
_TAB_RADIUS = 3.0
_CURSORS = {
    Part.UPPER_LEFT: Qt.CursorShape.SizeFDiagCursor,
    Part.LOWER_RIGHT: Qt.CursorShape.SizeFDiagCursor,
    Part.UPPER_RIGHT: Qt.CursorShape.SizeBDiagCursor,
    Part.LOWER_LEFT: Qt.CursorShape.SizeBDiagCursor,
    Part.WHOLE: Qt.CursorShape.SizeAllCursor,
}


class WindowRect(HandleItem):
    """A rectangle of the plane, moved by its edges or its tab and resized by its corners, its shape kept.

    Its inside takes no mouse: points there are clicked and the plane is panned as everywhere. What is seen are items of
    Qt's own: a painter of ours would hold the interpreter's lock while it fills the rectangle, a millisecond a picture.

    Signals:
        moved(Rect): by hand, to ``(x0, y0, x1, y1)`` in data units; also back to where it was when Esc drops the drag.
    """

    moved = PlainSignal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self._rect: Rect = (0.0, 0.0, 0.0, 0.0)
        self._held: tuple[Part, QPointF, Rect] | None = None  # what, from where, and the rectangle before
        self._shape: tuple[tuple[Frame | None, Rect], QPainterPath] | None = None
        self._tab_known: tuple[tuple[Frame, Rect], QRectF] | None = None
        self._area = QGraphicsRectItem(self)
        self._grips = {part: QGraphicsRectItem(self) for part in CORNERS}
        self._tab_ground, self._words = QGraphicsPathItem(self), QGraphicsSimpleTextItem(title, self)
        for part in self._parts():
            part.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)
        self.setZValue(20)
        follow(self, self._measure)

    def extent(self) -> Rect:
        """The rectangle ``(x0, y0, x1, y1)`` in data units; without extent, and not drawn, before it is first set."""
        return self._rect

    def set_extent(self, rect: Rect) -> None:
        """Puts the rectangle there, without a signal.

        Raises:
            ValueError: ``rect`` is not finite or is turned inside out.
        """
        self._rect = checked(rect)
        self._lay()

    def set_frame(self, frame: Frame) -> None:
        super().set_frame(frame)
        self._lay()

    def set_colours(self, colours: Colours) -> None:
        super().set_colours(colours)
        self._dress()

    def nudge(self, dx: float, dy: float) -> None:
        if self.frame is not None and not self._is_empty():
            self._move(shifted(self._rect, dx * self.frame.unit, dy * self.frame.unit))

    def drop_gesture(self) -> bool:
        held, dragged = self._held, self._dragging
        if held is None:
            return False
        self.ungrabMouse()
        self._held, self._dragging = None, False
        self._dress()
        if dragged:
            self._move(held[2])
            self.drag_ended.emit()
        return dragged

    def shape(self) -> QPainterPath:
        # Qt asks at every move of the mouse.
        if self._shape is None or self._shape[0] != (self.frame, self._rect):
            self._shape = (self.frame, self._rect), self._make_shape()
        return self._shape[1]

    def _make_shape(self) -> QPainterPath:
        path = QPainterPath()
        if self.frame is None or self._is_empty():
            return path
        box = self._box(self.frame)
        # A small rectangle still leaves most of its inside to the points there.
        inside = min(_EDGE_REACH, box.width() / 6, box.height() / 6)
        path.addRect(box.adjusted(-_EDGE_REACH, -_EDGE_REACH, _EDGE_REACH, _EDGE_REACH))
        path.addRect(box.adjusted(inside, inside, -inside, -inside))  # odd-even: a hole
        handles = QPainterPath()
        handles.setFillRule(Qt.FillRule.WindingFill)
        handles.addRect(self._tab(self.frame, box))
        for part in CORNERS:
            handles.addRect(square(corner(box, part), _grip_reach(box)))
        return path.united(handles)

    @property
    def over_figures(self) -> QRectF:
        if self.frame is None or self._is_empty():
            return NOTHING
        if self._tab_known is None or self._tab_known[0] != (self.frame, self._rect):
            self._tab_known = (self.frame, self._rect), self._tab(self.frame, self._box(self.frame))
        return self._tab_known[1]

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._held = self._part_at(event.pos()), event.pos(), self._rect
        self._dress()

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self._held is None or self.frame is None:
            return
        self._note_drag()
        part, start, rect = self._held
        offset = event.pos() - start
        if part is Part.WHOLE:
            self._move(shifted(rect, offset.x() * self.frame.unit, -offset.y() * self.frame.unit))
        else:
            self._move(resized(rect, part, offset * self.frame.unit, _LEAST_SIDE * self.frame.unit))

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        dragged, self._held, self._dragging = self._dragging, None, False
        self._dress()
        if dragged:
            self.drag_ended.emit()

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = True
        self.setCursor(_CURSORS[self._part_at(event.pos())])
        self._dress()

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        super().hoverLeaveEvent(event)
        self._dress()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._dress()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._dress()

    def _is_empty(self) -> bool:
        return self._rect[0] == self._rect[2] or self._rect[1] == self._rect[3]

    def _parts(self) -> list[QGraphicsItem]:
        return [self._area, *self._grips.values(), self._tab_ground, self._words]

    def _lay(self) -> None:
        """Puts the parts where they belong."""
        if self.frame is None:
            return
        for item in self._parts():
            item.setVisible(not self._is_empty())
        box, tab, path = self._box(self.frame), self.over_figures, QPainterPath()
        self._area.setRect(box)
        for part, grip in self._grips.items():
            grip.setRect(square(corner(box, part), _GRIP / 2))
        path.addRoundedRect(tab, _TAB_RADIUS, _TAB_RADIUS)
        self._tab_ground.setPath(path)
        self._words.setPos(tab.center() - self._words.boundingRect().center())

    def _dress(self) -> None:
        """Gives the parts their colours; the outline is bolder under the hand."""
        ring, ground = self.colours.ring, self.colours.plot
        strong = self._hovered or self._held is not None or self.hasFocus()
        self._area.setPen(pen(ring, 2.0 if strong else 1.25))
        self._area.setBrush(ink(ring, _FILL))
        for grip in self._grips.values():
            grip.setPen(pen(ring, 1.25))
            grip.setBrush(ink(ground))
        self._tab_ground.setPen(Qt.PenStyle.NoPen)
        self._tab_ground.setBrush(ink(ring))
        self._words.setBrush(ink(ground))

    def _move(self, rect: Rect) -> None:
        self.set_extent(rect)
        self.moved.emit(rect)

    def _part_at(self, pixel: QPointF) -> Part:
        assert self.frame is not None
        box = self._box(self.frame)
        corners = (part for part in CORNERS if square(corner(box, part), _grip_reach(box)).contains(pixel))
        return next(corners, Part.WHOLE)

    def _box(self, frame: Frame) -> QRectF:
        return frame.rect_to_pixels(self._rect)

    def _measure(self) -> None:
        """Finds the tab's font, and its size."""
        font = QFont()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        metrics = QFontMetricsF(font)
        self._label = font, QSizeF(metrics.horizontalAdvance(self._title) + 12, metrics.height() + 2)
        self._words.setFont(font)
        self._shape = self._tab_known = None
        self._lay()

    def _tab(self, frame: Frame, box: QRectF) -> QRectF:
        """The tab on the upper edge of ``box``, kept in view so that the window can be fetched from beyond it."""
        width, height = self._label[1].width(), self._label[1].height()
        left = min(max(box.left() + _GRIP, 2), frame.width - width - 2)
        top = min(max(box.top() - height, 2), frame.height - height - 2)
        return QRectF(left, top, width, height)


def _grip_reach(box: QRectF) -> float:
    """How far from a corner a press takes hold of it; less on a small rectangle, whose middle stays free."""
    return min(_GRIP_REACH, box.width() / 3, box.height() / 3)
