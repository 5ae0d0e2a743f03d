"""The manifold's decoded cells: kept under a memory bound, laid side by side into one picture. Knows no Qt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latentlab.core.lattice import CellKey, as_array

_FARTHEST_ANCESTOR = 6
# When the store is full, this share of it is given up at once: finding the oldest takes as long for one as for many.
_GIVEN_UP = 16
_NOWHERE = -1
_NOTHING = -1  # older than every generation

_Places = list[tuple[int, int, int]]
"""Row and column in the picture, and where in the store the image is."""


class TileStore:
    """Decoded images by cell and generation; what was not used for the longest goes first.

    A whole view of cells comes several times a second beside a training, so that what is kept of them lies in arrays:
    a step of Python for each would hold the interpreter's lock for milliseconds.
    """

    def __init__(self, memory_limit: int = 48 << 20) -> None:
        self._memory_limit = memory_limit
        self._make_room(0, (1, 1))

    def _make_room(self, capacity: int, size: tuple[int, int]) -> None:
        self._pixels = np.empty((capacity, *size), np.uint32)
        self._generations = np.zeros(capacity, np.int64)
        self._used = np.zeros(capacity, np.int64)
        self.clear()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of an image."""
        return self._pixels.shape[1], self._pixels.shape[2]

    def generation(self, key: CellKey) -> int | None:
        """The generation that decoded what the store holds of ``key``."""
        place = self._places.get(key)
        return None if place is None else int(self._generations[place])

    def stale(self, keys: Sequence[CellKey], generation: int) -> list[CellKey]:
        """Those of ``keys`` that ``generation`` or a newer one has not decoded."""
        if generation > self._newest:  # after every snapshot
            return list(keys)
        places = self._places_of(keys)
        fresh = places != _NOWHERE
        fresh[fresh] = self._generations[places[fresh]] >= generation
        return [key for key, is_fresh in zip(keys, fresh.tolist(), strict=True) if not is_fresh]

    def clear(self) -> None:
        """Forgets every cell."""
        self._places: dict[tuple[int, int, int], int] = {}
        self._found: tuple[tuple[CellKey, ...], NDArray[np.intp]] | None = None  # what was last looked up
        self._free = list(range(len(self._pixels)))
        self._now, self._newest = 0, _NOTHING

    def put(self, generation: int, keys: Sequence[CellKey], images: NDArray[np.uint8]) -> None:
        """Keeps the decoded images (n, C, H, W) at as many different ``keys``, C one (grey) or three; never in place of
        a newer generation's.

        Images of another size than before replace all that there were.

        Raises:
            ValueError: there are not as many images as keys, or they are neither grey nor colour.
        """
        pixels = _as_pixels(images)
        if len(pixels) != len(keys):
            raise ValueError(f"{len(images)} images do not match {len(keys)} cells")
        if pixels.shape[1:] != self._pixels.shape[1:]:
            height, width = pixels.shape[1:]
            self._make_room(max(1, self._memory_limit // (4 * height * width)), (height, width))
        capacity = len(self._pixels)
        keys, pixels = keys[-capacity:], pixels[-capacity:]
        places = self._places_of(keys)
        known = places != _NOWHERE
        self._use(places[known])
        if not known.all():
            new = [key for key, is_known in zip(keys, known.tolist(), strict=True) if not is_known]
            places = places.copy()
            places[~known] = self._take_places(new)
        taken = ~known | (self._generations[places] <= generation)
        if not taken.all():  # seldom, and a copy of all of them
            places, pixels = places[taken], pixels[taken]
        self._newest = max(self._newest, generation)
        self._generations[places] = generation
        self._use(places)
        self._pixels[places] = pixels

    def compose(self, level: int, span: tuple[int, int, int, int], ground: int) -> NDArray[np.uint32] | None:
        """One picture of the cells in ``span`` (`lattice.cell_span`), the upper row first, 0xffRRGGBB a pixel.

        A cell that is not there is shown by the finer or coarser ones in its place, else by the colour ``ground``.
        Returns None while the store is empty.
        """
        if not self._places:
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
                place = self._places.get(key)
                if place is not None:
                    own.append((row1 - 1 - row, column - column0, place))
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
            self._use(chosen)
            cells[rows, columns] = self._pixels[chosen]
        return picture.reshape((row1 - row0) * height, (column1 - column0) * width)

    def copy_images(self, keys: Sequence[CellKey], picture: NDArray[np.uint32], corner: tuple[int, int]) -> None:
        """Copies what is held of ``keys`` into a picture whose upper left cell has its left and upper border at the
        lattice's ``corner`` (column, row).
        """
        height, width = self.image_size
        places = self._places_of(keys)
        held = places != _NOWHERE
        if held.any():
            _, across, up = as_array(keys)[held].T
            cells = picture.reshape(-1, height, picture.shape[1] // width, width).transpose(0, 2, 1, 3)
            cells[corner[1] - 1 - up, across - corner[0]] = self._pixels[places[held]]

    def _places_of(self, keys: Sequence[CellKey]) -> NDArray[np.intp]:
        """Where in the store each is, or `_NOWHERE`; not to be written to."""
        # Beside a training it is the same view of cells, over and over.
        wanted = tuple(keys)
        if self._found is None or self._found[0] != wanted:
            get = self._places.get
            self._found = wanted, np.array([get(key, _NOWHERE) for key in wanted], np.intp)
        return self._found[1]

    def _use(self, places: NDArray[np.intp]) -> None:
        """Notes that what is there is wanted just now."""
        self._now += 1
        self._used[places] = self._now

    def _take_places(self, keys: Sequence[CellKey]) -> list[int]:
        """Places for cells that have none, where there are as many."""
        self._found = None
        missing = len(keys) - len(self._free)
        if missing > 0:
            self._give_up(max(missing, len(self._pixels) // _GIVEN_UP))
        taken = self._free[-len(keys) :]
        del self._free[-len(keys) :]
        self._places.update(zip(keys, taken, strict=True))
        return taken

    def _give_up(self, count: int) -> None:
        """Gives up so many places, or as many as there are but those that are wanted just now."""
        held = np.fromiter(self._places.values(), np.intp, len(self._places))
        held = held[self._used[held] < self._now]
        oldest = held[np.argsort(self._used[held], kind="stable")[:count]]
        gone = set(oldest.tolist())
        self._places = {key: place for key, place in self._places.items() if place not in gone}
        self._free += gone

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
            place = self._places.get((level + up, column >> up, row >> up))
            if place is not None:
                across, under = column - (column >> up << up), (row >> up << up) + (1 << up) - 1 - row
                coarser[up, across, under].append((*where, place))
                if up == 1:
                    return
                break
        for quarter in range(4):
            place = self._places.get((level - 1, 2 * column + quarter % 2, 2 * row + quarter // 2))
            if place is not None:
                finer[quarter].append((*where, place))


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
