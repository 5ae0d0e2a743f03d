"""One run's path on the plane of rate and distortion: a thin line, a dot a test row, a ringed one for the newest."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen

from latentlab.core.rate_distortion import RatePath
from latentlab.gui.colours import Colours

RING = 5.5
"""The radius of the newest dot's ring, in pixels."""

_DOT, _CORE = 2.0, 3.2
_MOST_STEPS = 200  # of a line that leads in from far outside
_PITCH = 6.0  # pixels between dots: nearer ones would hide each other


@dataclass(frozen=True)
class RateEntry:
    """What is drawn of one run.

    Attributes:
        whose: the run, for whoever asks which one was clicked.
        name: what it is called.
        colour: ``#rrggbb``.
        path: its rows, one at least.
        is_branch: the first row is another run's, from which the path comes.
    """

    whose: Hashable
    name: str
    colour: str
    path: RatePath
    is_branch: bool = False

    @property
    def own(self) -> slice:
        """The rows that are its own."""
        return slice(int(self.is_branch and len(self.path) > 1), None)


def draw_path(painter: QPainter, entry: RateEntry, points: Sequence[QPointF]) -> None:
    """Draws a path's line and its dots but the newest, which others might cover; ``points`` are where its rows lie."""
    painter.setPen(QPen(QColor(entry.colour), 1.2))
    painter.drawPolyline(points)
    painter.setPen(QPen(QColor(entry.colour), 0))
    painter.setBrush(QColor(entry.colour))
    for point in apart(points[entry.own]):
        painter.drawEllipse(point, _DOT, _DOT)


def draw_newest(painter: QPainter, entry: RateEntry, point: QPointF, chosen: bool, colours: Colours) -> None:
    """Draws the newest dot; that of the run that is looked at has a ring like a text's colour."""
    painter.setPen(QPen(QColor(colours.text if chosen else entry.colour), 1.5))
    painter.setBrush(QColor(colours.plot))
    painter.drawEllipse(point, RING, RING)
    painter.setPen(QPen(QColor(entry.colour), 0))
    painter.setBrush(QColor(entry.colour))
    painter.drawEllipse(point, _CORE, _CORE)


def apart(points: Sequence[QPointF]) -> list[QPointF]:
    """Those that do not lie all but on the one before; the same, whatever follows."""
    kept: list[QPointF] = []
    for point in points:
        if not kept or (point - kept[-1]).manhattanLength() >= _PITCH:
            kept.append(point)
    return kept


def along(points: Sequence[QPointF]) -> list[QPointF]:
    """Points of the line through ``points`` that lie no further apart than a dot and the next."""
    kept = apart(points)
    filled = kept[:1]
    for start, end in pairwise(kept):
        steps = min(math.ceil((end - start).manhattanLength() / (2 * RING)), _MOST_STEPS)
        filled += [start + (end - start) * (step / steps) for step in range(1, steps + 1)]
    return filled
