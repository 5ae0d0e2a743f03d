"""Data sets of one's own, whatever they are read from: the shapes images may have, and one data set of their splits."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latentlab.core.data import LARGEST_SIDE, Dataset, Split
from latentlab.core.errors import DataError

Shape = tuple[int, ...]


def geometry(shape: Shape) -> Shape:
    """Channels, height and width of images N×H×W, N×H×W×C or N×C×H×W."""
    if len(shape) == 3:
        return (1, *shape[1:])
    return (shape[3], *shape[1:3]) if shape[3] in (1, 3) else shape[1:]


def check_images(shape: Shape, place: Path | str) -> None:
    """Raises a DataError that names ``place`` where no images of a data set can have that shape."""
    if len(shape) not in (3, 4):
        raise DataError(f"{place} should hold images, but has {len(shape)} dimension(s); choose another file.")
    if math.prod(shape) == 0:
        raise DataError(f"{place} holds no images; choose another file.")
    channels, height, width = geometry(shape)
    if channels not in (1, 3):
        raise DataError(f"The images in {place} have {channels} channels; choose images with one channel or three.")
    if max(height, width) > LARGEST_SIDE:
        raise DataError(
            f"The images in {place} are {height}×{width} pixels; scale them to at most {LARGEST_SIDE}×{LARGEST_SIDE}."
        )


def channels_first(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images N×C×H×W of values that passed `check_images`."""
    size = geometry(values.shape)
    if size != values.shape[1:] and values.ndim == 4:
        values = np.ascontiguousarray(values.transpose(0, 3, 1, 2))
    return values.reshape(-1, *size)


def dataset_of(place: Path, splits: list[Split], class_names: tuple[str, ...] | None = None, note: str = "") -> Dataset:
    """The data set of a training and a test split, or of one, of which an image in seven is then held out.

    Args:
        place: the folder or file they were read from, which names the data set.
        splits: with labels 0..K-1 where ``class_names`` are given; without, labels may have any value: the values
            become 0..K-1 in sorted order, and their text the class names.
        note: as in `Dataset`; that one split was divided is added.

    Raises:
        DataError: there is one image only, or the splits differ in size or in whether they have labels.
    """
    if len(splits) == 1:
        splits = _split_six_to_one(splits[0], place)
        kind = "file" if place.is_file() else "folder"
        note = "; ".join([*([note] if note else []), f"split 6:1, as the {kind} holds one set of images"])
    train, test = splits
    if train.images.shape[1:] != test.images.shape[1:]:
        sizes = " and ".join("×".join(map(str, split.images.shape[1:])) for split in splits)
        kind = "file" if place.is_file() else "folder"
        raise DataError(
            f"The training and test images in {place} differ in size ({sizes}); put sets of one size into the {kind}."
        )
    name = place.resolve()
    title = name.stem if name.is_file() else name.name
    if train.labels is None and test.labels is None:
        return Dataset(str(name), title, train, test, 255, (), note)
    if train.labels is None or test.labels is None:
        which = "training" if test.labels is None else "test"
        raise DataError(f"Only the {which} images in {place} have labels; add the other labels or remove these.")
    if class_names is None:
        values = np.union1d(train.labels, test.labels)
        train = Split(train.images, np.searchsorted(values, train.labels))
        test = Split(test.images, np.searchsorted(values, test.labels))
        class_names = tuple(map(str, values))
    return Dataset(str(name), title, train, test, 255, class_names, note)


def _split_six_to_one(whole: Split, place: Path) -> list[Split]:
    """A training and a test split, drawn with a fixed seed."""
    if len(whole) < 2:
        raise DataError(f"{place} holds one image only; at least two are needed, to train and to test on.")
    order = np.random.default_rng(0).permutation(len(whole))
    held_out = max(1, round(len(whole) / 7))
    return [whole.take(np.sort(order[held_out:])), whole.take(np.sort(order[:held_out]))]
