"""Qt's small values for painters, made once and kept.

Whenever Python drops a colour, a point or a rectangle of Qt's, PySide gives the interpreter's lock away to destroy it,
and beside a training it has to wait for it. A hundred such values at a move of the hand cost more than what is painted.
So what is painted at every move is told in plain numbers where Qt takes those, and comes from here where it does not.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

NOTHING = QRectF()
"""No area at all; not to be changed."""

_corner = QPointF()


@lru_cache(maxsize=256)
def ink(colour: str, opacity: float = 1.0) -> QColor:
    """``#rrggbb`` as painters take it; not to be changed."""
    made = QColor(colour)
    made.setAlphaF(opacity)
    return made


@lru_cache(maxsize=256)
def pen(colour: str, width: float) -> QPen:
    """A line of that colour and width; not to be changed."""
    return QPen(ink(colour), width)


def put(painter: QPainter, left: float, top: float, picture: QPixmap) -> None:
    """Paints a picture with its upper left corner there; by the GUI thread only."""
    _corner.setX(left)
    _corner.setY(top)
    painter.drawPixmap(_corner, picture)
