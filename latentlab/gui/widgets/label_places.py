"""Where labels stand beside their dots, so that none lies over another. Arithmetic only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSizeF

# Which way from its dot a label lies, the best place first: right, left, above, below, then the corners.
_WAYS = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))
_FURTHER = (1.0, 2.2, 3.6)


def beside(dots: Sequence[QPointF], sizes: Sequence[QSizeF], gap: float, room: QRectF) -> list[QRectF]:
    """Where labels of these ``sizes`` stand, ``gap`` pixels from the centres of their ``dots`` and within ``room``.

    Those that come first choose first. Where no place is free, it is the one where least is covered.
    """
    taken = [QRectF(dot.x() - gap / 2, dot.y() - gap / 2, gap, gap) for dot in dots]
    places: list[QRectF] = []
    for dot, size in zip(dots, sizes, strict=True):
        tries = [_kept_in(_at(dot, size, gap * far, way), room) for far in _FURTHER for way in _WAYS]
        places.append(least_covered(tries, [*taken, *places]))
    return places


def least_covered(tries: Sequence[QRectF], taken: Sequence[QRectF]) -> QRectF:
    """The first of ``tries`` that covers nothing of what is ``taken``, or else the one that covers least."""
    return min(tries, key=lambda place: sum(_area(place.intersected(other)) for other in taken))


def _at(dot: QPointF, size: QSizeF, gap: float, way: tuple[int, int]) -> QRectF:
    across, down = way
    x = dot.x() + across * (gap + size.width() / 2)
    y = dot.y() + down * (gap + size.height() / 2) * (0.8 if across else 1.0)
    return QRectF(QPointF(x - size.width() / 2, y - size.height() / 2), size)


def _kept_in(place: QRectF, room: QRectF) -> QRectF:
    x = max(min(place.left(), room.right() - place.width()), room.left())
    y = max(min(place.top(), room.bottom() - place.height()), room.top())
    return QRectF(QPointF(x, y), place.size())


def _area(part: QRectF) -> float:
    return part.width() * part.height() if part.isValid() else 0.0
