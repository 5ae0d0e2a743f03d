"""The manifold's decoded cells: kept under a memory bound, laid side by side into one picture. Knows no Qt."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latentlab.core.lattice import CellKey, ancestor, children

_FARTHEST_ANCESTOR = 6


class TileStore:
    """Decoded images by cell and generation; what was not used for the longest goes first.

    Attributes:
        version: counts up with every change of what the cells look like.
    """

    def __init__(self, memory_limit: int = 48 << 20) -> None:
        self.version = 0
        self._memory_limit = memory_limit
        self._pixels = np.empty((0, 1, 1), np.uint32)
        # Cell -> (its place in _pixels, the generation it was decoded by), the least recently used first.
        self._cells: OrderedDict[CellKey, tuple[int, int]] = OrderedDict()
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._cells)

    def generation(self, key: CellKey) -> int | None:
        """The generation that decoded what the store holds of ``key``."""
        held = self._cells.get(key)
        return None if held is None else held[1]

    def clear(self) -> None:
        """Forgets every cell."""
        self._cells.clear()
        self._free = list(range(len(self._pixels)))
        self.version += 1

    def put(self, generation: int, keys: Sequence[CellKey], images: NDArray[np.uint8]) -> None:
        """Keeps the decoded images (n, C, H, W), C one (grey) or three; never in place of a newer generation's.

        Images of another size than before replace all that there were.

        Raises:
            ValueError: there are not as many images as keys, or they are neither grey nor colour.
        """
        pixels = _as_pixels(images)
        if len(pixels) != len(keys):
            raise ValueError(f"{len(images)} images do not match {len(keys)} cells")
        if pixels.shape[1:] != self._pixels.shape[1:]:
            capacity = max(1, self._memory_limit // (4 * pixels.shape[1] * pixels.shape[2]))
            self._pixels = np.empty((capacity, *pixels.shape[1:]), np.uint32)
            self.clear()
        taken: list[int] = []
        places: list[int] = []
        for number, key in enumerate(keys):
            held = self._cells.get(key)
            if held is not None and held[1] > generation:
                continue
            place = self._place() if held is None else held[0]
            self._cells[key] = place, generation
            self._cells.move_to_end(key)
            taken.append(number)
            places.append(place)
        self._pixels[places] = pixels[taken]
        self.version += 1

    def compose(self, level: int, span: tuple[int, int, int, int], ground: int) -> NDArray[np.uint32] | None:
        """One picture of the cells in ``span`` (`lattice.cell_span`), the upper row first, 0xffRRGGBB a pixel.

        A cell that is not there is shown by the finer or coarser ones in its place, else by the colour ``ground``.
        Returns None while the store is empty.
        """
        if not self._cells:
            return None
        column0, row0, column1, row1 = span
        height, width = self._pixels.shape[1:]
        picture = np.full((row1 - row0, height, column1 - column0, width), ground, np.uint32)
        found: list[tuple[int, int, int]] = []
        for row in range(row0, row1):
            for column in range(column0, column1):
                key = CellKey(level, column, row)
                held = self._cells.get(key)
                if held is not None:
                    self._cells.move_to_end(key)
                    found.append((row1 - 1 - row, column - column0, held[0]))
                else:
                    self._stand_in(key, picture[row1 - 1 - row, :, column - column0])
        if found:
            rows, columns, places = np.array(found).T
            picture.transpose(0, 2, 1, 3)[rows, columns] = self._pixels[places]
        return picture.reshape((row1 - row0) * height, (column1 - column0) * width)

    def _place(self) -> int:
        if self._free:
            return self._free.pop()
        _, (place, _) = self._cells.popitem(last=False)
        return place

    def _stand_in(self, key: CellKey, out: NDArray[np.uint32]) -> None:
        """Fills ``out`` (H, W) with the part of a coarser cell that covers ``key``, and then the finer cells on it."""
        height, width = out.shape
        for up in range(1, _FARTHEST_ANCESTOR + 1):
            above = ancestor(key, up)
            held = self._cells.get(above)
            if held is not None:
                across, under = key.column - (above.column << up), (above.row << up) + (1 << up) - 1 - key.row
                rows = (np.arange(height) + under * height) >> up
                columns = (np.arange(width) + across * width) >> up
                out[:] = self._pixels[held[0]][rows[:, None], columns]
                if up == 1:
                    return
                break
        middle_row, middle_column = (height + 1) // 2, (width + 1) // 2
        upper, lower = slice(0, middle_row), slice(middle_row, height)
        left, right = slice(0, middle_column), slice(middle_column, width)
        quarters = ((lower, left), (lower, right), (upper, left), (upper, right))
        for child, (rows_of, columns_of) in zip(children(key), quarters, strict=True):
            held = self._cells.get(child)
            if held is not None:
                part = out[rows_of, columns_of]
                part[:] = self._pixels[held[0]][::2, ::2][: part.shape[0], : part.shape[1]]


def _as_pixels(images: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Images (n, C, H, W) as (n, H, W) of 0xffRRGGBB."""
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise ValueError(f"images must be (n, 1 or 3, H, W); got {images.shape}")
    red, green, blue = (images[:, channel].astype(np.uint32) for channel in (0, images.shape[1] // 2, -1))
    return np.uint32(0xFF000000) | red << np.uint32(16) | green << np.uint32(8) | blue
