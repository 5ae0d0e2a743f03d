"""Which of the shown points are selected: a frozen set of indices, and the one that was meant last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]


class Combine(Enum):
    """What becomes of the points selected so far when others are picked."""

    REPLACE = "replace"
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, eq=False)
class Selection:
    """Some of the shown points; nobody changes it.

    Attributes:
        points: their indices, sorted, each once; not to be written to.
        focus: the one of them whose image, reconstruction and neighbours are shown, or None.
    """

    points: Indices
    focus: int | None

    @classmethod
    def of(cls, points: Sequence[int] | NDArray[np.integer] = (), focus: int | None = None) -> Selection:
        """The points with these indices, in any order; without a ``focus`` that is among them, a lone point is it."""
        unique = np.unique(np.asarray(points, np.intp))
        unique.flags.writeable = False
        if focus is None or not _holds(unique, focus):
            focus = int(unique[0]) if len(unique) == 1 else None
        return cls(unique, focus)

    def combined(self, points: Sequence[int] | NDArray[np.integer], how: Combine) -> Selection:
        """What is selected after ``points`` were picked; a point that is picked alone becomes the focus."""
        picked = np.asarray(points, np.intp)
        alone = int(picked[0]) if len(picked) == 1 else None
        if how is Combine.REPLACE:
            return Selection.of(picked, alone)
        if how is Combine.ADD:
            return Selection.of(np.union1d(self.points, picked), self.focus if alone is None else alone)
        return Selection.of(np.setdiff1d(self.points, picked), self.focus)

    def within(self, count: int) -> Selection:
        """Those that are among the first ``count`` points."""
        kept = self.points[(self.points >= 0) & (self.points < count)]
        return self if len(kept) == len(self.points) else Selection.of(kept, self.focus)

    def __contains__(self, point: int) -> bool:
        return _holds(self.points, point)

    def __len__(self) -> int:
        return len(self.points)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Selection):
            return NotImplemented
        return self.focus == other.focus and np.array_equal(self.points, other.points)

    def __hash__(self) -> int:
        return hash((self.focus, self.points.tobytes()))


def _holds(points: Indices, point: int) -> bool:
    at = int(np.searchsorted(points, point))
    return at < len(points) and int(points[at]) == point


NOTHING = Selection.of()
