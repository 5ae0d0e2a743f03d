"""The quiet sentence of a widget that has nothing to show yet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QWidget

from latentlab.gui import theme
from latentlab.gui.text_size import NORMAL, STEPS


def paint_empty_text(painter: QPainter, widget: QWidget, text: str) -> None:
    """Paints ``text`` in the middle of ``widget``, wrapped.

    Where it was enlarged beyond the room there is, it is as large as has room, down to the normal size.
    """
    painter.setPen(QColor(theme.active().colours.muted))
    room = widget.rect().adjusted(16, 8, -16, -8)
    flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    font, percent = QFont(painter.font()), theme.active().text_percent
    for step in (step for step in reversed(STEPS) if NORMAL <= step < percent):
        if painter.boundingRect(room, flags, text).height() <= room.height():
            break
        smaller = QFont(font)
        smaller.setPointSizeF(font.pointSizeF() * step / percent)
        painter.setFont(smaller)
    painter.drawText(room, flags, text)
