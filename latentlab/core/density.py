"""How crowded the plane is about each of the points on it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentlab.core.exploration import Rect
from latentlab.core.geometry import density_extent
from latentlab.core.plane import Floats

_BINS_A_BANDWIDTH = 2.0
_FINEST = 512  # bins along the longer side


def bandwidth(positions: Floats) -> float:
    """The standard deviation of the normal kernel that `density` smooths positions N×2 with.

    Half of Scott's rule (1992): latent spaces have clusters, which the rule, made for a single one, would blur.
    """
    x0, y0, x1, y1 = density_extent(positions)
    inside = positions[_within(positions, (x0, y0, x1, y1))].astype(np.float64)
    spread = float(np.sqrt(inside.var(0).mean())) if len(inside) else 0.0
    finest = _BINS_A_BANDWIDTH * max(x1 - x0, y1 - y0) / _FINEST
    return max(0.5 * max(len(inside), 1) ** (-1 / 6) * spread, finest)


def density(positions: Floats) -> Floats:
    """How many points there are about each of the positions N×2, per square unit: a kernel estimate, by a histogram.

    0 beyond what `density_extent` finds; NaN where a position is not finite.
    """
    from scipy.ndimage import gaussian_filter, map_coordinates

    x0, y0, x1, y1 = extent = density_extent(positions)
    bin_width = bandwidth(positions) / _BINS_A_BANDWIDTH
    columns, rows = (max(1, int(np.ceil(side / bin_width))) for side in (x1 - x0, y1 - y0))
    inside = _within(positions, extent)
    places = (positions[inside].astype(np.float64) - (x0, y0)) / bin_width
    bins = places.astype(np.intp)
    bins[:, 0].clip(max=columns - 1, out=bins[:, 0])
    bins[:, 1].clip(max=rows - 1, out=bins[:, 1])
    counts = np.bincount(bins[:, 1] * columns + bins[:, 0], minlength=columns * rows).reshape(rows, columns)
    smooth = gaussian_filter(counts / bin_width**2, _BINS_A_BANDWIDTH, mode="constant")
    result: Floats = np.where(np.isfinite(positions).all(1), 0.0, np.nan).astype(np.float32)
    # The counts of a bin stand at its middle.
    result[inside] = map_coordinates(smooth, places.T[::-1] - 0.5, order=1, mode="nearest")
    return result


def _within(positions: Floats, extent: Rect) -> NDArray[np.bool_]:
    """N, which of the positions N×2 lie in ``extent``; none that is not finite."""
    x, y = positions.T
    return (x >= extent[0]) & (y >= extent[1]) & (x <= extent[2]) & (y <= extent[3])
