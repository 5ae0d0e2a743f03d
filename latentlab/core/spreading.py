"""Which of many points to draw large without overlap: few from afar, and more, never others, the closer one looks."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentlab.core.plane import Floats

STEP = 2.0**0.5
"""How many times closer points may stand at each level than at the one before."""

_AROUND = [(across, down) for across in (-1, 0, 1) for down in (-1, 0, 1)]


def first_levels(
    points: Floats, priority: NDArray[np.floating], coarsest: float, levels: int
) -> NDArray[np.int8]:
    """The first level at which each of the points N×2 is drawn; ``levels`` where at none.

    At level l no two that are drawn are nearer to each other than ``coarsest / STEP**l`` both across and down, so that
    squares of that side about them do not overlap. Each level keeps the points of the one before and adds, greedily,
    the others in the order of their priority. Where one looks from plays no part, so that a pan changes nothing.

    Args:
        priority: N; of two that overlap, that of the higher one is drawn, and of equals the first. Points whose
            priority or place is not finite are never drawn.
        coarsest: the side of the squares at level 0, in the points' units.
    """
    first = np.full(len(points), levels, np.int8)
    known = np.flatnonzero(np.isfinite(points).all(1) & np.isfinite(priority))
    waiting = known[np.argsort(-priority[known], kind="stable")]
    standing = waiting[:0]
    for level in range(levels):
        if not len(waiting):
            break
        standing, waiting = _fill(points.astype(np.float64), standing, waiting, coarsest / STEP**level)
        first[standing] = np.minimum(first[standing], level)
    return first


def _fill(
    points: NDArray[np.float64], standing: NDArray[np.intp], waiting: NDArray[np.intp], side: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Who stands now, and who still waits, when each of the waiting in turn stands up where its square is free.

    Done for many at a time: whoever comes before all others about it stands, as it would in turn.
    """
    members = np.concatenate([standing, waiting])
    cells, around = _lattice(points[members], side)
    nobody = len(points)
    holder = np.full(len(around) + 1, nobody)  # of each cell: there is room for one square's centre only
    holder[cells[: len(standing)]] = standing
    order, cell = np.arange(len(waiting)), cells[len(standing) :]
    refused = np.zeros(len(waiting), bool)
    there = np.concatenate([points, [[np.inf, np.inf]]])
    stood = [standing]
    while len(order):
        distances = np.abs(there[holder[around[cell[order]]]] - points[waiting[order], None])
        blocked = (distances < side).all(2).any(1)
        refused[order[blocked]] = True
        order = order[~blocked]
        foremost = np.full(len(around) + 1, len(waiting))
        np.minimum.at(foremost, cell[order], order)
        wins = order == foremost[around].min(1)[cell[order]]
        winners = order[wins]
        holder[cell[winners]] = waiting[winners]
        stood.append(waiting[winners])
        order = order[~wins]
    return np.concatenate(stood), waiting[refused]


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
