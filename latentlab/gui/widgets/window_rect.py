"""The manifold's window, drawn as a rectangle in the scatter: moving either moves both."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QGraphicsSceneMouseEvent

from latentlab.core.exploration import Rect
from latentlab.gui.plain_signal import PlainSignal
from latentlab.gui.text_size import follow
from latentlab.gui.widgets.handle_item import HandleItem
from latentlab.gui.widgets.inks import NOTHING, ink, pen
from latentlab.gui.widgets.plane_frame import Frame, checked
from latentlab.gui.widgets.rect_shape import CORNERS, Part, corner, resized, shifted, square

_EDGE_REACH = 5.0  # how far from an edge a press takes hold of it
_GRIP = 7.0
_GRIP_REACH = 9.0
_LEAST_SIDE = 12.0
_CURSORS = {
    Part.UPPER_LEFT: Qt.CursorShape.SizeFDiagCursor,
    Part.LOWER_RIGHT: Qt.CursorShape.SizeFDiagCursor,
    Part.UPPER_RIGHT: Qt.CursorShape.SizeBDiagCursor,
    Part.LOWER_LEFT: Qt.CursorShape.SizeBDiagCursor,
    Part.WHOLE: Qt.CursorShape.SizeAllCursor,
}


class WindowRect(HandleItem):
    """A rectangle of the plane, moved by its edges or its tab and resized by its corners, its shape kept.

    Its inside takes no mouse: points there are clicked and the plane is panned as everywhere.

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
        before, self._rect = self._rect, checked(rect)
        self._redraw(before)

    def nudge(self, dx: float, dy: float) -> None:
        if self.frame is not None and not self._is_empty():
            self._move(shifted(self._rect, dx * self.frame.unit, dy * self.frame.unit))

    def drop_gesture(self) -> bool:
        held, dragged = self._held, self._dragging
        if held is None:
            return False
        self.ungrabMouse()
        self._held, self._dragging = None, False
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
    def stands_still(self) -> bool:
        return True

    @property
    def over_figures(self) -> QRectF:
        if self.frame is None or self._is_empty():
            return NOTHING
        if self._tab_known is None or self._tab_known[0] != (self.frame, self._rect):
            self._tab_known = (self.frame, self._rect), self._tab(self.frame, self._box(self.frame))
        return self._tab_known[1]

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        if self._is_empty():
            return
        box, tab = self._box(frame), self.over_figures
        left, top, right, bottom = box.left(), box.top(), box.right(), box.bottom()
        x0, y0, x1, y1 = exposed.left(), exposed.top(), exposed.right(), exposed.bottom()
        outside = x1 < left - _GRIP or x0 > right + _GRIP or y1 < top - _GRIP or y0 > bottom + _GRIP
        inside = left + _GRIP <= x0 and x1 <= right - _GRIP and top + _GRIP <= y0 and y1 <= bottom - _GRIP
        if (outside or inside) and not exposed.intersects(tab):
            return
        ring, ground = self.colours.ring, self.colours.plot
        strong = self._hovered or self._held is not None or self.hasFocus()
        painter.setPen(pen(ring, 2.0 if strong else 1.25))
        # No tint: a painter has the interpreter's lock, and would keep it for a millisecond.
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        painter.setPen(pen(ring, 1.25))
        painter.setBrush(ink(ground))
        for part in CORNERS:
            painter.drawRect(square(corner(box, part), _GRIP / 2))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink(ring))
        painter.drawRoundedRect(tab, 3, 3)
        painter.setPen(ink(ground))
        painter.setFont(self._label[0])
        painter.drawText(tab, Qt.AlignmentFlag.AlignCenter, self._title)

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._held = self._part_at(event.pos()), event.pos(), self._rect
        self.update()

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
        self.update()
        if dragged:
            self.drag_ended.emit()

    def hoverMoveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = True
        self.setCursor(_CURSORS[self._part_at(event.pos())])
        self.update()

    def _is_empty(self) -> bool:
        return self._rect[0] == self._rect[2] or self._rect[1] == self._rect[3]

    def _redraw(self, before: Rect) -> None:
        """Has what differs from the rectangle ``before`` drawn anew: four strips and the tab, rather than the plane."""
        if self.frame is None or self.scene() is None or self.cacheMode() != QGraphicsItem.CacheMode.NoCache:
            self.update()
            return
        scene = self.scene()
        (a0, b0, a1, b1), (c0, d0, c1, d1) = self.frame.edges(before), self.frame.edges(self._rect)
        left, top, right, bottom = min(a0, c0), min(b0, d0), max(a1, c1), max(b1, d1)
        reach = _GRIP / 2 + 2
        width, height = right - left + 2 * reach, bottom - top + 2 * reach
        for one, other in ((a0, c0), (a1, c1)):  # where the left and the right edge are and were
            scene.update(min(one, other) - reach, top - reach, abs(one - other) + 2 * reach, height)
        for one, other in ((b0, d0), (b1, d1)):
            scene.update(left - reach, min(one, other) - reach, width, abs(one - other) + 2 * reach)
        scene.update(self._tab(self.frame, self.frame.rect_to_pixels(before)).united(self.over_figures))

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
        self._shape = self._tab_known = None
        self.update()

    def _tab(self, frame: Frame, box: QRectF) -> QRectF:
        """The tab on the upper edge of ``box``, kept in view so that the window can be fetched from beyond it."""
        width, height = self._label[1].width(), self._label[1].height()
        left = min(max(box.left() + _GRIP, 2), frame.width - width - 2)
        top = min(max(box.top() - height, 2), frame.height - height - 2)
        return QRectF(left, top, width, height)


def _grip_reach(box: QRectF) -> float:
    """How far from a corner a press takes hold of it; less on a small rectangle, whose middle stays free."""
    return min(_GRIP_REACH, box.width() / 3, box.height() / 3)
