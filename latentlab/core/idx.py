"""IDX files, the format MNIST is published in, and folders of them.

An IDX file is two zero bytes, the type of its values (8: unsigned byte), the number of its dimensions, each
dimension as a big-endian 32-bit number, then the values (http://yann.lecun.com/exdb/mnist/). It may be gzipped.
"""

from __future__ import annotations

import math
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from latentlab.core.data import Dataset, Split
from latentlab.core.errors import DataError
from latentlab.core.own_data import Shape, channels_first, check_images, dataset_of

_GZIP_MAGIC = b"\x1f\x8b"
_WITH_GZIP_HEADER = 16 + zlib.MAX_WBITS
_UNSIGNED_BYTE = 8
_OTHER_TYPES = {9: "signed bytes", 11: "16-bit numbers", 12: "32-bit numbers", 13: "floats", 14: "doubles"}
_LARGEST_GZIP_RATIO = 1032  # deflate cannot do better, so a header that announces more is wrong

_IMAGE_WORDS = frozenset({"image", "images", "idx3", "idx4"})
_LABEL_WORDS = frozenset({"label", "labels", "idx1"})
_FORMAT_WORDS = _IMAGE_WORDS | _LABEL_WORDS | {"idx", "ubyte", "gz"}
_TEST_WORDS = frozenset({"test", "t10k"})
_LAST_WORDS = _FORMAT_WORDS | _TEST_WORDS | {"train"}


def read_idx(path: Path) -> NDArray[np.uint8]:
    """The values of an IDX file of unsigned bytes, raw or gzipped, in the shape its header gives (1 to 4 dimensions).

    The array is read-only.

    Raises:
        DataError: the file cannot be read, is no such IDX file, is cut short, damaged, or longer than announced.
    """
    return _read(path, lambda shape: None)


def read_folder(folder: Path) -> Dataset:
    """The data set in a folder of IDX files, named as MNIST's: ``train-images-idx3-ubyte``, ``t10k-labels-…``.

    Files may be gzipped, and may lie in a folder ``raw`` inside, as torchvision leaves them. Images are N×H×W, N×H×W×C
    or N×C×H×W with one channel or three. Labels may be missing; their values become 0..K-1 in sorted order, and
    the values' text the class names. Where there is one set only, one image in seven (drawn with a fixed seed) is
    held out for testing, and the note says so.

    Raises:
        DataError: there are no images in the folder, a file is bad, or the files do not belong together.
    """
    splits = [_read_split(images, labels) for images, labels in _find_sets(folder)]
    return dataset_of(folder, splits)


def holds_idx(folder: Path) -> bool:
    """True where a folder, or a folder ``raw`` in it, has files that are named as IDX files are.

    Raises:
        DataError: the folder cannot be read.
    """
    if _files(folder, _IMAGE_WORDS | _LABEL_WORDS):
        return True
    return (folder / "raw").is_dir() and holds_idx(folder / "raw")


def _find_sets(folder: Path) -> list[tuple[Path, Path | None]]:
    """The image files of a folder with the labels of each: the training set, then the test set, or one of them."""
    images, labels = _files(folder, _IMAGE_WORDS), _files(folder, _LABEL_WORDS)
    if not images and (folder / "raw").is_dir():
        return _find_sets(folder / "raw")
    if not images:
        raise DataError(f"There are no IDX images in {folder}; it should hold a file named train-images-idx3-ubyte.gz.")
    tests = [key for key in images if _TEST_WORDS & set(key.split())]
    trains = [key for key in images if key not in tests]
    for keys in (trains, tests):
        if len(keys) > 1:
            names = " and ".join(images[key].name for key in keys[:2])
            raise DataError(f"{folder} holds more than one data set ({names}); give each a folder of its own.")
    for key in labels.keys() - images.keys():
        raise DataError(f"No images go with {labels[key]}; name both alike, as train-images-idx3-ubyte.gz is named.")
    return [(images[key], labels.get(key)) for key in trains + tests]


