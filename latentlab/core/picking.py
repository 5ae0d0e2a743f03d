"""Which point the hand means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentlab.core.exploration import Rect
from latentlab.core.geometry import Size, pixel_units


def pick(
    points: NDArray[np.float32],
    view: Rect,
    size: Size,
    x_px: float,
    y_px: float,
    radius_px: float,
    ignored: NDArray[np.bool_] | None = None,
) -> int | None:
    """The index of the point nearest to a place in the picture, or None where none lies within ``radius_px`` of it.

    Args:
        points: (N, 2), in data units.
        x_px, y_px: from the left and the top edge; the centre of the first pixel is at 0.5, 0.5.
        ignored: bool (N,), points that cannot be picked.
    """
    x_unit, y_unit = pixel_units(view, size)
    x, y = view[0] + x_px * x_unit, view[3] - y_px * y_unit
    # A generous square in float32, side by side, leaves few of a million points; those are compared exactly.
    distances = points[:, 0] - np.float32(x)
    near = np.flatnonzero(np.abs(distances, out=distances) <= 1.000001 * radius_px * x_unit + 1e-6 * abs(x))
    distances = points[near, 1] - np.float32(y)
    near = near[np.abs(distances, out=distances) <= 1.000001 * radius_px * y_unit + 1e-6 * abs(y)]
    if ignored is not None:
        near = near[~ignored[near]]
    squares = np.square((points[near].astype(np.float64) - (x, y)) / (x_unit, y_unit)).sum(axis=1)
    within = squares <= radius_px**2
    return int(near[within][squares[within].argmin()]) if within.any() else None
