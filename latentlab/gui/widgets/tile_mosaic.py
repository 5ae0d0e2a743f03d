"""The cells in view side by side, kept up to date by what changes: a pan adds a row, an answer some cells. No Qt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from latentlab.core.lattice import CellKey, as_array
from latentlab.gui.widgets.tile_store import TileStore

Span = tuple[int, int, int, int]
"""``(column0, row0, column1, row1)`` of cells, the last two one past the end, as `lattice.cell_span` gives them."""


class TileMosaic:
    """One picture of a span of cells.

    Attributes:
        pixels: 0xffRRGGBB, the upper row first; None while there is nothing to show.
        level, span: which cells it is of.
    """

    def __init__(self, store: TileStore) -> None:
        self.pixels: NDArray[np.uint32] | None = None
        self.level = 0
        self.span: Span = (0, 0, 0, 0)
        self._store = store
        self._ground = 0

    @property
    def count(self) -> int:
        """How many cells it is of."""
        column0, row0, column1, row1 = self.span
        return (column1 - column0) * (row1 - row0)

    def forget(self) -> None:
        """Makes everything anew the next time."""
        self.pixels = None

    def show(self, level: int, span: Span, ground: int) -> bool:
        """Makes ``pixels`` the picture of ``span``; where no image is, of the colour ``ground``.

        Returns whether more changed than which part of the same picture is shown.
        """
        if self.pixels is not None and (level, span, ground) == (self.level, self.span, self._ground):
            return False
        anew = self.pixels is None or level != self.level or ground != self._ground
        old, old_span = (None, span) if anew else (self.pixels, self.span)
        self.level, self.span, self._ground = level, span, ground
        kept = _overlap(span, old_span)
        if old is None or kept is None:
            self.pixels = self._store.compose(level, span, ground)
            return True
        columns, rows = span[2] - span[0], span[3] - span[1]
        height, width = self._store.image_size
        pixels = np.empty((rows * height, columns * width), np.uint32)
        self._part(pixels, span, kept)[:] = self._part(old, old_span, kept)
        self.pixels = pixels
        for piece in _without(span, kept):
            composed = self._store.compose(level, piece, ground)
            assert composed is not None  # there was a picture, so there are cells
            self._part(pixels, span, piece)[:] = composed
        return False

    def lay(self, keys: Sequence[CellKey]) -> Sequence[CellKey] | None:
        """Takes over what the store now holds of ``keys``; returns those in the picture, or None where all of it may
        have changed.
        """
        if self.pixels is None:
            return None
        level, across, up = as_array(keys).T
        if self._store.image_size != self._image_size() or (level != self.level).any():
            self.forget()  # another level's cells may stand in for some of these
            return None
        column0, row0, column1, row1 = self.span
        inside = (column0 <= across) & (across < column1) & (row0 <= up) & (up < row1)
        shown = keys if inside.all() else [key for key, is_in in zip(keys, inside.tolist(), strict=True) if is_in]
        self._store.copy_images(shown, self.pixels, (column0, row1))
        return shown

    def _image_size(self) -> tuple[int, int]:
        assert self.pixels is not None
        column0, row0, column1, row1 = self.span
        return self.pixels.shape[0] // (row1 - row0), self.pixels.shape[1] // (column1 - column0)

    def _part(self, pixels: NDArray[np.uint32], span: Span, part: Span) -> NDArray[np.uint32]:
        """The pixels of ``part`` in the picture of ``span``."""
        height, width = self._store.image_size
        rows = slice((span[3] - part[3]) * height, (span[3] - part[1]) * height)
        return pixels[rows, (part[0] - span[0]) * width : (part[2] - span[0]) * width]


def _overlap(one: Span, other: Span) -> Span | None:
    column0, row0 = max(one[0], other[0]), max(one[1], other[1])
    column1, row1 = min(one[2], other[2]), min(one[3], other[3])
    return (column0, row0, column1, row1) if column0 < column1 and row0 < row1 else None


def _without(span: Span, hole: Span) -> Iterator[Span]:
    """The up to four pieces of ``span`` around ``hole``, which lies within it."""
    column0, row0, column1, row1 = span
    pieces = (
        (column0, hole[3], column1, row1),
        (column0, row0, column1, hole[1]),
        (column0, hole[1], hole[0], hole[3]),
        (hole[2], hole[1], column1, hole[3]),
    )
    return (piece for piece in pieces if piece[0] < piece[2] and piece[1] < piece[3])
