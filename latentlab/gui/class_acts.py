"""What the hand does to whole classes of the shown images, and to all of these."""

from __future__ import annotations

from typing import Any

import numpy as np

from latentlab.core.data import Dataset
from latentlab.core.exploration import Exploration
from latentlab.core.palette import class_colours
from latentlab.core.selection import Combine, Indices
from latentlab.core.view_config import ShownImages


class ClassActs:
    """The part of `Session` that is about classes."""

    exploration: Exploration
    dataset: Dataset | None
    images: ShownImages | None

    def dim(self, classes: frozenset[int]) -> None:
        """Dims these classes and no others."""
        raise NotImplementedError

    def select_points(self, points: Indices, how: Combine = Combine.REPLACE) -> None:
        """Selects points, alone or beside others, or takes them away."""
        raise NotImplementedError

    @property
    def colours(self) -> Any:
        """uint8 K×3, the colours of the classes."""
        return class_colours(self.dataset.classes if self.dataset else 0)

    def class_name(self, point: int) -> str:
        """The class of one point's image; empty where there are no labels."""
        assert self.images is not None and self.dataset is not None
        labels = self.images.split.labels
        return "" if labels is None else self.dataset.class_names[int(labels[point])]

    def toggle_class(self, value: int) -> None:
        """Dims a class, or shows it again."""
        self.dim(self.exploration.dimmed ^ {value})

    def isolate_class(self, value: int) -> None:
        """Dims every class but one; again shows all."""
        assert self.dataset is not None
        others = frozenset(range(self.dataset.classes)) - {value}
        # The first click of the double-click has toggled the class itself.
        self.dim(frozenset() if self.exploration.dimmed - {value} == others else others)

    def select_class(self, value: int, how: Combine = Combine.REPLACE) -> None:
        """Selects the shown points of a class, alone or beside others, or takes them away."""
        if self.images is not None and self.images.split.labels is not None:
            self.select_points(np.flatnonzero(self.images.split.labels == value), how)

    def select_all(self) -> None:
        """Selects every shown point but for those of dimmed classes."""
        self.select_points(self._undimmed())

    def invert_selection(self) -> None:
        """Selects what is not selected, and no more what is; points of dimmed classes are left out."""
        self.select_points(np.setdiff1d(self._undimmed(), self.exploration.selection.points))

    def _undimmed(self) -> Indices:
        count = 0 if self.images is None else len(self.images)
        if self.images is None or self.images.split.labels is None:
            return np.arange(count)
        return np.flatnonzero(~np.isin(self.images.split.labels, list(self.exploration.dimmed)))
