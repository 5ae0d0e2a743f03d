"""The manifold's decoded cells: kept under a memory bound, laid side by side into one picture. Knows no Qt."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from latentlab.core.lattice import CellKey

_FARTHEST_ANCESTOR = 6

_Places = list[tuple[int, int, int]]
"""Row and column in the picture, and where in the store the image is."""


class TileStore:
    """Decoded images by cell and generation; what was not used for the longest goes first."""

    def __init__(self, memory_limit: int = 48 << 20) -> None:
        self._memory_limit = memory_limit
        self._pixels = np.empty((0, 1, 1), np.uint32)
        # Cell -> (its place in _pixels, the generation it was decoded by), the least recently used first.
        self._cells: OrderedDict[tuple[int, int, int], tuple[int, int]] = OrderedDict()
        self._free: list[int] = []

    def __len__(self) -> int:
        return len(self._cells)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of an image."""
        return self._pixels.shape[1], self._pixels.shape[2]

    def generation(self, key: CellKey) -> int | None:
        """The generation that decoded what the store holds of ``key``."""
        held = self._cells.get(key)
        return None if held is None else held[1]

    def stale(self, keys: Iterable[CellKey], generation: int) -> list[CellKey]:
        """Those of ``keys`` that ``generation`` or a newer one has not decoded."""
        cells, nothing = self._cells, (0, generation - 1)
        return [key for key in keys if cells.get(key, nothing)[1] < generation]

    def clear(self) -> None:
        """Forgets every cell."""
        self._cells.clear()
        self._free = list(range(len(self._pixels)))

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
        self._pixels[places] = pixels if len(taken) == len(pixels) else pixels[taken]

    def compose(self, level: int, span: tuple[int, int, int, int], ground: int) -> NDArray[np.uint32] | None:
        """One picture of the cells in ``span`` (`lattice.cell_span`), the upper row first, 0xffRRGGBB a pixel.

        A cell that is not there is shown by the finer or coarser ones in its place, else by the colour ``ground``.
        Returns None while the store is empty.
        """
        if not self._cells:
            return None
        column0, row0, column1, row1 = span
        height, width = self.image_size
        picture = np.full((row1 - row0, height, column1 - column0, width), ground, np.uint32)
        own: _Places = []
        # Cells shown by a coarser one (how many levels up, which part of it), or with a finer one in a quarter.
        coarser: dict[tuple[int, int, int], _Places] = defaultdict(list)
        finer: dict[int, _Places] = defaultdict(list)
        for row in range(row0, row1):
            for column in range(column0, column1):
                key = level, column, row
                held = self._cells.get(key)
                if held is not None:
                    self._cells.move_to_end(key)
                    own.append((row1 - 1 - row, column - column0, held[0]))
                else:
                    self._find_stand_ins(key, (row1 - 1 - row, column - column0), coarser, finer)
        cells = picture.transpose(0, 2, 1, 3)
        for (up, across, under), places in coarser.items():
            part_rows = (np.arange(height) + under * height) >> up
            part_columns = (np.arange(width) + across * width) >> up
            rows, columns, chosen = np.array(places).T
            cells[rows, columns] = self._pixels[chosen[:, None, None], part_rows[:, None], part_columns]
        for quarter, places in finer.items():
            rows, columns, chosen = np.array(places).T
            room_rows, room_columns = _quarter(quarter, height, width)
            parts = self._pixels[chosen, ::2, ::2]
            room = cells[:, :, room_rows, room_columns]
            room[rows, columns] = parts[:, : room.shape[2], : room.shape[3]]
        if own:
            rows, columns, chosen = np.array(own).T
            cells[rows, columns] = self._pixels[chosen]
        return picture.reshape((row1 - row0) * height, (column1 - column0) * width)

    def copy_images(self, keys: Sequence[CellKey], picture: NDArray[np.uint32], corner: tuple[int, int]) -> None:
        """Copies what is held of ``keys`` into a picture whose upper left cell has its left and upper border at the
        lattice's ``corner`` (column, row).
        """
        height, width = self.image_size
        held = [(key, self._cells[key][0]) for key in keys if key in self._cells]
        if held:
            rows = [corner[1] - 1 - key.row for key, _ in held]
            columns = [key.column - corner[0] for key, _ in held]
            cells = picture.reshape(-1, height, picture.shape[1] // width, width).transpose(0, 2, 1, 3)
            cells[rows, columns] = self._pixels[[place for _, place in held]]

    def _place(self) -> int:
        if self._free:
            return self._free.pop()
        _, (place, _) = self._cells.popitem(last=False)
        return place

    def _find_stand_ins(
        self,
        key: tuple[int, int, int],
        where: tuple[int, int],
        coarser: dict[tuple[int, int, int], _Places],
        finer: dict[int, _Places],
    ) -> None:
        """Notes the part of a coarser cell that covers ``key``, and, unless that is the next one, finer cells on it."""
        level, column, row = key
        for up in range(1, _FARTHEST_ANCESTOR + 1):
            # Plain tuples: a great many are looked up while the hand zooms.
            held = self._cells.get((level + up, column >> up, row >> up))
            if held is not None:
                across, under = column - (column >> up << up), (row >> up << up) + (1 << up) - 1 - row
                coarser[up, across, under].append((*where, held[0]))
                if up == 1:
                    return
                break
        for quarter in range(4):
            held = self._cells.get((level - 1, 2 * column + quarter % 2, 2 * row + quarter // 2))
            if held is not None:
                finer[quarter].append((*where, held[0]))


def _quarter(number: int, height: int, width: int) -> tuple[slice, slice]:
    """The rows and columns of a cell's picture that a finer cell covers: the lower ones first, left before right."""
    middle_row, middle_column = (height + 1) // 2, (width + 1) // 2
    rows = slice(middle_row, height) if number < 2 else slice(0, middle_row)
    return rows, slice(0, middle_column) if number % 2 == 0 else slice(middle_column, width)


def _as_pixels(images: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Images (n, C, H, W) as (n, H, W) of 0xffRRGGBB."""
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise ValueError(f"images must be (n, 1 or 3, H, W); got {images.shape}")
    if images.shape[1] == 1:
        grey = np.multiply(images[:, 0], np.uint32(0x010101))
        grey |= np.uint32(0xFF000000)
        return grey
    red, green, blue = (images[:, channel].astype(np.uint32) for channel in range(3))
    return np.uint32(0xFF000000) | red << np.uint32(16) | green << np.uint32(8) | blue
