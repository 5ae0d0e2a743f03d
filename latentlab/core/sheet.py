"""The sheet that points are dropped on and then stamped with their disc.

Drawing the discs one by one would cost too much. Every point is dropped into one cell of two sparse pictures, the
height of the topmost point and the optical depth (the negative logarithm of what shines through: it adds up where
opacities multiply), and these are then stamped with the disc: its cost is that of the picture, whatever the points.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from latentlab.core.disc import Disc
from latentlab.core.exploration import Rect
from latentlab.core.geometry import Size, to_pixels

Cells = NDArray[np.uint16]

# So large a strip's scratch memory stays in the processor's cache (measured: 2^15 and whole pictures are slower).
_STRIP_CELLS = 1 << 17
# So many points are in the cache while they are dropped, and so soon other threads have their turn.
_HANDFUL = 1 << 17


class Sheet:
    """The two sparse pictures of one size, and the memory to stamp them with a disc.

    The pictures have a border as wide as the disc reaches, for points just outside, and one cell more, into which
    everything else is thrown.

    Raises:
        ValueError: the size is empty.
    """

    def __init__(self, size: Size, disc: Disc) -> None:
        width, height = size
        if width < 1 or height < 1:
            raise ValueError(f"a picture of {width}×{height} pixels is empty")
        self.size = size
        self._reach, self._border = disc.reach, disc.reach + 1
        shape = height + 2 * self._border, width + 2 * self._border
        self._heights, self._parts = np.zeros(shape, np.uint16), np.zeros(shape, np.uint32)
        self._strip_rows = min(height, max(8, _STRIP_CELLS // shape[1]))
        self._stamp = _Stamp(disc, (self._strip_rows + 2 * disc.reach) * shape[1])

    def drop(
        self,
        points: NDArray[np.float32],
        view: Rect,
        heights: NDArray[np.uint16],
        parts: NDArray[np.uint32] | np.uint32,
    ) -> None:
        """Drops every point (N, 2) into its cell, with its height and its parts; a handful at a time."""
        self._heights.fill(0)
        self._parts.fill(0)
        all_heights, all_parts = self._heights.reshape(-1), self._parts.reshape(-1)
        for first in range(0, len(points), _HANDFUL):
            some = slice(first, first + _HANDFUL)
            cells = self._cells_of(points[some], view)
            np.maximum.at(all_heights, cells, heights[some])
            np.add.at(all_parts, cells, parts if isinstance(parts, np.uint32) else parts[some])

    def _cells_of(self, points: NDArray[np.float32], view: Rect) -> NDArray[np.intp]:
        """The cell of each point (N, 2) in the flat sheet."""
        columns, rows = to_pixels(points, view, self.size)
        for places, length in zip((columns, rows), self.size, strict=True):
            places += self._border
            np.fmax(places, 0, out=places)  # fmax, not maximum: what is not a number goes into the border, too
            np.minimum(places, length + 2 * self._border - 1, out=places)
        flat = rows.astype(np.int32)
        flat *= self._heights.shape[1]
        flat += columns.astype(np.int32)
        return flat.astype(np.intp)

    def stamp(self, picture: NDArray[np.uint32], between: Callable[[], None] | None = None) -> None:
        """Fills ``picture`` (H, W) with all that was dropped, strip by strip, and calls ``between`` before each."""
        width, height = self.size
        for top in range(0, height, self._strip_rows):
            if between is not None:
                between()
            strip = picture[top : top + self._strip_rows]
            rows = slice(top + 1, top + 1 + len(strip) + 2 * self._reach)
            occupied = np.flatnonzero(np.bitwise_or.reduce(self._heights[rows], axis=0))
            left, right = 0, 0
            if len(occupied):
                # The columns of the picture that the discs of these points reach; in the sheet, a border further on.
                left = min(max(int(occupied[0]) - self._reach - self._border, 0), width)
                right = max(min(int(occupied[-1]) + self._reach + 1 - self._border, width), left)
            strip[:, :left] = 0
            strip[:, right:] = 0
            if left < right:
                columns = slice(left + 1, right + 1 + 2 * self._reach)
                self._stamp.print(self._heights[rows, columns], self._parts[rows, columns], strip[:, left:right])


class _Stamp:
    """A disc, and the memory to print it on one strip at a time.

    A strip comes with ``reach`` rows and columns more on each side, and is printed without them. Its rows lie behind
    one another in flat arrays, so that a shift by (dx, dy) is a slice; what it carries over the end of a row stays
    within those columns.
    """

    def __init__(self, disc: Disc, most_cells: int) -> None:
        self._disc = disc
        self._stride = 0
        self._cells = np.empty(most_cells, np.uint16)
        self._runs = np.empty((disc.reach, most_cells), np.uint16)
        self._topmost, self._depth, self._row, self._term = np.empty((4, most_cells), np.uint16)
        self._places, self._ink = np.empty(most_cells, np.intp), np.empty(most_cells, np.uint32)
        # As arrays, because numpy's minimum of an array and a number is five times as slow as that of two arrays.
        self._most_parts = np.full(most_cells, disc.most_parts, np.uint32)
        self._most_depth = np.full(most_cells, disc.most_depth, np.uint16)

    def print(self, heights: Cells, parts: NDArray[np.uint32], picture: NDArray[np.uint32]) -> None:
        """Fills ``picture`` (h, w) with the discs of what lies on the strip (h + 2 reach, w + 2 reach)."""
        rows, width = picture.shape
        self._stride, reach = heights.shape[1], self._disc.reach
        cells = self._cells[: heights.size]
        topmost, depth, most = (each[: rows * self._stride] for each in (self._topmost, self._depth, self._most_depth))
        np.copyto(cells.reshape(heights.shape), heights)
        self._spread_heights(cells, topmost)
        most_parts = self._most_parts[: parts.size].reshape(parts.shape)
        np.minimum(parts, most_parts, out=cells.reshape(parts.shape), casting="unsafe")
        self._add_up_parts(cells, depth)
        topmost <<= self._disc.depth_bits  # only the slot is left
        topmost |= np.minimum(depth, most, out=depth)
        places, ink = self._places[: picture.size], self._ink[: picture.size]
        np.copyto(places.reshape(rows, width), topmost.reshape(rows, -1)[:, reach : reach + width])
        # All places are within the table; but the mode "raise" would first write elsewhere, to keep `ink` on error.
        np.take(self._disc.inks, places, out=ink, mode="wrap")
        np.copyto(picture, ink.reshape(rows, width))

    def _spread_heights(self, cells: Cells, topmost: Cells) -> None:
        """Fills ``topmost`` with the greatest height whose disc covers a cell; in the end with its slot alone valid."""
        runs = self._greatest_beside(cells)
        self._greatest_of_rows(runs, self._disc.body, topmost)
        if self._disc.rim:
            rim = self._depth[: len(topmost)]
            self._greatest_of_rows(runs, self._disc.rim, rim)
            rim &= self._disc.slot_mask
            np.maximum(topmost, rim, out=topmost)

    def _greatest_beside(self, cells: Cells) -> list[Cells]:
        """runs[k][i] is the greatest of cells i - k to i + k; the ``reach`` cells at both ends are left undefined."""
        runs = [cells]
        for k in range(1, self._disc.reach + 1):
            last, run = runs[-1], self._runs[k - 1, : len(cells)]
            inner = run[k:-k]
            np.maximum(last[k - 1 : -k - 1], last[k + 1 : len(last) - k + 1], out=inner)
            if k == 1:  # from then on two runs, one cell to the left and to the right, overlap in the middle
                np.maximum(inner, cells[1:-1], out=inner)
            runs.append(run)
        return runs

    def _greatest_of_rows(self, runs: Sequence[Cells], rows: Sequence[tuple[int, int]], out: Cells) -> None:
        """Fills ``out`` with the greatest of the runs of the half-widths ``rows`` at |dy|, above and beneath."""
        (_, widest), *_ = rows
        alike = [dy for dy, width in rows if width == widest]
        begin = 0
        if alike == list(range(len(alike))):
            self._greatest_of_column(runs[widest], len(alike) - 1, out)
            begin = len(alike)
        for number, (dy, width) in enumerate(rows[begin:], start=begin):
            above, beneath = self._above_and_beneath(runs[width], dy, len(out))
            if number == 0:
                np.maximum(above, beneath, out=out)
            else:
                np.maximum(out, above, out=out)
                np.maximum(out, beneath, out=out)

    def _greatest_of_column(self, run: Cells, reach: int, out: Cells) -> None:
        """Fills ``out`` with the greatest of the run's rows up to ``reach`` above and beneath; 2, 4, 8… at once."""
        count, joined = 2 * reach + 1, 1
        start = (self._disc.reach - reach) * self._stride
        column = run[start : start + len(out) + 2 * reach * self._stride]
        spare, other = self._row, self._term
        while 2 * joined <= count:
            length = len(column) - joined * self._stride
            column = np.maximum(column[:length], column[joined * self._stride :], out=spare[:length])
            joined *= 2
            spare, other = other, spare
        last = (count - joined) * self._stride
        np.maximum(column[: len(out)], column[last : last + len(out)], out=out)

    def _add_up_parts(self, cells: Cells, depth: Cells) -> None:
        """Fills ``depth`` with the optical depth of all discs over a cell, in units of the table of inks."""
        length = len(cells)
        runs = self._sums_beside(cells)
        row, term = self._row[:length], self._term[:length]
        for dy, weights in enumerate(self._disc.row_weights):
            (width, weight), *more = weights
            np.multiply(runs[width], weight, out=row)
            for width, weight in more:
                row += np.multiply(runs[width], weight, out=term)
            above, beneath = self._above_and_beneath(row, dy, len(depth))
            if dy == 0:
                np.copyto(depth, above)
            else:
                depth += above
                depth += beneath

    def _sums_beside(self, cells: Cells) -> list[Cells]:
        """runs[k][i] is the sum of cells i - k to i + k; the ``reach`` cells at both ends are left undefined."""
        runs = [cells]
        for k in range(1, self._disc.reach + 1):
            last, run = runs[-1], self._runs[k - 1, : len(cells)]
            inner = run[k:-k]
            np.add(cells[: -2 * k], cells[2 * k :], out=inner)
            inner += last[k:-k]
            runs.append(run)
        return runs

    def _above_and_beneath(self, run: Cells, dy: int, length: int) -> tuple[Cells, Cells]:
        """The windows of a strip that lie ``dy`` rows above and beneath its inner ``length`` cells."""
        above, beneath = ((self._disc.reach + shift) * self._stride for shift in (-dy, dy))
        return run[above : above + length], run[beneath : beneath + length]
