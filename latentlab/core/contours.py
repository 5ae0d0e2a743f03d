"""Contours: where a field that is known on a grid passes through zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def zero_lines(field: NDArray[np.floating]) -> NDArray[np.float64]:
    """Pieces of the lines along which a field R×C is zero, S×4: x and y of both ends, in columns and rows.

    Marching squares: along each edge between two neighbours of different sign the zero is interpolated, and the
    zeros of a square are joined. Of a saddle, whose four zeros may be joined in two ways, one is taken.
    """
    rows, columns = field.shape
    corners = np.stack([field[:-1, :-1], field[:-1, 1:], field[1:, 1:], field[1:, :-1]]).astype(np.float64)
    following = np.roll(corners, -1, axis=0)
    crossed = (corners < 0) != (following < 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        along = np.where(crossed, corners / (corners - following), 0.0)
    y, x = np.mgrid[0 : rows - 1, 0 : columns - 1].astype(np.float64)
    # The edges in the order of the corners: along the bottom, up the right side, back along the top, down the left.
    zeros = np.stack(
        [
            np.stack([x + along[0], y], -1),
            np.stack([x + 1, y + along[1]], -1),
            np.stack([x + 1 - along[2], y + 1], -1),
            np.stack([x, y + 1 - along[3]], -1),
        ]
    )
    count = crossed.sum(0)
    # Of two or four zeros the first and the last are neighbours, or the only ones; so are the two between them.
    first, last = crossed.argmax(0), 3 - crossed[::-1].argmax(0)
    joined = _between(zeros, first, last, count >= 2)
    saddles = _between(zeros, first + 1, last - 1, count == 4)
    return np.concatenate([joined, saddles])


def _between(
    zeros: NDArray[np.float64], first: NDArray[np.intp], last: NDArray[np.intp], chosen: NDArray[np.bool_]
) -> NDArray[np.float64]:
    row, column = np.nonzero(chosen)
    ends = [zeros[edge[row, column], row, column] for edge in (first, last)]
    return np.concatenate(ends, axis=1)
