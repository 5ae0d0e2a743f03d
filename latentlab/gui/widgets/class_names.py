"""Each class's name at the centre of its cluster."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFont, QPainter

from latentlab.gui.colours import Colours
from latentlab.gui.widgets.halo_text import HALO, draw_halo_at, text_box
from latentlab.gui.widgets.inks import ink
from latentlab.gui.widgets.plane_frame import Frame

_SAMPLE = 5_000  # points from which the centres are found; their medians are no better from more


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
    """The classes' names and where on the plane they stand.

    Attributes:
        frame: the part of the plane in view.
        boxes: each class's name in pixels.
        places: of each class's name, its middle and all that it covers with its halo.
    """

    frame: Frame
    names: Sequence[str]
    font: QFont
    boxes: dict[int, QRectF]
    places: dict[int, tuple[float, float, QRectF]]

    @classmethod
    def at(
        cls, centres: dict[int, tuple[float, float]], frame: Frame, names: Sequence[str], font: QFont
    ) -> PlacedNames:
        """Places the names from the top down, each moved below those that it would cover."""
        bold = QFont(font)
        bold.setWeight(QFont.Weight.DemiBold)
        boxes: dict[int, QRectF] = {}
        for label, centre in sorted(centres.items(), key=lambda each: -each[1][1]):
            boxes[label] = _below(list(boxes.values()), text_box(names[label], bold, frame.to_pixels(*centre)))
        places = {
            label: (box.center().x(), box.center().y(), box.adjusted(-HALO, -HALO, HALO, HALO))
            for label, box in boxes.items()
        }
        return cls(frame, names, bold, boxes, places)

    def suits(self, frame: Frame, names: Sequence[str], font: QFont) -> bool:
        """Whether it is these names that are placed, in that frame and as large as in ``font``."""
        return self.frame == frame and self.names is names and self.font.pointSizeF() == font.pointSizeF()

    def draw(self, painter: QPainter, dimmed: Collection[int], colours: Colours, exposed: QRectF) -> None:
        """Draws the names that touch ``exposed``."""
        key, ground = self.font.toString(), ink(colours.plot, 0.85)
        for label, (x, y, covered) in self.places.items():
            if covered.intersects(exposed):
                colour = ink(colours.muted if label in dimmed else colours.text)
                draw_halo_at(painter, x, y, self.names[label], key, colour, ground)


def _below(placed: list[QRectF], box: QRectF) -> QRectF:
    for other in sorted(placed, key=QRectF.top):
        if other.intersects(box):
            box = box.translated(0, other.bottom() - box.top())
    return box
