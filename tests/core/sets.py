"""Small real data sets that core tests train on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from latentlab.core import catalogue
from latentlab.core.data import Dataset, Split


@cache
def digits() -> Dataset:
    """scikit-learn's digits: 1×8×8, full scale 16."""
    return catalogue.load("digits")


@cache
def some_mnist(train: int = 2000, test: int = 500) -> Dataset:
    """The first images of MNIST."""
    whole = catalogue.load("mnist")
    return replace(whole, train=whole.train.take(np.arange(train)), test=whole.test.take(np.arange(test)))


def random_images(shape: tuple[int, int, int], count: int = 40, classes: int = 3) -> Dataset:
    """Noise of any shape, for what depends on sizes only."""
    generator = np.random.default_rng(0)

    def split() -> Split:
        images = generator.integers(0, 256, (count, *shape), dtype=np.uint8)
        return Split(images, generator.integers(0, classes, count))

    return Dataset("noise", "Noise", split(), split(), 255, tuple(map(str, range(classes))))
