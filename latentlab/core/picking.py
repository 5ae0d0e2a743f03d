"""Which points the hand means: the one it points at, or those it draws around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentlab.core.exploration import Rect
from latentlab.core.geometry import Size, pixel_units

_LEVELS = 65535
_FLAT = 1e-300  # in so little height all points are compared exactly


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


def enclosed(
    points: NDArray[np.float32], outline: NDArray[np.floating], ignored: NDArray[np.bool_] | None = None
) -> NDArray[np.intp]:
    """The indices of the points inside an outline, in rising order; where it crosses itself, by the even-odd rule.

    Args:
        points: (N, 2); what is not finite is nowhere.
        outline: (M, 2), the corners of a line that is closed from the last to the first; fewer than three hold nothing.
        ignored: bool (N,), points that are left out.
    """
    corners = np.asarray(outline, np.float64)
    if len(corners) < 3:
        return np.empty(0, np.intp)
    (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
    x, y = (points[:, axis].astype(np.float64) for axis in (0, 1))
    near = np.flatnonzero((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1))
    if ignored is not None:
        near = near[~ignored[near]]
    # Sorted by height, the points that an edge passes at their height stand together: of many thousands of points, a
    # short edge looks at a few. By a height in 16 bits, which is sorted in a quarter of the time; then exactly.
    fine = _LEVELS / (y1 - y0) if y1 - y0 > _FLAT else 0.0
    near = near[np.argsort(_levels(y[near], y0, fine), kind="stable")]
    x, y = x[near], y[near]
    levels = _levels(y, y0, fine)
    ends = np.roll(corners, -1, axis=0)
    lows, highs = np.minimum(corners[:, 1], ends[:, 1]), np.maximum(corners[:, 1], ends[:, 1])
    firsts = np.searchsorted(levels, _levels(lows, y0, fine))
    lasts = np.searchsorted(levels, _levels(highs, y0, fine), side="right")
    inside = np.zeros(len(near), np.bool_)
    for edge in np.flatnonzero((firsts < lasts) & (lows < highs)):
        passed = slice(firsts[edge], lasts[edge])
        (left, low), (right, high) = corners[edge], ends[edge]
        at_its_height = (y[passed] >= lows[edge]) & (y[passed] < highs[edge])
        inside[passed] ^= at_its_height & (x[passed] < left + (y[passed] - low) * ((right - left) / (high - low)))
    found = np.zeros(len(points), np.bool_)
    found[near[inside]] = True
    return np.flatnonzero(found)


def _levels(heights: NDArray[np.float64], lowest: float, fine: float) -> NDArray[np.uint16]:
    """Heights from ``lowest`` on in ``fine`` steps a unit: never in another order than they are."""
    return ((heights - lowest) * fine).astype(np.uint16)
