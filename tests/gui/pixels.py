"""What is on the screen, read back in device-independent pixels."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QWidget


def shot(widget: QWidget) -> QImage:
    """``widget`` as it is painted now, in the screen's own fineness."""
    return widget.grab().toImage()


def pixel(image: QImage, x: float, y: float) -> QColor:
    """The colour of a shot at ``(x, y)``."""
    ratio = image.devicePixelRatio()
    return QColor(image.pixel(QPoint(int(x * ratio), int(y * ratio))))


def colour_at(widget: QWidget, x: float, y: float) -> QColor:
    """The colour that ``widget`` has at ``(x, y)`` now."""
    return pixel(shot(widget), x, y)


def drawn_svg(path: Path, size: QSize) -> QImage:
    """An SVG as others draw it, magenta where it leaves something out."""
    image = QImage(size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(QColor("#ff00ff"))
    painter = QPainter(image)
    QSvgRenderer(str(path)).render(painter)
    painter.end()
    return image
