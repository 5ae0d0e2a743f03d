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
        self._members = {int(label): step * np.flatnonzero(sample == label) for label in np.unique(sample)}

    def centres(self, points: NDArray[np.floating], classes: int) -> dict[int, tuple[float, float]]:
        """The median of each class's points (N, 2), in both directions; classes without a known point are left out."""
        medians = {label: _medians(points[self._members[label]]) for label in range(classes) if label in self._members}
        return {label: median for label, median in medians.items() if median is not None}


def _medians(points: NDArray[np.floating]) -> tuple[float, float] | None:
    """The medians of the finite points, the upper one of two; np.median takes several times as long."""
    x, y = np.ascontiguousarray(points.T)
    known = np.isfinite(x + y)
    if not known.all():
        x, y = x[known], y[known]
    middle = len(x) // 2
    return (float(np.partition(x, middle)[middle]), float(np.partition(y, middle)[middle])) if len(x) else None


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
