"""NumPy's .npz files with an array of images, and perhaps one of labels, as a data set."""

from __future__ import annotations

import contextlib
import math
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentlab.core.data import Dataset, Split
from latentlab.core.errors import DataError, reason_of
from latentlab.core.own_data import Shape, channels_first, check_images, dataset_of

MOST_BYTES = 4 * 10**9
_IMAGES = frozenset({"x", "image", "images", "img", "imgs", "picture", "pictures", "data"})
_LABELS = frozenset({"y", "label", "labels", "target", "targets", "class", "classes"})
_TRAIN = frozenset({"train", "training"})
_TEST = frozenset({"test", "testing"})
_VALIDATION = frozenset({"val", "valid", "validation"})
_UNNAMED = {"arr_0": "x", "arr_1": "y"}  # as np.savez calls arrays that are given no names
_PART = 1 << 24  # values that are scaled at once


@dataclass(frozen=True)
class _Header:
    """What is known of an array before it is read."""

    shape: Shape
    dtype: np.dtype[Any]


def read_npz(path: Path) -> Dataset:
    """The data set in an .npz file, with arrays such as ``x_train``, ``y_train``, ``x_test``, or ``images``.

    Images are N×H×W, N×H×W×C or N×C×H×W with one channel or three: whole numbers 0..255, floats 0..1, which are
    scaled, or nothing but 0 and 1, taken for black and white. Labels are whole numbers or text, N or N×1; their
    values' text are the class names. Where there is no test set the validation set takes its place. Other arrays
    are not looked at, and nothing is ever unpickled.

    Raises:
        DataError: the file is damaged, has no such arrays, or they do not belong together or would fill the memory.
    """
    with _explained(path):
        sets, left_out = _sets(path)
        with np.load(path, allow_pickle=False) as arrays:
            images_of = [_as_images(arrays[images], f"{path} ({images})") for images, _ in sets]
            labels_of = [None if labels is None else arrays[labels].reshape(-1) for _, labels in sets]
    classes, names = _classes(labels_of)
    splits = [Split(images, labels) for images, labels in zip(images_of, classes, strict=True)]
    return dataset_of(path, splits, names, f"without {left_out}" if left_out else "")


def check_npz(path: Path) -> None:
    """Raises a DataError, as `read_npz` does, where the names, shapes or types of the arrays are no data set's.

    It is quick whatever their size: what they hold is not read.
    """
    with _explained(path):
        _sets(path)


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, KeyError, RuntimeError) as error:
        raise DataError(f"{path} is damaged or no .npz file; save or copy it again.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({reason_of(error)}); check the file and its permissions.") from error


def _sets(path: Path) -> tuple[list[tuple[str, str | None]], str]:
    """As `_find_sets`, of a file's arrays; they may be read as what they are called."""
    headers = _headers(path)
    sets, left_out = _find_sets(headers, path)
    for images, labels in sets:
        _check(headers, images, labels, path)
    return sets, left_out


def _classes(labels: list[NDArray[Any] | None]) -> tuple[list[NDArray[np.int64] | None], tuple[str, ...]]:
    """Labels of any values as 0..K-1 in the values' order, over all splits; and the text of the values."""
    given = [np.arange(0) if each is None else each for each in labels]
    given = [each if each.dtype.kind == "U" else each.astype(np.int64) for each in given]
    values = np.unique(np.concatenate(given))
    places = [np.searchsorted(values, each.astype(values.dtype)).astype(np.int64) for each in given]
    return [None if each is None else place for each, place in zip(labels, places, strict=True)], tuple(
        map(str, values.tolist())
    )


def _headers(path: Path) -> dict[str, _Header]:
    """The shape and type of each array, read without the array."""
    headers = {}
    with zipfile.ZipFile(path) as file:
        for member in file.namelist():
            if not member.endswith(".npy"):
                continue
            with file.open(member) as stream:
                version = np.lib.format.read_magic(stream)
                if version == (1, 0):
                    shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
                elif version == (2, 0):
                    shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
                else:
                    continue  # used for tables with named columns only
            headers[member.removesuffix(".npy")] = _Header(shape, dtype)
    return headers


