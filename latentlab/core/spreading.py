"""Which of many points to draw large without overlap: few from afar, and more, never others, the closer one looks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from latentlab.core.exploration import Rect
from latentlab.core.plane import Floats

STEP = 2.0**0.5
"""How many times closer points may stand at each level than at the one before."""

NEVER = 127
"""In the place of a level: a point that is not drawn at any."""

_AROUND = [(across, down) for across in (-1, 0, 1) for down in (-1, 0, 1)]


def level_of(side: float, coarsest: float) -> int:
    """The last level at which squares stand no closer than ``side``, where those of level 0 have side ``coarsest``."""
    return math.floor(math.log(coarsest / side, STEP) + 1e-9)


def first_levels(
    points: Floats,
    priority: NDArray[np.floating],
    coarsest: float,
    levels: int,
    room: NDArray[np.floating] | None = None,
) -> NDArray[np.int8]:
    """The first level at which each of the points N×2 is drawn; ``levels`` where at none.

    At level l no two that are drawn are nearer to each other than ``coarsest / STEP**l`` both across and down, so that
    squares of that side about them do not overlap. Each level keeps the points of the one before and adds, greedily,
    the others in the order of their priority. Where one looks from plays no part, so that a pan changes nothing.

    Args:
        priority: N; of two that overlap, that of the higher one is drawn, and of equals the first. Points whose
            priority or place is not finite are never drawn.
        coarsest: the side of the squares at level 0, in the points' units.
        room: N, the side of the largest square that there is room for about each; by default there is for any.
    """
    first = np.full(len(points), levels, np.int8)
    known = np.flatnonzero(np.isfinite(points).all(1) & np.isfinite(priority))
    waiting = known[np.argsort(-priority[known], kind="stable")]
    standing, exact = waiting[:0], points.astype(np.float64)
    for level in range(levels):
        side = coarsest / STEP**level
        may = waiting if room is None else waiting[room[waiting] >= side]
        if len(may):
            standing = _fill(exact, standing, may, side)
            first[standing] = np.minimum(first[standing], level)
            waiting = waiting[first[waiting] == levels]
    return first


def fill(
    first: NDArray[np.int8],
    points: Floats,
    priority: NDArray[np.floating],
    coarsest: float,
    until: int,
    region: Rect,
) -> NDArray[np.int8]:
    """`first_levels` N with more of the points in ``region``, up to level ``until``; all that stand stay as they are.

    So a part of the plane is filled when somebody looks at it, and what was seen before comes back as it was. Of points
    that crowd closer than half a square only the one of the highest priority is considered.

    Args:
        first: N, `NEVER` for points that do not stand.
    """
    from scipy.spatial import cKDTree

    (x0, y0, x1, y1), (x, y) = region, points.T
    wanted = (first == NEVER) & (x >= x0) & (y >= y0) & (x <= x1) & (y <= y1) & np.isfinite(priority)
    some = np.flatnonzero(wanted)
    some = some[foremost(points[some], priority[some], coarsest / STEP**until / 2)]
    # From those too that only stand at finer levels: a little more than need be, and simple.
    room, _ = cKDTree(points[first != NEVER]).query(points[some], p=np.inf)
    found = first_levels(points[some], priority[some], coarsest, until + 1, room)
    filled = first.copy()
    filled[some] = np.where(found <= until, found, NEVER)
    return filled


def with_coarser(
    first: NDArray[np.int8], points: Floats, priority: NDArray[np.floating], coarsest: float, levels: int
) -> NDArray[np.int8]:
    """``first`` N with so many ``levels`` put before level 0, at which ever fewer of those stand that stood at it.

    What is drawn at the levels that were there before is the same; their numbers are greater by ``levels``.

    Args:
        coarsest: the side of the squares at what was level 0 before; it is that of level ``levels`` now.
    """
    stand = np.flatnonzero(first == 0)
    later = np.where(first == NEVER, NEVER, first + levels).astype(np.int8)
    later[stand] = first_levels(points[stand], priority[stand], coarsest * STEP**levels, levels)
    return later


def foremost(points: Floats, priority: NDArray[np.floating], side: float) -> NDArray[np.intp]:
    """Indices, ascending, of the points N×2 of highest priority in each cell of a lattice; of equals, the first."""
    if not len(points):
        return np.empty(0, np.intp)
    by_priority = np.argsort(-priority, kind="stable")
    cells, _ = _lattice(points.astype(np.float64), side)
    _, first = np.unique(cells[by_priority], return_index=True)
    return np.sort(by_priority[first])


def _fill(
    points: NDArray[np.float64], standing: NDArray[np.intp], waiting: NDArray[np.intp], side: float
) -> NDArray[np.intp]:
    """Who stands now, when each of the waiting in turn stands up where its square is free.

    Done for many at a time: whoever comes before all others about it stands, as it would in turn.
    """
    members = np.concatenate([standing, waiting])
    cells, around = _lattice(points[members], side)
    nobody = len(points)
    holder = np.full(len(around) + 1, nobody)  # of each cell: there is room for one square's centre only
    holder[cells[: len(standing)]] = standing
    order, cell = np.arange(len(waiting)), cells[len(standing) :]
    there = np.concatenate([points, [[np.inf, np.inf]]])
    stood = [standing]
    while len(order):
        distances = np.abs(there[holder[around[cell[order]]]] - points[waiting[order], None])
        order = order[~(distances < side).all(2).any(1)]
        foremost = np.full(len(around) + 1, len(waiting))
        np.minimum.at(foremost, cell[order], order)
        wins = order == foremost[around].min(1)[cell[order]]
        winners = order[wins]
        holder[cell[winners]] = waiting[winners]
        stood.append(waiting[winners])
        order = order[~wins]
    return np.concatenate(stood)


def _lattice(points: NDArray[np.float64], side: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Square cells: the number of each point's, and of every cell the numbers of the nine about it (M×9).

    Only cells with points have numbers; all others are M.
    """
    places = np.floor((points - points.min(0)) / side).astype(np.int64)
    stride = int(places[:, 1].max()) + 3
    keys, cells = np.unique(places[:, 0] * stride + places[:, 1] + 1, return_inverse=True)
    wanted = keys[:, None] + [across * stride + down for across, down in _AROUND]
    found = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return cells, np.where(keys[found] == wanted, found, len(keys))
