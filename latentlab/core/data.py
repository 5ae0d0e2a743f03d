"""Data sets: uint8 images with or without labels, split into train and test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from latentlab.core.errors import DataError
from latentlab.core.fingerprint import fingerprint
from latentlab.core.options import option

LARGEST_SIDE = 64


@dataclass(frozen=True)
class Split:
    """Images of one split: ``images`` uint8 N×C×H×W, read-only; ``labels`` int64 N, or None where there are none."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None

    def __post_init__(self) -> None:
        # Threads share these arrays without locks, which is safe only as long as nobody writes.
        self.images.setflags(write=False)
        if self.labels is not None:
            self.labels.setflags(write=False)

    def __len__(self) -> int:
        return len(self.images)

    def take(self, indices: NDArray[np.int64]) -> Split:
        """The images at ``indices``, as a split of their own."""
        return Split(self.images[indices], None if self.labels is None else self.labels[indices])


@dataclass(frozen=True)
class Dataset:
    """A named data set in memory.

    Attributes:
        name: the catalogue's name (``mnist``), or the path of the folder or file it was read from.
        title: as shown to the user.
        train, test: the two splits.
        full_scale: the value of a fully bright pixel; a model's input is ``x / full_scale`` (255, or 16 for digits).
        class_names: one a label value; empty where there are no labels.
        note: what the user should know of this selection, e.g. "10,000 of 60,000 training images"; may be empty.
    """

    name: str
    title: str
    train: Split
    test: Split
    full_scale: int
    class_names: tuple[str, ...]
    note: str = ""

    def __post_init__(self) -> None:
        if len(self.train) == 0 or len(self.test) == 0:
            raise DataError(f"{self.title} has no images in one of its splits.")

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        channels, height, width = self.train.images.shape[1:]
        return int(channels), int(height), int(width)

    @property
    def classes(self) -> int:
        """How many classes there are; 0 where the images have no labels."""
        return len(self.class_names)

    @cached_property
    def fingerprint(self) -> str:
        """What tells these very images and labels from others (`core.fingerprint`)."""
        splits = [(split.images, split.labels) for split in (self.train, self.test)]
        return fingerprint(self.full_scale, self.classes, splits)


@dataclass(frozen=True)
class DataConfig:
    """Which data set, and how much of it, a run is trained on."""

    name: str = option("mnist", label="Data set", help="The images to learn from.")
    train_images: int = option(
        0, label="Training images", help="How many of the training images to use; 0 uses all.", minimum=0,
        maximum=10_000_000, unit="images", special="All", advanced=True,
    )
    test_share: float = option(
        0.0, label="Test share", help="Share of all images held out for testing; 0 keeps the split as published.",
        minimum=0.0, maximum=0.9, special="As published", advanced=True,
    )
    split_seed: int = option(
        0, label="Split seed", help="Random seed of the subset and of the split.", minimum=0, maximum=2**31 - 1,
        advanced=True,
    )


def select(dataset: Dataset, config: DataConfig) -> Dataset:
    """The part of ``dataset`` that ``config`` asks for, with a note that says so where it is not the whole.

    Raises:
        DataError: the split would leave no image to train or to test on.
    """
    train, test = dataset.train, dataset.test
    generator = np.random.default_rng(config.split_seed)
    notes = [dataset.note] if dataset.note else []
    if config.test_share > 0:
        train, test = _resplit(dataset, config.test_share, generator)
        # In the place of the notes: what they say of the split as published holds no longer.
        notes = [f"own split, {100 * config.test_share:g}% for testing"]
    if 0 < config.train_images < len(train):
        chosen = np.sort(generator.permutation(len(train))[: config.train_images])
        notes.append(f"{config.train_images:,} of {len(train):,} training images")
        train = train.take(chosen)
    return replace(dataset, train=train, test=test, note="; ".join(notes))


def _resplit(dataset: Dataset, test_share: float, generator: np.random.Generator) -> tuple[Split, Split]:
    images = np.concatenate([dataset.train.images, dataset.test.images])
    labels = None
    if dataset.train.labels is not None and dataset.test.labels is not None:
        labels = np.concatenate([dataset.train.labels, dataset.test.labels])
    held_out = round(len(images) * test_share)
    if not 0 < held_out < len(images):
        raise DataError(f"A test share of {test_share:g} leaves no image to {'test' if held_out == 0 else 'train'} on.")
    order = generator.permutation(len(images))
    whole = Split(images, labels)
    return whole.take(np.sort(order[held_out:])), whole.take(np.sort(order[:held_out]))
