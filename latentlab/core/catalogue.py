"""The data sets that LatentLab knows by name, and the one way to load any of them."""

from __future__ import annotations

import difflib
import string
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from latentlab import paths
from latentlab.core import downloads
from latentlab.core.data import Dataset, Split
from latentlab.core.downloads import Progress
from latentlab.core.errors import DataError
from latentlab.core.idx import holds_idx, read_folder


@dataclass(frozen=True)
class DatasetInfo:
    """A data set of the catalogue.

    Attributes:
        name: as settings and the command line write it, e.g. ``fashion-mnist``.
        title: as shown to the user.
        summary: one line: what it shows, how large the images are, and how many there are.
        bundled: needs no network.
        download_mb: how much is fetched the first time, in 10⁶ bytes; 0 where it is bundled.
    """

    name: str
    title: str
    summary: str
    bundled: bool
    download_mb: float


_CATALOGUE = (
    DatasetInfo("mnist", "MNIST", "Handwritten digits, 28×28, 60,000 + 10,000 images.", True, 0.0),
    DatasetInfo("digits", "Digits (8×8)", "Small handwritten digits for quick tries, 8×8, 1,797 images.", True, 0.0),
    DatasetInfo("fashion-mnist", "Fashion-MNIST", "Clothes, 28×28, 60,000 + 10,000 images.", False, 30.9),
    DatasetInfo("kmnist", "KMNIST", "Cursive Japanese characters, 28×28, 60,000 + 10,000 images.", False, 21.2),
    DatasetInfo("emnist-digits", "EMNIST digits", "Handwritten digits, 28×28, 240,000 + 40,000 images.", False, 561.8),
    DatasetInfo(
        "emnist-letters", "EMNIST letters", "Handwritten letters, 28×28, 124,800 + 20,800 images.", False, 561.8
    ),
    DatasetInfo(
        "emnist-balanced",
        "EMNIST balanced",
        "Handwritten digits and letters, 47 classes, 28×28, 112,800 + 18,800 images.",
        False,
        561.8,
    ),
    DatasetInfo("cifar10", "CIFAR-10", "Colour photographs, 32×32, 50,000 + 10,000 images.", False, 170.1),
)

_LETTERS = [f"{letter} {letter.lower()}" for letter in string.ascii_uppercase]
# EMNIST's balanced set merges the cases of the letters that look alike, and keeps these small ones apart.
_SMALL_LETTERS_APART = "abdefghnqrt"
_CAPITALS = [pair[0] if pair[2] in _SMALL_LETTERS_APART else pair for pair in _LETTERS]

# By label value; short, for they are drawn in the plot. Classes that are not here are named by the value itself.
_CLASS_NAMES: dict[str, list[str]] = {
    "fashion-mnist": ["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Boot"],
    "kmnist": ["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"],
    "emnist-letters": ["", *_LETTERS],  # its labels begin at 1
    "emnist-balanced": [*string.digits, *_CAPITALS, *_SMALL_LETTERS_APART],
    "cifar10": ["Airplane", "Car", "Bird", "Cat", "Deer", "Dog", "Frog", "Horse", "Ship", "Truck"],
}

_OWN = "the path of a folder of IDX files, a folder of pictures or an .npz file"

# What `read_early` reads or has read, until it is asked for.
_early: dict[str, Future[Dataset]] = {}


def catalogue() -> tuple[DatasetInfo, ...]:
    """The data sets known by name, the default one first."""
    return _CATALOGUE


def is_available(name: str) -> bool:
    """True where `load` needs no network for it: bundled, downloaded before, or a path that is there."""
    info = _find(name)
    if info is None:
        return _place(name) is not None
    return info.bundled or downloads.is_downloaded(name)


def is_known(name: str) -> bool:
    """True for a data set of the catalogue; other names are paths of folders and .npz files."""
    return _find(name) is not None


def from_anywhere(name: str) -> str:
    """``name``, a folder or file by its whole path, so that it means the same whatever the current folder is."""
    place = None if is_known(name) else _place(name)
    return name if place is None else str(place.resolve())


def load(name: str, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None) -> Dataset:
    """Loads a data set into memory, fetching it first where it is neither bundled nor downloaded.

    Args:
        name: of the catalogue, or the path of a folder of IDX files, of a folder of pictures or of an .npz file.
        progress: called from this thread with what is being done and the share that is done (None: not known).
        cancelled: asked again and again while it downloads or reads many pictures; True stops it.

    Raises:
        DataError: the name is unknown, or the data cannot be fetched or read.
        Cancelled: ``cancelled`` returned True; nothing was changed.
    """
    info = _find(name)
    if info is None:
        return _load_own(name, progress, cancelled)
    if not is_available(name):
        downloads.fetch(name, info.title, info.download_mb, progress, cancelled)
    if progress is not None:
        progress(f"Reading {info.title}", None)
    early = _early.pop(name, None)
    read = early.result if early is not None else partial(_read, info)
    dataset = read()
    names = dict(enumerate(_CLASS_NAMES.get(name, [])))
    class_names = tuple(names.get(int(value), value) for value in dataset.class_names)
    return replace(dataset, name=name, title=info.title, class_names=class_names)


