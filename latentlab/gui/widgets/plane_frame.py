"""The frame: which part of the plane a widget shows, and how the hand changes that. Arithmetic only, no Qt widgets."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from latentlab.core.exploration import Rect

FINEST, COARSEST = 1e-6, 1e5
"""Bounds of `Frame.unit`; finer than that, float32 positions would fall on a visible raster."""

_WHOLE = 0.01  # how far a move may be from whole pixels


@dataclass(frozen=True, slots=True)
class Frame:
    """Which part of the plane the widget shows. Pixels are device-independent, y down; data units have y up.

    Attributes:
        left, top: the data point at the widget's upper left corner.
        unit: data units that one pixel spans, the same in both directions.
        width, height: the widget's size in pixels.
    """

    left: float
    top: float
    unit: float
    width: int
    height: int

    @classmethod
    def around(cls, rect: Rect, width: int, height: int) -> Frame:
        """The frame of that size that shows the whole of ``rect`` as large as possible, in its middle."""
        x0, y0, x1, y1 = rect
        unit = _bounded(max((x1 - x0) / width, (y1 - y0) / height))
        return cls((x0 + x1 - width * unit) / 2, (y0 + y1 + height * unit) / 2, unit, width, height)

    def move_from(self, old: Frame, ratio: float) -> tuple[int, int] | None:
        """By how many device pixels, ``ratio`` to a pixel, a picture of ``old`` is to be moved right and down to lie as
        here.

        Returns None where a move of whole pixels that leaves some of it in view does not do.
        """
        if (self.unit, self.width, self.height) != (old.unit, old.width, old.height):
            return None
        unit = self.unit / ratio
        dx, dy = (old.left - self.left) / unit, (self.top - old.top) / unit
        right, down = round(dx), round(dy)
        aligned = abs(dx - right) < _WHOLE and abs(dy - down) < _WHOLE
        inside = abs(right) < round(self.width * ratio) and abs(down) < round(self.height * ratio)
        return (right, down) if aligned and inside else None

    @property
    def rect(self) -> Rect:
        """The visible rectangle ``(x0, y0, x1, y1)`` in data units."""
        return self.left, self.top - self.height * self.unit, self.left + self.width * self.unit, self.top

    def to_pixels(self, x: float, y: float) -> QPointF:
        """Where the data point ``(x, y)`` is on the widget."""
        return QPointF((x - self.left) / self.unit, (self.top - y) / self.unit)

    def to_data(self, pixel: QPointF) -> tuple[float, float]:
        """The data point under ``pixel``."""
        return self.left + pixel.x() * self.unit, self.top - pixel.y() * self.unit

    def points_to_pixels(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Maps data points (N, 2) to pixels (N, 2)."""
        return np.subtract(points, (self.left, self.top), dtype=np.float64) / (self.unit, -self.unit)

    def edges(self, rect: Rect) -> tuple[float, float, float, float]:
        """Where a rectangle of the plane is on the widget: left, top, right, bottom."""
        x0, y0, x1, y1 = rect
        left, top, unit = self.left, self.top, self.unit
        return (x0 - left) / unit, (top - y1) / unit, (x1 - left) / unit, (top - y0) / unit

    def rect_to_pixels(self, rect: Rect) -> QRectF:
        """The same as Qt has it."""
        left, top, right, bottom = self.edges(rect)
        return QRectF(left, top, right - left, bottom - top)

    def panned(self, dx: float, dy: float) -> Frame:
        """The frame after the plane moved by pixels to the right and down."""
        return replace(self, left=self.left - dx * self.unit, top=self.top + dy * self.unit)

    def zoomed(self, factor: float, about: QPointF) -> Frame:
        """The frame after enlarging by ``factor`` with the data under the pixel ``about`` staying there."""
        unit = _bounded(self.unit / factor)
        x, y = self.to_data(about)
        return replace(self, unit=unit, left=x - about.x() * unit, top=y + about.y() * unit)

    def resized(self, width: int, height: int) -> Frame:
        """The frame of another size with the same middle and scale."""
        left = self.left + (self.width - width) * self.unit / 2
        top = self.top - (self.height - height) * self.unit / 2
        return Frame(left, top, self.unit, width, height)

    def suits(self, extent: Rect, least_fill: float) -> bool:
        """Whether ``extent`` lies wholly inside and spans at least ``least_fill`` of one direction."""
        x0, y0, x1, y1 = self.rect
        inside = x0 <= extent[0] and y0 <= extent[1] and extent[2] <= x1 and extent[3] <= y1
        return inside and max((extent[2] - extent[0]) / (x1 - x0), (extent[3] - extent[1]) / (y1 - y0)) >= least_fill


def checked(rect: Rect) -> Rect:
    """Returns ``rect`` in plain numbers.

    Raises:
        ValueError: it is not finite or is turned inside out.
    """
    x0, y0, x1, y1 = (float(edge) for edge in rect)
    if not all(map(math.isfinite, (x0, y0, x1, y1))) or x1 < x0 or y1 < y0:
        raise ValueError(f"a view must be a finite rectangle (x0, y0, x1, y1); got {rect}")
    return x0, y0, x1, y1


def _bounded(unit: float) -> float:
    return min(max(unit, FINEST), COARSEST)