def _files(folder: Path, kind: frozenset[str]) -> dict[str, Path]:
    """The folder's files of a kind, by what their names say besides the format: ``train``, ``emnist letters test``."""
    found: dict[str, Path] = {}
    try:
        # Sorted, "x" comes before "x.gz": of a file that is there twice the unpacked one is read, which is faster.
        names = sorted(path.name for path in folder.iterdir() if path.is_file())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataError(f"There is no folder {folder}; choose one that holds IDX files.") from error
    except OSError as error:
        raise DataError(f"{folder} cannot be read ({error.strerror}); check its permissions.") from error
    for name in names:
        words = re.split(r"[-._ ]+", name.lower())
        if kind & set(words) and words[0] and words[-1] in _LAST_WORDS:
            found.setdefault(" ".join(word for word in words if word not in _FORMAT_WORDS), folder / name)
    return found


def _read_split(images_path: Path, labels_path: Path | None) -> Split:
    """One set with its labels as they are in the file."""
    images = _read_images(images_path)
    if labels_path is None:
        return Split(images, None)
    labels = _read(labels_path, lambda shape: _check_labels(shape, labels_path))
    if len(labels) != len(images):
        raise DataError(
            f"{labels_path} holds {len(labels):,} labels, but {images_path.name} {len(images):,} images; "
            "choose files that belong together."
        )
    return Split(images, labels.astype(np.int64))


def _read_images(path: Path) -> NDArray[np.uint8]:
    """Images of an IDX file, N×C×H×W."""
    values = _read(path, lambda shape: check_images(shape, path))
    return channels_first(values)


def _check_labels(shape: Shape, path: Path) -> None:
    if len(shape) != 1:
        raise DataError(f"{path} should hold one label an image, but has {len(shape)} dimensions; choose another file.")


def _read(path: Path, check: Callable[[Shape], None]) -> NDArray[np.uint8]:
    """`read_idx`, with the shape checked before the values are read, for they may be many."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP_MAGIC
            file.seek(0)
            room = path.stat().st_size * (_LARGEST_GZIP_RATIO if packed else 1)
            if not packed:
                return _parse(file, room, path, check)
            return _parse(_Unpacked(file.read()), room, path, check)
    except EOFError:
        raise DataError(f"{path} is cut short; copy or download it again.") from None
    except zlib.error as error:
        raise DataError(f"{path} is damaged and cannot be unpacked; copy or download it again.") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror}); check the file and its permissions.") from error


class _Stream(Protocol):
    def read(self, count: int, /) -> bytes: ...


class _Unpacked:
    """The content of a gzip file, unpacked in one piece: Python's own gzip does it in pieces of 8 kB.

    Threads that import or paint meanwhile would hold up each of these pieces.
    """

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._inflate = zlib.decompressobj(_WITH_GZIP_HEADER)

    def read(self, count: int) -> bytes:
        """The next ``count`` bytes, or what is left. EOFError: the file is cut short."""
        pieces = []
        while count:
            if self._inflate.eof:
                self._packed = self._inflate.unused_data.lstrip(b"\0")
                if not self._packed:
                    break
                self._inflate = zlib.decompressobj(_WITH_GZIP_HEADER)  # files may be joined
            piece = self._inflate.decompress(self._packed, count)
            self._packed = self._inflate.unconsumed_tail
            if piece:
                pieces.append(piece)
                count -= len(piece)
            elif not self._inflate.eof:
                raise EOFError
        return b"".join(pieces)


def _parse(stream: _Stream, room: int, path: Path, check: Callable[[Shape], None]) -> NDArray[np.uint8]:
    """The values of an IDX stream that cannot be longer than ``room`` bytes. EOFError: it is cut short."""
    zeros, kind, dimensions = struct.unpack(">HBB", _exactly(stream, 4))
    if zeros == 0 and kind in _OTHER_TYPES:
        raise DataError(f"{path} holds {_OTHER_TYPES[kind]}; only IDX files of unsigned bytes can be read.")
    if zeros != 0 or kind != _UNSIGNED_BYTE or not 1 <= dimensions <= 4:
        raise DataError(f"{path} is not an IDX file, the format of MNIST's images and labels; choose one that is.")
    shape: Shape = struct.unpack(f">{dimensions}I", _exactly(stream, 4 * dimensions))
    check(shape)
    size = math.prod(shape)
    if size > room:
        raise EOFError
    data = stream.read(size + 1)
    if len(data) < size:
        raise EOFError
    if len(data) > size:
        raise DataError(f"{path} holds more than its header announces; copy or download it again.")
    return np.frombuffer(data, np.uint8).reshape(shape)


def _exactly(stream: _Stream, count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data
