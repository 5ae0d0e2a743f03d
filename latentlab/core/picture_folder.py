"""Folders of pictures, by class or not, as a data set."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latentlab.core.data import Dataset, Split
from latentlab.core.downloads import Progress
from latentlab.core.errors import Cancelled, DataError, reason_of
from latentlab.core.natural_order import natural_key
from latentlab.core.own_data import dataset_of
from latentlab.core.picture_reading import ENDINGS, Picture, fitted, read_picture

Asked = Callable[[], bool]

MOST_PICTURES = 2_000_000
MOST_BYTES = 4 * 10**9
_TRAIN, _TEST = ("train", "training"), ("test", "testing", "val", "valid", "validation")
_BETWEEN_LOOKS = 32  # pictures between two looks at whether the user has cancelled


@dataclass(frozen=True)
class _Set:
    """Files of one split, and the name of each one's class; no names where there are no classes."""

    files: list[Path]
    classes: list[str]


def read_pictures(folder: Path, progress: Progress | None = None, cancelled: Asked | None = None) -> Dataset | None:
    """The data set of the pictures in a folder, in the natural order of their names; None where there are none.

    They lie in a folder for each class, in such folders within ``train`` and ``test``, or in no folders. Where there
    is no ``test``, ``val`` takes its place. Folders whose names begin with a dot or ``__`` do not count, nor does
    what lies deeper. One class alone tells nothing apart: such images have no labels.

    The images are grey if all pictures are, else RGB. Pictures of one size within 64×64 stay as they are. Others are
    scaled, keeping their aspect, and padded with the colour of their border where they differ in shape; the note
    says so. How one picture is read, and on what transparent ones are laid, is with `read_picture`.

    Args:
        progress, cancelled: as in `catalogue.load`.

    Raises:
        DataError: a picture cannot be read, they are too many, or lie both in folders of classes and beside them.
        Cancelled: ``cancelled`` returned True.
    """
    sets, left_out = _find_sets(folder)
    files = [file for each in sets for file in each.files]
    if not files:
        return None
    if len(files) > MOST_PICTURES:
        raise DataError(f"{folder} holds {len(files):,} pictures; at most {MOST_PICTURES:,} can be read, so use fewer.")
    pictures = _read_all(folder, files, progress, cancelled)
    images, note = _stacked(folder, pictures)
    names = sorted({name for each in sets for name in each.classes}, key=natural_key)
    splits, start = [], 0
    for each in sets:
        labels = None
        if len(names) > 1 and each.classes:
            values = {name: value for value, name in enumerate(names)}
            labels = np.array([values[name] for name in each.classes], np.int64)
        splits.append(Split(images[start : start + len(each.files)], labels))
        start += len(each.files)
    notes = [each for each in (note, f"without the pictures in {left_out}" if left_out else "") if each]
    return dataset_of(folder, splits, tuple(names) if len(names) > 1 else (), "; ".join(notes))


def _find_sets(folder: Path) -> tuple[list[_Set], str]:
    """The training and the test set, or one set; and the name of a further one that is left out."""
    beside, folders = _listed(folder)
    by_name = {each.name.lower(): each for each in folders}
    train, *_ = [*(by_name[name] for name in _TRAIN if name in by_name), None]
    tests = [by_name[name] for name in _TEST if name in by_name]
    sets = {each: _set_in(each) for each in [*([train] if train else []), *tests]}
    # Among buses and cars, trains are a class.
    others = [each for each in folders if each not in sets and _listed(each)[0]]
    found = [each for each, pictures in sets.items() if pictures.files]
    if found and not others and not beside:
        used = found[:2] if found[0] == train else found[:1]
        return [sets[each] for each in used], " and ".join(each.name for each in found if each not in used)
    return [_set_in(folder)], ""


def _set_in(folder: Path) -> _Set:
    """The pictures in a folder, or in its folders of classes."""
    beside, folders = _listed(folder)
    by_class = {each.name: _listed(each)[0] for each in folders}
    files = [file for pictures in by_class.values() for file in pictures]
    if beside and files:
        raise DataError(
            f"{folder} holds pictures both in folders of classes and beside them, such as {beside[0].name}; "
            "move these into a folder or elsewhere."
        )
    return _Set(beside or files, [name for name, pictures in by_class.items() for _ in pictures])


def _listed(folder: Path) -> tuple[list[Path], list[Path]]:
    """The pictures and the folders in a folder, in natural order."""
    pictures, folders = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith((".", "__")):
                    continue
                if entry.is_dir():
                    folders.append(entry.name)
                elif entry.name.lower().endswith(ENDINGS):
                    pictures.append(entry.name)
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({reason_of(error)}); check its permissions.") from error
    return [folder / name for name in sorted(pictures, key=natural_key)], [
        folder / name for name in sorted(folders, key=natural_key)
    ]


def _read_all(folder: Path, files: list[Path], progress: Progress | None, cancelled: Asked | None) -> list[Picture]:
    pictures, held = [], 0
    for index, file in enumerate(files):
        if index % _BETWEEN_LOOKS == 0:
            if cancelled is not None and cancelled():
                raise Cancelled(f"Reading {folder.name} was cancelled.")
            if progress is not None:
                progress(f"Reading pictures of {folder.name}", index / len(files))
        pictures.append(read_picture(file))
        held += pictures[-1].pixels.nbytes
        _check_room(folder, held)
    return pictures


def _stacked(folder: Path, pictures: list[Picture]) -> tuple[NDArray[np.uint8], str]:
    """Images N×C×H×W of one size, and what was done for it; ``pictures`` is emptied on the way, for want of room."""
    width = max(each.pixels.shape[1] for each in pictures)
    height = max(each.pixels.shape[0] for each in pictures)
    note = ""
    if len({each.size for each in pictures}) > 1:
        note = f"pictures of several sizes, scaled and padded to {height}×{width}"
    elif pictures[0].size != (width, height):
        note = f"pictures scaled to {height}×{width}"
    channels = max(1 if each.pixels.ndim == 2 else 3 for each in pictures)
    _check_room(folder, len(pictures) * channels * height * width)
    images = np.empty((len(pictures), channels, height, width), np.uint8)
    for index in reversed(range(len(images))):
        pixels = fitted(pictures.pop().pixels, (width, height))
        images[index] = pixels if pixels.ndim == 2 else pixels.transpose(2, 0, 1)
    return images, note


def _check_room(folder: Path, size: int) -> None:
    if size > MOST_BYTES:
        raise DataError(
            f"The pictures in {folder} would take more than {MOST_BYTES / 1e9:g} GB of memory; use fewer or smaller."
        )
