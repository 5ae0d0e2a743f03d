"""What a strip shows: its rows of arrays, and the pictures made of them as they come into view."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from latentlab.gui import theme
from latentlab.gui.widgets.qimages import diverging, to_qimages


@dataclass(frozen=True)
class StripRow:
    """One row of a strip.

    Attributes:
        caption: stands at the left; may be empty.
        images: N×C×H×W, C one or three: uint8 with 255 fully bright, or float in [-1, 1], drawn as a difference.
    """

    caption: str
    images: NDArray[np.uint8] | NDArray[np.floating]


class StripPictures:
    """Rows that have as many images, all of one size.

    Raises:
        ValueError: the rows differ in their number of images or in the images' size.
    """

    def __init__(self, rows: Sequence[StripRow] = ()) -> None:
        shapes = {(len(row.images), row.images.shape[2:]) for row in rows}
        if len(shapes) > 1:
            raise ValueError(f"The rows of a strip must match; got {sorted(shapes)}.")
        self._rows = tuple(rows) if rows and len(rows[0].images) else ()
        self.forget()

    def __bool__(self) -> bool:
        return bool(self._rows)

    @property
    def count(self) -> int:
        """Images in a row."""
        return len(self._rows[0].images) if self._rows else 0

    @property
    def captions(self) -> tuple[str, ...]:
        """One a row."""
        return tuple(row.caption for row in self._rows)

    @property
    def image_size(self) -> tuple[int, int]:
        """Width and height of an image in its own pixels."""
        height, width = self._rows[0].images.shape[2:]
        return width, height

    def pictures(self, row: int, count: int) -> list[QImage]:
        """The first ``count`` images of a row, made on first use: most of a long row is never in view."""
        made = self._made[row]
        if len(made) < count:
            images: NDArray[Any] = self._rows[row].images[len(made) : count]
            if np.issubdtype(images.dtype, np.floating):
                images = diverging(images, theme.active().colours)
            made += to_qimages(images)
        return made[:count]

    def forget(self) -> None:
        """Makes the pictures anew, because the colours of differences have changed."""
        self._made: list[list[QImage]] = [[] for _ in self._rows]