def _find_sets(headers: dict[str, _Header], path: Path) -> tuple[list[tuple[str, str | None]], str]:
    """The names of the images and labels of the training and test set, or of one set; and of images left out."""
    found: dict[tuple[str, str], str] = {}
    for key in headers:
        place = _meaning(key)
        if place is None:
            continue
        if place in found:
            raise DataError(f"{path} holds both {found[place]} and {key}; leave one of them out.")
        found[place] = key
    sets = [part for part in ("train", "", "test", "val") if (part, "images") in found]
    if not sets:
        listed = ", ".join(sorted(headers)[:6]) or "nothing"
        raise DataError(f"{path} holds no array of images ({listed}); name it x or images, or x_train and x_test.")
    if {"", "train"} <= set(sets):
        raise DataError(
            f"{path} holds both {found['', 'images']} and {found['train', 'images']}; leave one of them out."
        )
    used, more = sets[:2], sets[2:]
    return [(found[part, "images"], found.get((part, "labels"))) for part in used], " and ".join(
        found[part, "images"] for part in more
    )


def _meaning(key: str) -> tuple[str, str] | None:
    """The set (``train``, ``test``, ``val`` or, for the whole, nothing) and the kind of an array, by its name."""
    # trainX is train_x.
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", _UNNAMED.get(key, key))
    words = [word for word in re.split(r"[-_. ]+", spaced.lower()) if word]
    part = ""
    for name, known in (("train", _TRAIN), ("test", _TEST), ("val", _VALIDATION)):
        if known & set(words):
            part = name
            words = [word for word in words if word not in known]
            break
    if len(words) != 1:
        return None
    if words[0] in _IMAGES:
        return part, "images"
    return (part, "labels") if words[0] in _LABELS else None


def _check(headers: dict[str, _Header], images: str, labels: str | None, path: Path) -> None:
    """Raises a DataError where images and labels cannot be read as such; before they are, for they may be many."""
    for key in (images, labels):
        if key is not None and headers[key].dtype.hasobject:
            raise DataError(f"{key} in {path} holds Python objects, which are never read; save it as plain numbers.")
    header = headers[images]
    check_images(header.shape, f"{path} ({images})")
    if header.dtype.kind not in "buif":
        raise DataError(f"{images} in {path} holds no numbers; save images as whole numbers 0..255 or floats 0..1.")
    if math.prod(header.shape) * header.dtype.itemsize > MOST_BYTES:
        raise DataError(f"{images} in {path} would take more than {MOST_BYTES / 1e9:g} GB of memory; use fewer.")
    if labels is None:
        return
    given = headers[labels]
    if len(given.shape) not in (1, 2) or (len(given.shape) == 2 and given.shape[1] != 1):
        sides = "×".join(map(str, given.shape)) or "a single value"
        raise DataError(f"{labels} in {path} should hold one label an image, but is {sides}; save a list of them.")
    if given.dtype.kind not in "buiU":
        raise DataError(f"{labels} in {path} holds neither whole numbers nor text; save labels as one of these.")
    if given.shape[0] != header.shape[0]:
        raise DataError(
            f"{path} holds {given.shape[0]:,} labels in {labels}, but {header.shape[0]:,} images in {images}; "
            "save as many of both."
        )


def _as_images(values: NDArray[Any], place: str) -> NDArray[np.uint8]:
    """Images N×C×H×W in 0..255."""
    low, high = values.min(), values.max()
    top = 1 if values.dtype.kind == "f" else 255
    if not (low >= 0 and high <= top):  # so that NaN is refused, too
        raise DataError(f"{place} has values from {low:g} to {high:g}; save whole numbers 0..255 or floats 0..1.")
    if high > 1 or high == 0:
        return channels_first(np.ascontiguousarray(values.astype(np.uint8, copy=False)))
    scaled = np.empty(values.shape, np.uint8)
    step = max(1, _PART // math.prod(values.shape[1:]))
    for start in range(0, len(values), step):
        part = values[start : start + step]
        scaled[start : start + step] = np.round(part.astype(np.float32) * 255)
    return channels_first(scaled)
