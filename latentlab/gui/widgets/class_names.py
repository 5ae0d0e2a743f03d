"""Each class's name at the centre of its cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QPainter

from latentlab.gui.colours import Colours
from latentlab.gui.widgets.halo_text import HALO, draw_halo_at, text_size
from latentlab.gui.widgets.inks import ink
from latentlab.gui.widgets.plane_frame import Frame

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

_SAMPLE = 2_000  # points from which the centres are found; from more they would lie a few pixels nearer the middle


class ClassMembers:
    """Which points are of which class; told apart once, since the points move several times a second."""

    def __init__(self, labels: NDArray[np.integer]) -> None:
        """Takes the class of each point (N,), negative where it has none; of a sample where there are many."""
        step = -(-len(labels) // _SAMPLE) or 1
        sample = labels[::step]
        self._classes = [int(label) for label in np.unique(sample) if label >= 0]
        members = [step * np.flatnonzero(sample == label) for label in self._classes]
        # In rows of one length, so that all are looked up and sorted at once; none much longer than the others need.
        most = -(-2 * _SAMPLE // max(len(members), 1))
        members = [each[:: -(-len(each) // most)] for each in members]
        self._rows = np.zeros((len(members), max(map(len, members), default=0)), np.intp)
        self._known = np.zeros(self._rows.shape, np.bool_)
        for row, known, each in zip(self._rows, self._known, members, strict=True):
            row[: len(each)], known[: len(each)] = each, True

    def centres(self, points: NDArray[np.floating], classes: int) -> dict[int, tuple[float, float]]:
        """The median of each class's points (N, 2) with a place, in both directions, the upper one of two; of classes
        0 to ``classes`` − 1, those without such a point left out.
        """
        count = sum(label < classes for label in self._classes)
        places, known = points[self._rows[:count]], self._known[:count].copy()
        known &= np.isfinite(places).all(2)
        # Points without a place come after all others.
        places[~known] = np.inf
        places.sort(1)
        number = known.sum(1)
        middle = places[np.arange(count), number // 2 * (number > 0)]
        medians = zip(self._classes[:count], middle.tolist(), number.tolist(), strict=True)
        return {label: (x, y) for label, (x, y), has in medians if has}


@dataclass(frozen=True)
class PlacedNames:
    """The classes' names and where on the plane they stand; in plain numbers, as inks.py says why.

    Attributes:
        frame: the part of the plane in view.
        font: what the names beside it are written in; they themselves are bolder, by ``key``'s font.
        places: of each class's name, its middle in pixels.
        covered: of each, all that it covers with its halo.
    """

    frame: Frame
    names: Sequence[str]
    font: QFont
    key: str
    places: dict[int, tuple[float, float]]
    covered: dict[int, Box]

    @classmethod
    def at(
        cls, centres: dict[int, tuple[float, float]], frame: Frame, names: Sequence[str], font: QFont
    ) -> PlacedNames:
        """Places the names from the top down, each moved below those that it would cover."""
        bold = QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        key = bold.toString()
        boxes: dict[int, Box] = {}
        for label, (x, y) in sorted(centres.items(), key=lambda each: -each[1][1]):
            width, height = text_size(names[label], key)
            left, top, _, _ = frame.edges((x, y, x, y))
            boxes[label] = _below(boxes.values(), left - width / 2, top - height / 2, width, height)
        places = {label: ((x0 + x1) / 2, (y0 + y1) / 2) for label, (x0, y0, x1, y1) in boxes.items()}
        covered = {
            label: (left - HALO, top - HALO, right + HALO, bottom + HALO)
            for label, (left, top, right, bottom) in boxes.items()
        }
        return cls(frame, names, QFont(font), key, places, covered)

    def suits(self, frame: Frame, names: Sequence[str], font: QFont) -> bool:
        """Whether it is these names that are placed, in that frame and as large as in ``font``."""
        return self.frame == frame and self.names is names and self.font == font

    def draw(self, painter: QPainter, dimmed: Collection[int], colours: Colours, exposed: QRectF) -> None:
        """Draws the names that touch ``exposed``."""
        x0, y0, x1, y1 = exposed.left(), exposed.top(), exposed.right(), exposed.bottom()
        ground = ink(colours.plot, 0.85)
        for label, (left, top, right, bottom) in self.covered.items():
            if left < x1 and x0 < right and top < y1 and y0 < bottom:
                colour = ink(colours.muted if label in dimmed else colours.text)
                draw_halo_at(painter, *self.places[label], self.names[label], self.key, colour, ground)


def _below(placed: Iterable[Box], left: float, top: float, width: float, height: float) -> Box:
    """A box of that size there, or below those of ``placed`` that it would meet."""
    for x0, y0, x1, y1 in sorted(placed, key=lambda box: box[1]):
        if x0 < left + width and left < x1 and y0 < top + height and top < y1:
            top = y1
    return left, top, left + width, top + height
