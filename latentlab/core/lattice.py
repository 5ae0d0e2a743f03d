"""The power-of-two lattice on which decoded images are laid over a latent plane, as a street map lays its tiles.

A cell at level ``n`` is a square of side ``2**n`` data units; its column counts to the right and its row counts up,
both from the origin and through the negatives. Four cells make the one above, so that a cell can stand in for another.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from latentlab.core.exploration import Rect

SMALLEST_SIDE = 32.0
"""The smallest side, in pixels, at which a cell is chosen; the largest is just under twice that."""

SLACK = 1.15
"""How far past those sides the level in use may be stretched, so that a small zoom back and forth changes nothing."""

# What is seen of a cell, as a share of its side, below which rounding put it in view and not the hand.
_SLIVER = 1e-6


class CellKey(NamedTuple):
    """Names one cell of the lattice: the same key always means the same square of the plane."""

    level: int
    column: int
    row: int


def cell_side(level: int) -> float:
    """The side of a cell at ``level``, in data units."""
    return math.ldexp(1.0, level)


def cell_rect(key: CellKey) -> Rect:
    """The square of the plane that ``key`` covers."""
    side = cell_side(key.level)
    return key.column * side, key.row * side, (key.column + 1) * side, (key.row + 1) * side


def covering_rect(keys: Sequence[CellKey]) -> Rect:
    """The smallest rectangle of the plane that covers some cells of one level; there is at least one."""
    columns, rows = [key.column for key in keys], [key.row for key in keys]
    level = keys[0].level
    x0, y0, _, _ = cell_rect(CellKey(level, min(columns), min(rows)))
    _, _, x1, y1 = cell_rect(CellKey(level, max(columns), max(rows)))
    return x0, y0, x1, y1


def cell_centres(keys: Sequence[CellKey]) -> NDArray[np.float32]:
    """The latent points N×2 whose decoded images the cells show."""
    level, column, row = as_array(keys).T
    places = np.ldexp(np.stack((column, row), 1) + 0.5, level[:, None])
    return places.astype(np.float32)


def as_array(keys: Sequence[CellKey]) -> NDArray[np.int64]:
    """Cells as rows of level, column and row."""
    return np.fromiter(chain.from_iterable(keys), np.int64, 3 * len(keys)).reshape(-1, 3)


def cell_at(x: float, y: float, level: int) -> CellKey:
    """The cell at ``level`` that holds the point; a cell owns its left and lower borders."""
    side = cell_side(level)
    return CellKey(level, math.floor(x / side), math.floor(y / side))


def level_for(units_per_pixel: float, current: int | None = None) -> int:
    """The level whose cells are 32 to 64 pixels wide on screen.

    Args:
        units_per_pixel: data units that one device-independent pixel spans.
        current: the level in use, kept while its cells are no more than `SLACK` outside that range.
    """
    if current is not None:
        pixels = cell_side(current) / units_per_pixel
        if SMALLEST_SIDE / SLACK <= pixels <= 2 * SMALLEST_SIDE * SLACK:
            return current
    return math.ceil(math.log2(SMALLEST_SIDE * units_per_pixel))


def cell_span(rect: Rect, level: int) -> tuple[int, int, int, int]:
    """``(column0, row0, column1, row1)`` of the cells that touch ``rect``; the last two are one past the end."""
    side = cell_side(level)
    x0, y0, x1, y1 = (edge / side for edge in rect)
    column0, row0 = math.floor(x0 + _SLIVER), math.floor(y0 + _SLIVER)
    return column0, row0, max(math.ceil(x1 - _SLIVER), column0 + 1), max(math.ceil(y1 - _SLIVER), row0 + 1)


def cells_in(rect: Rect, level: int) -> list[CellKey]:
    """The cells that touch ``rect``, nearest to its centre first."""
    column0, row0, column1, row1 = cell_span(rect, level)
    side = cell_side(level)
    column, row = (rect[0] + rect[2]) / (2 * side) - 0.5, (rect[1] + rect[3]) / (2 * side) - 0.5
    cells = [CellKey(level, across, up) for up in range(row0, row1) for across in range(column0, column1)]
    return sorted(cells, key=lambda key: ((key[1] - column) ** 2 + (key[2] - row) ** 2, key[2], key[1]))
