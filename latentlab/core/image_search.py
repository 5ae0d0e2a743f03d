"""The images nearest to one of many, pixel by pixel: exact, yet nearly all of them are told from a few figures each."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from latentlab.core.plane import Floats
from latentlab.core.portions import in_parts
from latentlab.core.serving import Images

_DIRECTIONS = 32
# Any directions give the right answer; those that a few images vary along most leave fewest to be looked at closely.
_LEARNED_FROM, _TURNS = 500, 2
_LEAST_LEARNED_FROM, _MOST_NUMBERS = 2 * _DIRECTIONS, 1 << 19
_LARGEST_PART = 2000
# Of an image's length, float32 rounds off less.
_ROUNDING = 1e-5


class ImageSearch:
    """Finds the images nearest to one by figures that are kept of each: where it lies along a few directions, and how
    far from their span.

    A distance between two such rows is never greater than the one between the images: with d = u + v, u within the span
    and v across it, ‖v − v′‖ ≥ |‖v‖ − ‖v′‖|. What is too far by its row need not be looked at.
    """

    def __init__(self, images: Images, rows: Floats, longest: float) -> None:
        """Takes what `learned` found of uint8 ``images`` N×D: a row of each, and the length of the longest."""
        self._images, self._rows = images, rows
        self._slack = _ROUNDING * longest

    @classmethod
    def learned(cls, images: Images) -> Generator[None, None, ImageSearch]:
        """Makes the figures of uint8 images N×C×H×W, pausing as often as a part is done; returns the search."""
        flat = images.reshape(len(images), -1)
        size = flat.shape[1]
        few = max(_LEAST_LEARNED_FROM, min(_LEARNED_FROM, _MOST_NUMBERS // size))
        learned_from = flat[:: max(1, len(flat) // few)][:few].astype(np.float32)
        mean = learned_from.mean(0)
        learned_from -= mean
        start = np.random.default_rng(0).standard_normal((size, min(_DIRECTIONS, size)), np.float32)
        directions, _ = np.linalg.qr(start)
        for _ in range(_TURNS):
            yield None
            directions, _ = np.linalg.qr(learned_from.T @ (learned_from @ directions))
        rows = np.empty((len(flat), directions.shape[1] + 1), np.float32)
        longest = 0.0
        for part in in_parts(len(flat), most=_LARGEST_PART):
            centred = flat[part] - mean
            rows[part, :-1] = along = centred @ directions
            longest = max(longest, float(np.linalg.norm(centred, axis=1).max()))
            centred -= along @ directions.T
            rows[part, -1] = np.linalg.norm(centred, axis=1)
            yield None
        return cls(flat, rows, longest)

    def candidates(self, point: int, count: int) -> NDArray[np.intp]:
        """Indices, ascending, among which the ``count`` nearest others of one image are, and all as near as the last.

        The image itself may be among them. ``count`` is at least 1.
        """
        differences = self._rows - self._rows[point]
        least = np.einsum("nd,nd->n", differences, differences)
        least[point] = np.inf
        if count >= len(least) - 1:
            return np.arange(len(least))
        # So far away lie as many others at the most: whoever is farther by its row cannot be among the nearest.
        near = np.argpartition(least, count - 1)[:count]
        reach = float(np.sqrt(self.squared_distances(near, point).max())) + self._slack
        return np.flatnonzero(least <= reach * reach)

    def squared_distances(self, some: NDArray[np.intp], point: int) -> Floats:
        """The squared Euclidean distances n of some images to one of them, in the units of their bytes."""
        differences = self._images[some].astype(np.float32)
        differences -= self._images[point]
        squares: Floats = np.einsum("nd,nd->n", differences, differences)
        return squares
