"""Which of the shown points are selected: a frozen set of indices, the one that was meant last, and both in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]

_MOST_NAMED = 4


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
        unique = np.array(points, np.intp)
        # What is drawn around comes in order; to look takes a hundredth of what np.unique takes.
        if not (unique[1:] > unique[:-1]).all():
            unique = np.unique(unique)
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
        # Asked at every move of the hand, mostly of one and the same.
        return self is other or (self.focus == other.focus and np.array_equal(self.points, other.points))

    def __hash__(self) -> int:
        return hash((self.focus, self.points.tobytes()))


def _holds(points: Indices, point: int) -> bool:
    at = int(np.searchsorted(points, point))
    return at < len(points) and int(points[at]) == point


def in_words(selection: Selection, labels: NDArray[np.integer] | None, class_names: Sequence[str]) -> str:
    """How many points are selected and of which classes, the largest few by name.

    Args:
        labels: of all shown points, or None where they have none.
    """
    count = len(selection)
    words = f"{count:,} {'image' if count == 1 else 'images'} selected"
    if labels is None or not count:
        return words
    counts = np.bincount(labels[selection.points], minlength=len(class_names))
    classes = [value for value in np.argsort(-counts, kind="stable") if counts[value]]
    if len(classes) == 1:
        return f"{words}, {'all ' if count > 1 else ''}of class {class_names[classes[0]]}"
    named = [f"{counts[value]:,} of class {class_names[value]}" for value in classes[:_MOST_NAMED]]
    others = int(counts[classes[_MOST_NAMED:]].sum())
    return f"{words}: {', '.join([*named, *([f'{others:,} of others'] if others else [])])}"


NOTHING = Selection.of()
