"""The data sets known by name: what they are called, where they come from and how they are read."""

import gzip
import hashlib
import struct
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from latentlab import paths
from latentlab.core import catalogue, downloads
from latentlab.core.errors import Cancelled, DataError
from latentlab.core.idx import read_idx

ALL = ["mnist", "digits", "fashion-mnist", "kmnist", "emnist-digits", "emnist-letters", "emnist-balanced", "cifar10"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LATENTLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*arguments, **keywords):
        raise AssertionError("the network was asked")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)


def idx(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def put(home, name, values):
    """Puts a tiny data set in the place of a downloaded one: an image 28×28 for each of the label values."""
    folder = home / "datasets" / name
    folder.mkdir(parents=True)
    images = np.random.default_rng(0).integers(0, 256, (len(values), 28, 28), dtype=np.uint8)
    for place in downloads.SOURCES[name].places.values():
        if Path(place).parts[0] == name:
            content = images if "images" in place else np.array(values, np.uint8)
            (folder / Path(place).name).write_bytes(gzip.compress(idx(content)))
    return images


def put_cifar10(home, records=4):
    folder = home / "datasets" / "cifar10"
    folder.mkdir(parents=True)
    data = np.random.default_rng(0).integers(0, 256, (6, records, 3073), dtype=np.uint8)
    data[..., 0] %= 10
    for block, name in zip(data, [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"], strict=True):
        (folder / f"{name}.bin").write_bytes(block.tobytes())
    return folder, data


def sentence(name):
    with pytest.raises(DataError) as caught:
        catalogue.load(name)
    return str(caught.value)


class TestWhatThereIs:
    def test_names(self):
        assert [info.name for info in catalogue.catalogue()] == ALL

    def test_only_what_is_bundled_needs_no_download(self):
        bundled = [info.name for info in catalogue.catalogue() if info.bundled]
        assert bundled == ["mnist", "digits"]
        assert all(info.bundled == (info.download_mb == 0) for info in catalogue.catalogue())
        assert {info.name for info in catalogue.catalogue() if not info.bundled} == set(downloads.SOURCES)

    def test_titles_and_summaries_are_for_reading(self):
        titles = [info.title for info in catalogue.catalogue()]
        assert len(set(titles)) == len(ALL)
        assert all(info.summary.endswith("images.") and len(info.summary) < 90 for info in catalogue.catalogue())

    def test_available(self, home, tmp_path):
        assert [name for name in ALL if catalogue.is_available(name)] == ["mnist", "digits"]
        put(home, "kmnist", range(10))
        put_cifar10(home)
        assert [name for name in ALL if catalogue.is_available(name)] == ["mnist", "digits", "kmnist", "cifar10"]
        assert catalogue.is_available(str(tmp_path))
        assert not catalogue.is_available(str(tmp_path / "missing"))
        assert not catalogue.is_available("")

    def test_a_folder_means_the_same_from_anywhere(self, tmp_path, monkeypatch):
        (tmp_path / "mine").mkdir()
        monkeypatch.chdir(tmp_path)
        assert catalogue.from_anywhere("mine") == str((tmp_path / "mine").resolve())
        assert catalogue.from_anywhere("mnist") == "mnist"
        assert catalogue.from_anywhere("missing") == "missing"


class TestBundled:
    def test_mnist_is_the_published_one(self):
        train = read_idx(paths.resources() / "data" / "mnist" / "train-images-idx3-ubyte.gz")
        raw = struct.pack(">4I", 0x803, *train.shape) + train.tobytes()
        assert hashlib.md5(raw).hexdigest() == "6bbc9ace898e44ae57da46a324031adb"

    def test_mnist(self):
        dataset = catalogue.load("mnist")
        assert (dataset.name, dataset.title, dataset.note) == ("mnist", "MNIST", "")
        assert (len(dataset.train), len(dataset.test), dataset.shape, dataset.full_scale) == (
            60_000,
            10_000,
            (1, 28, 28),
            255,
        )
        assert dataset.class_names == tuple("0123456789")
        assert dataset.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
        assert dataset.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
        assert not dataset.train.images.flags.writeable

    def test_mnist_is_quick(self):
        def seconds():
            start = time.process_time()
            catalogue.load("mnist")
            return time.process_time() - start

        # Of this process alone: the other programs on the machine do not count.
        assert min(seconds() for _ in range(3)) < 0.4

    def test_mnist_needs_neither_torch_nor_scikit_learn(self):
        code = (
            "import sys; from latentlab.core import catalogue; catalogue.load('mnist'); "
            "sys.exit(bool({'torch', 'torchvision', 'sklearn', 'PySide6'} & set(sys.modules)))"
        )
        assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode == 0

    def test_digits(self):
        from sklearn.datasets import load_digits

        dataset, again = catalogue.load("digits"), catalogue.load("digits")
        assert (dataset.name, dataset.title, dataset.shape, dataset.full_scale) == (
            "digits",
            "Digits (8×8)",
            (1, 8, 8),
            16,
        )
        assert (len(dataset.train), len(dataset.test)) == (1437, 360)
        assert dataset.class_names == tuple("0123456789")
        assert dataset.train.images.dtype == np.uint8
        assert dataset.train.images.max() == 16
        np.testing.assert_array_equal(dataset.test.images, again.test.images)
        shares = np.bincount(dataset.test.labels) / np.bincount(dataset.train.labels)
        np.testing.assert_allclose(shares, 0.25, atol=0.02)
        pictures, values = load_digits(return_X_y=True)
        published = sorted(zip(map(bytes, pictures.astype(np.uint8)), values, strict=True))
        splits = (dataset.train, dataset.test)
        assert (
            sorted((bytes(x), y) for split in splits for x, y in zip(split.images, split.labels, strict=True))
            == published
        )

    def test_digits_without_scikit_learn(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
        assert sentence("digits") == "The small digits need scikit-learn; install it with: pip install scikit-learn"

    def test_a_damaged_installation(self, monkeypatch):
        monkeypatch.setattr(paths, "_PACKAGE", Path("/nowhere/latentlab"))
        assert sentence("mnist") == "LatentLab's bundled files are missing; install it again."

    def test_progress_says_what_is_read(self):
        seen = []
        catalogue.load("mnist", lambda *step: seen.append(step))
        assert seen == [("Reading MNIST", None)]


class TestDownloaded:
    def test_fashion_mnist_by_its_garments(self, home):
        images = put(home, "fashion-mnist", range(10))
        dataset = catalogue.load("fashion-mnist")
        assert (dataset.name, dataset.title) == ("fashion-mnist", "Fashion-MNIST")
        assert (dataset.class_names[0], dataset.class_names[9], dataset.classes) == ("T-shirt", "Boot", 10)
        np.testing.assert_array_equal(dataset.train.images[:, 0], images)

    def test_kmnist_by_its_syllables(self, home):
        put(home, "kmnist", range(10))
        assert catalogue.load("kmnist").class_names == ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")

    @pytest.mark.parametrize("name, values", [("emnist-digits", range(10)), ("emnist-letters", range(1, 27))])
    def test_emnist_stands_upright(self, home, name, values):
        images = put(home, name, values)
        dataset = catalogue.load(name)
        for split in (dataset.train, dataset.test):
            np.testing.assert_array_equal(split.images[:, 0], images.transpose(0, 2, 1))
            assert split.images.flags.c_contiguous
            assert not split.images.flags.writeable

    def test_emnist_letters_begin_at_one(self, home):
        put(home, "emnist-letters", range(1, 27))
        dataset = catalogue.load("emnist-letters")
        assert (dataset.class_names[0], dataset.class_names[25], dataset.classes) == ("A a", "Z z", 26)
        assert dataset.train.labels.tolist() == list(range(26))

    def test_emnist_balanced_keeps_some_cases_apart(self, home):
        from torchvision.datasets import EMNIST

        put(home, "emnist-balanced", range(47))
        names = catalogue.load("emnist-balanced").class_names
        assert [name[0] for name in names] == EMNIST.classes_split_dict["balanced"]
        assert (names[9], names[10], names[12], names[36], names[46]) == ("9", "A", "C c", "a", "t")

    def test_cifar10(self, home):
        _, data = put_cifar10(home)
        dataset = catalogue.load("cifar10")
        assert (dataset.shape, dataset.full_scale, len(dataset.train), len(dataset.test)) == ((3, 32, 32), 255, 20, 4)
        assert (dataset.class_names[0], dataset.class_names[9], dataset.classes) == ("Airplane", "Truck", 10)
        np.testing.assert_array_equal(dataset.train.labels, data[:5, :, 0].ravel())
        # Red, then green, then blue, each row by row.
        assert dataset.train.images[5, 1, 2, 3] == data[1, 1, 1 + 1024 + 2 * 32 + 3]
        np.testing.assert_array_equal(dataset.test.images.reshape(4, -1), data[5, :, 1:])

    @pytest.mark.parametrize("change", [lambda data: data[:-1], lambda data: b"\x0a" + data[1:], lambda data: b""])
    def test_a_damaged_cifar10(self, home, change):
        folder, _ = put_cifar10(home)
        path = folder / "test_batch.bin"
        path.write_bytes(change(path.read_bytes()))
        assert (
            sentence("cifar10")
            == f"The downloaded CIFAR-10 cannot be read; delete {folder} to have it downloaded anew."
        )

    def test_a_damaged_file(self, home):
        put(home, "kmnist", range(10))
        folder = home / "datasets" / "kmnist"
        (folder / "t10k-images-idx3-ubyte.gz").write_bytes(b"")
        assert (
            sentence("kmnist") == f"The downloaded KMNIST cannot be read; delete {folder} to have it downloaded anew."
        )

    def test_is_fetched_when_it_is_not_there(self, home, monkeypatch):
        asked = []

        def fetch(name, title, megabytes, progress, cancelled):
            asked.append((name, title, megabytes, cancelled()))
            put(home, name, range(10))

        monkeypatch.setattr(downloads, "fetch", fetch)
        for _ in range(2):
            assert len(catalogue.load("kmnist", cancelled=lambda: False).train) == 10
        assert asked == [("kmnist", "KMNIST", 21.2, False)]

    def test_cancelling_the_download(self):
        with pytest.raises(Cancelled, match="KMNIST"):
            catalogue.load("kmnist", cancelled=lambda: True)


class TestFolders:
    def test_by_path(self, tmp_path):
        (tmp_path / "images").write_bytes(idx(np.ones((7, 2, 2), np.uint8)))
        dataset = catalogue.load(str(tmp_path))
        assert (dataset.name, dataset.title, dataset.shape, dataset.classes) == (
            str(tmp_path),
            tmp_path.name,
            (1, 2, 2),
            0,
        )

    def test_by_a_path_from_the_home_folder(self, tmp_path, monkeypatch):
        (tmp_path / "set").mkdir()
        (tmp_path / "set" / "images").write_bytes(idx(np.ones((7, 2, 2), np.uint8)))
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        assert catalogue.is_available("~/set")
        assert catalogue.load("~/set").name == str(tmp_path / "set")

    def test_a_name_of_the_catalogue_comes_before_a_folder(self, tmp_path, monkeypatch):
        (tmp_path / "mnist").mkdir()
        monkeypatch.chdir(tmp_path)
        assert len(catalogue.load("mnist").train) == 60_000

    def test_a_folder_without_images(self, tmp_path):
        assert sentence(str(tmp_path)).startswith(f"{tmp_path} holds no data; it may hold IDX files")


class TestUnknownNames:
    @pytest.mark.parametrize(
        "name, meant",
        [("minst", "mnist or kmnist"), ("fashion", "fashion-mnist"), ("CIFAR-10", "cifar10")],
    )
    def test_that_resemble_one(self, name, meant):
        assert sentence(name) == f"There is no data set, folder or file named {name!r}; did you mean {meant}?"

    @pytest.mark.parametrize("name", ["", "q", "/no/such/folder", "~nobody-of-that-name/x", "a\0b", "x" * 5000])
    def test_that_resemble_none(self, name):
        own = "the path of a folder of IDX files, a folder of pictures or an .npz file"
        expected = f"There is no data set, folder or file named {name!r}; choose {', '.join(ALL)} or {own}."
        assert sentence(name) == expected
        assert not catalogue.is_available(name)


def test_what_was_read_early_is_what_loading_gives_once(monkeypatch):
    read = []
    original = catalogue._read_bundled
    monkeypatch.setattr(catalogue, "_read_bundled", lambda name: read.append(name) or original(name))
    catalogue.read_early("digits")
    early = catalogue.load("digits")
    assert read == ["digits"]
    again = catalogue.load("digits")
    assert read == ["digits", "digits"]
    np.testing.assert_array_equal(early.train.images, again.train.images)
    assert early.title == again.title