def check_file(name: str) -> None:
    """Raises a DataError, as `load` does, where the file called ``name`` is no data set; quick, however large it is."""
    place = _place(name)
    if place is None or place.is_dir():
        raise _no_data(name)
    from latentlab.core.npz_data import check_npz  # late, as few need it and all wait for the window

    check_npz(place)


def read_early(name: str) -> None:
    """Begins to read a bundled data set in a thread of its own; the next `load` of it takes what was read."""
    reader = ThreadPoolExecutor(1, "latentlab-data")
    _early[name] = reader.submit(_read_bundled, name)
    reader.shutdown(wait=False)


def _find(name: str) -> DatasetInfo | None:
    return next((info for info in _CATALOGUE if info.name == name), None)


def _path(name: str) -> Path | None:
    """What ``name`` is the path of, or None where there is nothing that can be seen."""
    try:
        path = Path(name).expanduser()
        return path if name and path.exists() else None
    except (OSError, RuntimeError, ValueError):  # hidden, impossible, or the home of somebody unknown
        return None


def _place(name: str) -> Path | None:
    """The folder or .npz file at a path, or None where there is none."""
    path = _path(name)
    return path if path is not None and (path.is_dir() or path.suffix.lower() == ".npz") else None


def _load_own(name: str, progress: Progress | None, cancelled: Callable[[], bool] | None) -> Dataset:
    place = _place(name)
    if place is not None:
        from latentlab.core.npz_data import read_npz  # late, as few need it and all wait for the window

        return _read_own_folder(place, progress, cancelled) if place.is_dir() else read_npz(place)
    raise _no_data(name)


def _no_data(name: str) -> DataError:
    path = _path(name)
    if path is not None:
        return DataError(
            f"{path} is a file that cannot be read as data; "
            "choose a folder of IDX files, a folder of pictures by class, or an .npz file."
        )
    known = [info.name for info in _CATALOGUE]
    close = difflib.get_close_matches(name.lower(), known, n=3)
    advice = f"did you mean {' or '.join(close)}?" if close else f"choose {', '.join(known)} or {_OWN}."
    return DataError(f"There is no data set, folder or file named {name!r}; {advice}")


def _read_own_folder(folder: Path, progress: Progress | None, cancelled: Callable[[], bool] | None) -> Dataset:
    if holds_idx(folder):
        return read_folder(folder)
    from latentlab.core.picture_folder import read_pictures  # late, for Pillow comes with it

    dataset = read_pictures(folder, progress, cancelled)
    if dataset is None:
        raise DataError(
            f"{folder} holds no data; it may hold IDX files such as train-images-idx3-ubyte.gz, or pictures "
            "(PNG, JPEG, BMP, GIF, WebP, TIFF), by themselves, in a folder for each class, or so within train and test."
        )
    return dataset


def _read(info: DatasetInfo) -> Dataset:
    return _read_bundled(info.name) if info.bundled else _read_downloaded(info)


def _read_bundled(name: str) -> Dataset:
    if name == "digits":
        return _read_digits()
    try:
        return read_folder(paths.resources() / "data" / "mnist")
    except FileNotFoundError as error:
        raise DataError(str(error)) from error


def _read_digits() -> Dataset:
    """scikit-learn's 1,797 digits; a fifth of each class, drawn with a fixed seed, is for testing."""
    try:
        from sklearn.datasets import load_digits
        from sklearn.model_selection import train_test_split
    except ImportError as error:
        raise DataError("The small digits need scikit-learn; install it with: pip install scikit-learn") from error
    values, labels = load_digits(return_X_y=True)
    images = values.astype(np.uint8).reshape(-1, 1, 8, 8)
    train, test = train_test_split(np.arange(len(images)), test_size=0.2, stratify=labels, random_state=0)
    whole = Split(images, labels.astype(np.int64))
    return Dataset("", "", whole.take(np.sort(train)), whole.take(np.sort(test)), 16, tuple(string.digits))


def _read_downloaded(info: DatasetInfo) -> Dataset:
    folder = paths.datasets() / info.name
    try:
        if info.name == "cifar10":
            return _read_cifar10(folder)
        dataset = read_folder(folder)
    except (DataError, OSError) as error:
        raise DataError(
            f"The downloaded {info.title} cannot be read; delete {folder} to have it downloaded anew."
        ) from error
    if not info.name.startswith("emnist"):
        return dataset
    # EMNIST stores its images column by column.
    train, test = (
        Split(np.ascontiguousarray(split.images.swapaxes(2, 3)), split.labels)
        for split in (dataset.train, dataset.test)
    )
    return replace(dataset, train=train, test=test)


def _read_cifar10(folder: Path) -> Dataset:
    """The binary version: each record is a label's byte, then a byte a pixel of the red, green and blue 32×32."""
    splits = []
    for pattern in ("data_batch_*.bin", "test_batch.bin"):
        data = np.concatenate([np.fromfile(path, np.uint8) for path in sorted(folder.glob(pattern))])
        if len(data) % 3073 or data[::3073].max(initial=0) > 9:
            raise DataError(f"The files in {folder} are damaged; download them again.")
        records = data.reshape(-1, 3073)
        images = np.ascontiguousarray(records[:, 1:]).reshape(-1, 3, 32, 32)
        splits.append(Split(images, records[:, 0].astype(np.int64)))
    return Dataset("", "", splits[0], splits[1], 255, tuple(string.digits))
