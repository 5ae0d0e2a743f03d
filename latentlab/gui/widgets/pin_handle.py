"""A pin: a named dot on the plane that the hand drags, and that paths run between."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QApplication

from latentlab.gui.text_size import follow
from latentlab.gui.widgets.halo_text import HALO, draw_halo_text, text_box
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.probe_handle import ProbeHandle

_RADIUS = 5.0
_HIT_RADIUS = 11.0
_VEIL = 10.0
_GAP = 4.0  # between the dot and its name
_DOT = QRectF(-_HIT_RADIUS, -_HIT_RADIUS, 2 * _HIT_RADIUS, 2 * _HIT_RADIUS)


class PinHandle(ProbeHandle):
    """A dot with its name beside it, moved as the probe is; with the focus, Del removes it.

    Signals (beside those of `ProbeHandle`):
        removed: the hand wants it away.
    """

    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._name = ""
        self._name_box = QRectF()
        self.setZValue(25)  # beneath the probe, which leaves it behind
        follow(self, self._measure)

    def name(self) -> str:
        """What stands beside it."""
        return self._name

    def set_name(self, name: str) -> None:
        """Writes another name beside it."""
        if name != self._name:
            self._name = name
            self._measure()
            self.setToolTip(f"Pin {name}: drag it, nudge it with the arrow keys, or press Del to remove it")

    def _measure(self) -> None:
        self._font = QFont(QApplication.font())
        self._font.setWeight(QFont.Weight.DemiBold)
        if self._name:
            box = text_box(self._name, self._font, QPointF())
            self._name_box = box.translated(_RADIUS + _GAP + box.width() / 2, -_RADIUS - box.height() / 2 + _GAP)
            self.set_box(_DOT.united(self._name_box).adjusted(-HALO, -HALO, HALO, HALO))
            self.update()

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addEllipse(-self._corner, _HIT_RADIUS, _HIT_RADIUS)
        return path

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        painter.translate(-self._corner)
        ring, ground = QColor(self.colours.ring), QColor(self.colours.plot)
        if self._hovered or self._start is not None or self.hasFocus():
            veil = QColor(ring)
            veil.setAlphaF(0.22)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(veil)
            painter.drawEllipse(QPointF(), _VEIL, _VEIL)
        painter.setPen(QPen(ground, 2.0))
        painter.setBrush(ring)
        painter.drawEllipse(QPointF(), _RADIUS, _RADIUS)
        draw_halo_text(painter, self._name_box.center(), self._name, self._font, QColor(self.colours.text), ground)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.drop_gesture()
            self.removed.emit()
        else:
            super().keyPressEvent(event)
