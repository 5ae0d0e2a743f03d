"""Voronoi cells of the points of a plane, whatever the points: few, on a line, one on top of another, not finite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentlab.core.exploration import Rect

_FAR = 1000.0
_SAME = 9  # decimals, of the points' own extent, beyond which two of them are one


@dataclass(frozen=True, eq=False)
class Cells:
    """The borders between cells; a cell's outline is all the borders that it has a side on.

    Attributes:
        borders: (B, 2, 2), both ends of each border; those without an end reach a thousand times the points' extent.
        sites: (B, 2), the two cells that each border parts.
        site_of: (N,), the cell of each point, shared by points that are the same; -1 where it is not finite.
    """

    borders: NDArray[np.float64]
    sites: NDArray[np.intp]
    site_of: NDArray[np.intp]

    def sides_of(self, point: int) -> NDArray[np.intp]:
        """Which borders outline the cell of ``point``."""
        return np.flatnonzero((self.sites == self.site_of[point]).any(axis=1) & (self.site_of[point] >= 0))


def voronoi_cells(points: NDArray[np.floating]) -> Cells:
    """The cells of points (N, 2)."""
    finite = np.isfinite(points).all(axis=1)
    site_of = np.full(len(points), -1, np.intp)
    if not finite.any():
        return Cells(np.empty((0, 2, 2)), np.empty((0, 2), np.intp), site_of)
    known = points[finite].astype(np.float64)
    centre = (known.min(axis=0) + known.max(axis=0)) / 2
    scale = float(np.abs(known - centre).max()) or 1.0
    sites, site_of[finite] = np.unique(((known - centre) / scale).round(_SAME), axis=0, return_inverse=True)

    # Far points all around give every cell an end, and the algorithm its fourth point off the line.
    from scipy.spatial import Voronoi  # late: the first frame needs no scipy

    angles = np.arange(8) * (np.pi / 4) + 0.1
    around = _FAR * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    diagram = Voronoi(np.concatenate([sites, around]))
    between = np.asarray(diagram.ridge_points, np.intp)
    ends = np.asarray(diagram.ridge_vertices, np.intp)
    inner = (between < len(sites)).all(axis=1) & (ends >= 0).all(axis=1)
    return Cells(diagram.vertices[ends[inner]] * scale + centre, between[inner], site_of)


def clipped(segments: NDArray[np.float64], rect: Rect) -> NDArray[np.float64]:
    """The parts of segments (S, 2, 2) that lie in ``rect``; others are left out (Liang and Barsky 1984)."""
    start, step = segments[:, 0], segments[:, 1] - segments[:, 0]
    low, high = np.array(rect[:2]), np.array(rect[2:])
    enter, leave = np.zeros(len(segments)), np.ones(len(segments))
    outside = np.zeros(len(segments), np.bool_)
    for axis in (0, 1):
        along, from_ = step[:, axis], start[:, axis]
        parallel = along == 0
        outside |= parallel & ((from_ < low[axis]) | (from_ > high[axis]))
        divisor = np.where(parallel, 1.0, along)
        with np.errstate(over="ignore"):  # an edge that is infinitely many steps away is just not met
            at_low, at_high = (low[axis] - from_) / divisor, (high[axis] - from_) / divisor
        enter = np.where(parallel, enter, np.maximum(enter, np.minimum(at_low, at_high)))
        leave = np.where(parallel, leave, np.minimum(leave, np.maximum(at_low, at_high)))
    keep = ~outside & (enter < leave)
    ends = np.stack([enter, leave], axis=1)[keep, :, None]
    return start[keep, None] + ends * step[keep, None]
