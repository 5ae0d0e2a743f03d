"""What a code of a codebook draws where images use it: the mean of what is decoded about its cells."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from latentlab.core.serving import Codes, Images

# A convolutional decoder draws a cell from its neighbours, too, so that a code is known by what goes on about it.
_CELLS_ACROSS = 3


class CodePatches:
    """Gathers, over images and their code maps, the patches about the cells of every code.

    A patch is three cells high and wide, or as high and wide as the image where that is less; where it reaches beyond
    an image's edge, the pixels at the edge go on.
    """

    def __init__(self, codes: int) -> None:
        """For a codebook of so many codes."""
        self._codes = codes
        self._sums = torch.empty(0)
        self._shape = (0, 0, 0)

    def add(self, images: Images, codes: Codes) -> None:
        """Counts uint8 images N×C×H×W in, which code maps N×h×w decode to."""
        tops, height = _places(images.shape[2], codes.shape[1])
        lefts, width = _places(images.shape[3], codes.shape[2])
        if not self._sums.numel():
            self._shape = (images.shape[1], height, width)
            self._sums = torch.zeros(self._codes, int(np.prod(self._shape)))
        # Patches begin and end up to their own size beyond the image.
        around = np.pad(images, ((0, 0), (0, 0), (height, height), (width, width)), mode="edge")
        for row, top in enumerate(tops):
            for column, left in enumerate(lefts):
                patches = around[:, :, top + height : top + 2 * height, left + width : left + 2 * width]
                of = torch.from_numpy(codes[:, row, column].astype(np.int64))
                self._sums.index_add_(0, of, torch.from_numpy(patches.reshape(len(patches), -1)).float())

    def means(self, counts: NDArray[np.int64]) -> Images:
        """uint8 K×C×P×Q, 0 for a code that was not used; at least one image must have been added.

        Args:
            counts: K, how often each code stands in the maps that were added.
        """
        means = self._sums / torch.from_numpy(counts).clamp_min(1)[:, None]
        rounded: NDArray[np.uint8] = means.round().to(torch.uint8).numpy()
        return rounded.reshape(self._codes, *self._shape)


def _places(side: int, cells: int) -> tuple[list[int], int]:
    """Where the patches about ``cells`` cells begin along an image's side, and how long they are, in pixels."""
    cell = side / cells
    length = min(side, round(_CELLS_ACROSS * cell))
    return [round((number + 0.5) * cell - length / 2) for number in range(cells)], length
