"""Each class's name at the centre of its cluster."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont, QPainter

from latentlab.gui.colours import Colours
from latentlab.gui.widgets.halo_text import HALO, draw_halo_text, text_box
from latentlab.gui.widgets.plane_frame import Frame

_SAMPLE = 5_000  # points from which the centres are found; their medians are no better from more


def class_centres(
    points: NDArray[np.floating], labels: NDArray[np.integer], classes: int
) -> dict[int, tuple[float, float]]:
    """The median of each class's points (N, 2), in both directions; of a sample where there are many."""
    step = -(-len(points) // _SAMPLE) or 1
    labels = labels[::step]
    x, y = np.ascontiguousarray(points[::step].T)
    unknown = ~np.isfinite(x + y)
    if unknown.any():
        labels = np.where(unknown, -1, labels)
    centres = {}
    for label in range(classes):
        members = np.flatnonzero(labels == label)
        if len(members):
            centres[label] = _median(x[members]), _median(y[members])
    return centres


def _median(values: NDArray[np.floating]) -> float:
    """The median, the upper one of two; np.median takes several times as long."""
    middle = len(values) // 2
    return float(np.partition(values, middle)[middle])


@dataclass(frozen=True)
class PlacedNames:
    """The classes' names and where on the plane they stand.

    Attributes:
        frame: the part of the plane in view.
        boxes: each class's name in pixels.
    """

    frame: Frame
    names: Sequence[str]
    font: QFont
    boxes: dict[int, QRectF]

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
        return cls(frame, names, bold, boxes)

    def draw(self, painter: QPainter, dimmed: Collection[int], colours: Colours, exposed: QRectF) -> None:
        """Draws the names that touch ``exposed``."""
        ground = QColor(colours.plot)
        ground.setAlphaF(0.85)
        for label, box in self.boxes.items():
            if box.adjusted(-HALO, -HALO, HALO, HALO).intersects(exposed):
                colour = QColor(colours.muted if label in dimmed else colours.text)
                draw_halo_text(painter, box.center(), self.names[label], self.font, colour, ground)


def _below(placed: list[QRectF], box: QRectF) -> QRectF:
    for other in sorted(placed, key=QRectF.top):
        if other.intersects(box):
            box = box.translated(0, other.bottom() - box.top())
    return box
