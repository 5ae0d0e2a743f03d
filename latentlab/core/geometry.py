"""From the plane to pixels: where points lie in a picture, and which part of the plane a picture of them shows."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from latentlab.core.exploration import Rect

Size = tuple[int, int]
"""Width and height in device pixels."""


def to_pixels(points: NDArray[np.float32], view: Rect, size: Size) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where points (N, 2) lie in a picture: x from its left and y from its top edge, in pixels.

    Raises:
        ValueError: the view is empty.
    """
    x_unit, y_unit = pixel_units(view, size)
    # The edge of the view first: near it, differences of float32 are exact, however far the hand has zoomed in.
    with np.errstate(over="ignore", invalid="ignore"):
        x = points[:, 0] - np.float32(view[0])
        x *= np.float32(1 / x_unit)
        y = np.float32(view[3]) - points[:, 1]
        y *= np.float32(1 / y_unit)
    return x, y


def pixel_units(view: Rect, size: Size) -> tuple[float, float]:
    """Width and height of a pixel in data units."""
    x0, y0, x1, y1 = view
    if not (x1 > x0 and y1 > y0):
        raise ValueError(f"the view {view} is empty")
    return (x1 - x0) / size[0], (y1 - y0) / size[1]


def density_extent(points: NDArray[np.float32], share: float = 0.98) -> Rect:
    """A view that fits the points (N, 2) but not the outliers: along each axis the central ``share``, and a margin.

    It is never empty; where no point is finite, it reaches from -1 to 1.
    """
    # Quantiles of so large a sample are good to less than the margin, and a million points stay quick.
    sample = points[:: math.ceil(len(points) / 20_000) or 1].T.astype(np.float64)
    sample = sample[:, np.isfinite(sample).all(axis=0)]
    if sample.size == 0:
        return -1.0, -1.0, 1.0, 1.0
    # As `np.quantile` has them, without its Python: two fifths of the time here, with the interpreter's lock.
    last = sample.shape[1] - 1
    at_low, at_high = last * (1 - share) / 2, last * (1 + share) / 2
    below, under = int(at_low), int(at_high)
    ordered = np.partition(sample, [0, below, min(below + 1, last), under, min(under + 1, last), last], axis=1)
    low = ordered[:, below] + (at_low - below) * (ordered[:, min(below + 1, last)] - ordered[:, below])
    high = ordered[:, under] + (at_high - under) * (ordered[:, min(under + 1, last)] - ordered[:, under])
    least, most = ordered[:, 0], ordered[:, last]
    span = high - low
    # A wide margin for the tail beyond the quantiles, a narrow one where the points end before it does.
    low = np.maximum(low - 0.15 * span, least - 0.05 * span)
    high = np.minimum(high + 0.15 * span, most + 0.05 * span)
    middle, half = (low + high) / 2, (high - low) / 2
    half = np.where(half > 1e-3 * half.max(), half, half.max() or 1.0)
    (x0, y0), (x1, y1) = (middle - half).tolist(), (middle + half).tolist()
    return x0, y0, x1, y1


def reaching(extent: Rect, reach: float) -> Rect:
    """``extent``, and as much more as it takes to reach from -``reach`` to ``reach`` along both axes."""
    x0, y0, x1, y1 = extent
    return min(x0, -reach), min(y0, -reach), max(x1, reach), max(y1, reach)


def nearest_turn(points: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.float64]:
    """The orthogonal 2×2 matrix, a turn or a mirroring, by which ``points`` N×2 come nearest to ``others`` N×2.

    The solution of the orthogonal Procrustes problem: P. H. Schönemann, A generalized solution of the orthogonal
    Procrustes problem, Psychometrika 31 (1966).
    """
    left, _, right = np.linalg.svd((points.T @ others).astype(np.float64))
    return np.asarray(left @ right, np.float64)
