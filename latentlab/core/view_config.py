"""Which images the views show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentlab.core.data import Dataset, Split
from latentlab.core.options import option
from latentlab.core.seeds import derived_seed


@dataclass(frozen=True)
class ViewConfig:
    """How many points the scatter shows, and of which split; changes nothing in training."""

    points_shown: int = option(
        10_000,
        label="Points shown",
        help="How many images the scatter shows as points.",
        minimum=10,
        maximum=1_000_000,
        unit="images",
        advanced=True,
    )
    points_from: str = option(
        "test",
        label="Points from",
        help="Test images show how the model treats what it never learned from.",
        choices={"test": "Test images", "train": "Training images"},
        advanced=True,
    )


@dataclass(frozen=True)
class ShownImages:
    """The images behind the scatter's points.

    Attributes:
        split: the images, in the order of the points.
        indices: where each stands in its split of the data set.
        split_name: ``test`` or ``train``.
    """

    split: Split
    indices: NDArray[np.int64]
    split_name: str

    def __len__(self) -> int:
        return len(self.indices)

    def title(self, point: int) -> str:
        """How one image is called, e.g. ``Test image 1,234``."""
        which = "Test" if self.split_name == "test" else "Training"
        return f"{which} image {int(self.indices[point]):,}"


def choose_shown(dataset: Dataset, config: ViewConfig) -> ShownImages:
    """A random choice of images, the same every time, in random order so that any stretch of them is a fair sample."""
    split = dataset.test if config.points_from == "test" else dataset.train
    generator = np.random.default_rng(derived_seed(0, f"shown {config.points_from}"))
    indices = generator.permutation(len(split))[: config.points_shown].astype(np.int64)
    return ShownImages(split.take(indices), indices, config.points_from)
