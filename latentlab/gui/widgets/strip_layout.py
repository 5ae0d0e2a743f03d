"""Where the images of a strip lie; plain arithmetic, no painting."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF

from latentlab.gui.widgets.qimages import crisp_scale

GAP = 4
"""Between images, in both directions."""

LARGEST = 112
"""No side of an image grows beyond this, however tall the strip; more columns say more than larger images."""

FEWEST = 4
"""Unless told otherwise, images shrink until this many columns fit (or all there are)."""


@dataclass(frozen=True)
class StripLayout:
    """The grid of one strip.

    Attributes:
        left, top: corner of the first image.
        width, height: of an image as drawn.
        scale: pixels per image pixel.
        rows, columns: how many images are visible down and across.
    """

    left: float
    top: float
    width: float
    height: float
    scale: float
    rows: int
    columns: int

    def corner(self, row: int, column: int) -> tuple[float, float]:
        """The left and upper edge of one image."""
        return self.left + column * (self.width + GAP), self.top + row * (self.height + GAP)

    def column_rect(self, column: int) -> QRectF:
        """All rows of one column."""
        left, top = self.corner(0, column)
        return QRectF(left, top, self.width, self.rows * (self.height + GAP) - GAP)

    def rows_between(self, top: float, bottom: float) -> range:
        """The rows of which something lies between two heights."""
        pitch = self.height + GAP
        first, last = (int((height - self.top) // pitch) for height in (top, bottom))
        return range(max(0, first), min(self.rows, last + 1))

    def column_at(self, position: QPointF) -> int:
        """The column under ``position``, with half the gap on each side; -1 where there is none."""
        column = int((position.x() - self.left + GAP / 2) // (self.width + GAP))
        inside = self.column_rect(0).top() <= position.y() <= self.column_rect(0).bottom()
        return column if inside and 0 <= column < self.columns else -1


def lay_out(
    image_size: tuple[int, int],
    count: int,
    rows: int,
    room: QRectF,
    ratio: float,
    fewest: int = FEWEST,
) -> StripLayout:
    """Fits ``rows`` × as many of ``count`` columns as there is ``room`` for.

    Args:
        image_size: width and height of an image in its own pixels.
        count: images there are in a row.
        rows: rows there are.
        room: where the images may lie.
        ratio: device pixels per pixel.
        fewest: images shrink until so many columns fit, or all there are.
    """
    width, height = image_size
    wanted = max(1, min(fewest, count))
    across = (room.width() - (wanted - 1) * GAP) / wanted
    down = (room.height() - (rows - 1) * GAP) / rows
    scale = crisp_scale(width, height, max(4.0, min(across, LARGEST)), max(4.0, min(down, LARGEST)), ratio)
    shown_width, shown_height = width * scale, height * scale
    # What was shrunk to fit exactly must not be cut off by rounding.
    columns = max(1, min(count, int((room.width() + GAP) / (shown_width + GAP) + 1e-6)))
    used = rows * (shown_height + GAP) - GAP
    top = room.top() + max(0.0, (room.height() - used) / 2)
    # On a whole device pixel, so that rows and rings do not blur.
    top = round(top * ratio) / ratio
    return StripLayout(room.left(), top, shown_width, shown_height, scale, rows, columns)
