"""A rectangle that a hand moves and resizes: its parts, and what becomes of it."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QPointF, QRectF

from latentlab.core.exploration import Rect


class Part(Enum):
    """What a hand can hold: a corner (as signs from the middle, x right and y down), or the whole."""

    UPPER_LEFT = (-1, -1)
    UPPER_RIGHT = (1, -1)
    LOWER_LEFT = (-1, 1)
    LOWER_RIGHT = (1, 1)
    WHOLE = (0, 0)


CORNERS = tuple(part for part in Part if part is not Part.WHOLE)


def corner(box: QRectF, part: Part) -> QPointF:
    """The corner ``part`` of ``box``, in pixels."""
    across, down = part.value
    return QPointF(box.right() if across > 0 else box.left(), box.bottom() if down > 0 else box.top())


def square(centre: QPointF, reach: float) -> QRectF:
    """The square about ``centre`` that reaches so far from it."""
    return QRectF(centre.x() - reach, centre.y() - reach, 2 * reach, 2 * reach)


def shifted(rect: Rect, dx: float, dy: float) -> Rect:
    """``rect`` moved to the right and up."""
    return rect[0] + dx, rect[1] + dy, rect[2] + dx, rect[3] + dy


def resized(rect: Rect, part: Part, offset: QPointF, least: float) -> Rect:
    """``rect`` with a corner moved by ``offset`` (data units, y down), the corner across from it and its shape kept."""
    across, down = part.value
    x0, y0, x1, y1 = rect
    width, height = x1 - x0, y1 - y0
    factor = max(1 + across * offset.x() / width, 1 + down * offset.y() / height, least / min(width, height))
    width, height = width * factor, height * factor
    left, top = (x0 if across > 0 else x1 - width), (y1 if down > 0 else y0 + height)
    return left, top - height, left + width, top
