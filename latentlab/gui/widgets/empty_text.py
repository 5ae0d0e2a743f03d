"""The quiet sentence of a widget that has nothing to show yet."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from latentlab.gui import theme


def paint_empty_text(painter: QPainter, widget: QWidget, text: str) -> None:
    """Paints ``text`` in the middle of ``widget``, wrapped."""
    painter.setPen(QColor(theme.active().colours.muted))
    room = widget.rect().adjusted(16, 8, -16, -8)
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)
