"""The probe: the ring that the hand drags over the plane to see what a point decodes to."""

from __future__ import annotations

import math
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QPaintEngine, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsSceneHoverEvent, QGraphicsSceneMouseEvent

from latentlab.gui.colours import Colours
from latentlab.gui.plain_signal import PlainSignal
from latentlab.gui.widgets.handle_item import HandleItem
from latentlab.gui.widgets.inks import put
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import device_ratio

HIT_RADIUS = 15.0
"""How far from its centre, in pixels, a press takes hold of the probe."""

_RADIUS = 8.0
_BOX = QRectF(-HIT_RADIUS - 1, -HIT_RADIUS - 1, 2 * HIT_RADIUS + 2, 2 * HIT_RADIUS + 2)


class ProbeHandle(HandleItem):
    """A ring of constant size at a point of the plane, on top of everything else.

    Its item coordinates begin at the corner of a box about that point.

    Signals:
        moved(float, float): by hand, to x, y in data units; also back to where it was when Esc drops the drag.
    """

    moved = PlainSignal()

    def __init__(self) -> None:
        super().__init__()
        self._at = (0.0, 0.0)
        self._start: tuple[float, float] | None = None  # where the drag began
        self._grip = QPointF()  # from the ring's centre to where the hand holds it
        self._corner = QPointF()  # from the ring's centre to the box's upper left
        self.set_box(_BOX)
        self.setZValue(30)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def set_box(self, box: QRectF) -> None:
        """Draws within ``box``, in pixels about its point."""
        self._corner = box.topLeft()
        self.resize(box.size())
        self.set_position(*self._at)

    def position(self) -> tuple[float, float]:
        """Where the probe is, in data units."""
        return self._at

    @property
    def is_held(self) -> bool:
        """Whether the hand has hold of it."""
        return self._start is not None

    def set_position(self, x: float, y: float) -> None:
        """Puts the probe at ``(x, y)`` in data units, without a signal; a drag goes on from there."""
        self._at = (x, y)
        if self.frame is not None:
            left, top, unit = self.frame.left, self.frame.top, self.frame.unit
            self.setPos((x - left) / unit + self._corner.x(), (top - y) / unit + self._corner.y())

    def nudge(self, dx: float, dy: float) -> None:
        if self.frame is not None:
            self._move(self._at[0] + dx * self.frame.unit, self._at[1] + dy * self.frame.unit)

    def set_frame(self, frame: Frame) -> None:
        self.frame = frame
        self.set_position(*self._at)

    def drop_gesture(self) -> bool:
        start = self._start
        if start is None:
            return False
        self.ungrabMouse()
        dragged = self._dragging
        self._let_go()
        if dragged:
            self._move(*start)
            self.drag_ended.emit()
        return dragged

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addEllipse(-self._corner, HIT_RADIUS, HIT_RADIUS)
        return path

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        painter.translate(-self._corner.x(), -self._corner.y())
        held = self._hovered or self._start is not None or self.hasFocus()
        if painter.paintEngine().type() != QPaintEngine.Type.Raster:  # in an SVG shapes stay shapes
            _draw_ring(painter, self.colours, held)
            return
        picture = _ring_picture(self.colours, held, device_ratio(painter))
        reach = picture.width() / picture.devicePixelRatio() / 2
        put(painter, -reach, -reach, picture)

    def mousePressEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._start, self._grip = self._at, event.pos() + self._corner
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        self.update()

    def mouseMoveEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        if self._start is None or self.frame is None:
            return
        self._note_drag()
        # Kept in view, so that it cannot be lost beyond the edge.
        frame, hand = self.frame, event.scenePos()
        x = min(max(hand.x() - self._grip.x(), 0), frame.width)
        y = min(max(hand.y() - self._grip.y(), 0), frame.height)
        self._move(frame.left + x * frame.unit, frame.top - y * frame.unit)

    def mouseReleaseEvent(self, event: QGraphicsSceneMouseEvent) -> None:
        dragged = self._dragging
        self._let_go()
        if dragged:
            self.drag_ended.emit()

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self._hovered = True
        self.update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _move(self, x: float, y: float) -> None:
        self.set_position(x, y)
        self.moved.emit(x, y)

    def _let_go(self) -> None:
        self._start, self._dragging = None, False
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.update()


def _draw_ring(painter: QPainter, colours: Colours, held: bool) -> None:
    """The ring about the origin; ``held`` by the hand or the focus it has a veil around it."""
    ring = QColor(colours.ring)
    if held:
        veil = QColor(ring)
        veil.setAlphaF(0.22)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(veil)
        painter.drawEllipse(QPointF(), HIT_RADIUS - 1, HIT_RADIUS - 1)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for width, colour in ((6.0, QColor(colours.plot)), (3.0, ring)):
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(QPointF(), _RADIUS, _RADIUS)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ring)
    painter.drawEllipse(QPointF(), 1.75, 1.75)


@lru_cache(maxsize=16)
def _ring_picture(colours: Colours, held: bool, ratio: float) -> QPixmap:
    """The ring at ``ratio`` device pixels to a pixel; every step of a drag paints it."""
    side = 2 * math.ceil(HIT_RADIUS * ratio)
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(side / 2, side / 2)
    painter.scale(ratio, ratio)
    _draw_ring(painter, colours, held)
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture
