"""Where the images of a grid lie; plain arithmetic, no painting."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize

from latentlab.gui.widgets.qimages import crisp_scale

GAP = 4
"""Between images, and around them."""


@dataclass(frozen=True)
class GridLayout:
    """Where the images of a grid lie.

    Attributes:
        columns: images in a row.
        width, height: of an image as drawn.
        scale: pixels per image pixel.
        across, down: from one image to the next.
    """

    columns: int
    width: float
    height: float
    scale: float
    across: float
    down: float

    def rect(self, place: int) -> QRectF:
        """Where one image lies."""
        row, column = divmod(place, self.columns)
        return QRectF(GAP + column * self.across, GAP + row * self.down, self.width, self.height)

    def place_at(self, position: QPointF) -> int:
        """Which image lies under ``position``, with half the gap around it; it may be one too many, or -1."""
        column = int((position.x() - GAP / 2) // self.across)
        row = int((position.y() - GAP / 2) // self.down)
        return row * self.columns + column if 0 <= column < self.columns and row >= 0 else -1

    def total_height(self, count: int) -> int:
        """What ``count`` images take."""
        return math.ceil(GAP + math.ceil(count / self.columns) * self.down)


def lay_out_grid(
    image_size: tuple[int, int], count: int, room: QSize, beneath: int, sides: tuple[float, float], ratio: float
) -> GridLayout:
    """The largest images with which all of ``count`` fit, or of the least side where none does.

    Args:
        image_size: width and height of an image in its own pixels.
        count: how many images there are, at least one.
        room: what there is.
        beneath: pixels to keep free beneath each image.
        sides: the least and the greatest side of an image as drawn.
        ratio: device pixels per pixel.
    """
    width, height = image_size
    sides = _least_whole(max(width, height), sides[0], ratio), sides[1]
    most = max(1, int((room.width() - GAP) // (sides[0] * min(1.0, width / height) + GAP)))
    layouts = []
    for columns in range(1, min(count, most) + 1):
        rows = math.ceil(count / columns)
        across = (room.width() - GAP) / columns - GAP
        down = (room.height() - GAP) / rows - GAP - beneath
        side = min(max(min(across, down), sides[0]), sides[1])
        scale = crisp_scale(width, height, side, side, ratio)
        layout = GridLayout(
            columns, width * scale, height * scale, scale, width * scale + GAP, height * scale + GAP + beneath
        )
        if columns == 1 or GAP + columns * layout.across <= room.width():
            layouts.append(layout)

    def worth(layout: GridLayout) -> tuple[bool, float, int, int]:
        fits, rows = layout.total_height(count) <= room.height(), math.ceil(count / layout.columns)
        # Of equally large images, as few rows as there is width for, and these equally full.
        return fits, layout.scale if fits else 0.0, -rows, -layout.columns

    return max(layouts, key=worth)


def _least_whole(pixels: int, least: float, ratio: float) -> float:
    """The least side at which ``pixels`` are whole numbers of device pixels, or ``least`` where they are shrunk."""
    if pixels / ratio > least:
        return least
    return math.ceil(least * ratio / pixels) * pixels / ratio
