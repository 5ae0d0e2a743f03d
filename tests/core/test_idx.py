"""IDX files and folders of them, good and bad."""

import contextlib
import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from latentlab.core.errors import DataError
from latentlab.core.idx import read_folder, read_idx

DEBIAN = Path("/usr/share/datasets/fashion-mnist")

shapes = arrays.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5)
values = arrays.arrays(np.uint8, shapes)
in_one_folder = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def idx(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def images(count, height=4, width=3):
    return np.random.default_rng(count).integers(0, 256, (count, height, width), dtype=np.uint8)


def labels(count, classes=3):
    return (np.arange(count) % classes).astype(np.uint8)


def write(folder, **arrays_by_name):
    """Writes each array in a file of that name, with - for _ and with gzip where the name ends in _gz."""
    folder.mkdir(exist_ok=True)
    for name, array in arrays_by_name.items():
        packed = name.endswith("_gz")
        file = name.removesuffix("_gz").replace("_", "-") + (".gz" if packed else "")
        (folder / file).write_bytes(gzip.compress(idx(array)) if packed else idx(array))
    return folder


@pytest.fixture
def folder(tmp_path):
    return write(
        tmp_path / "set",
        train_images_idx3_ubyte=images(12),
        train_labels_idx1_ubyte=labels(12),
        t10k_images_idx3_ubyte=images(5),
        t10k_labels_idx1_ubyte=labels(5),
    )


def sentence(call, *arguments):
    with pytest.raises(DataError) as caught:
        call(*arguments)
    return str(caught.value)


class TestOneFile:
    @given(values, st.booleans())
    @in_one_folder
    def test_comes_back_as_it_was_written(self, tmp_path, array, packed):
        path = tmp_path / "file"
        path.write_bytes(gzip.compress(idx(array), 1) if packed else idx(array))
        read = read_idx(path)
        assert read.dtype == np.uint8
        np.testing.assert_array_equal(read, array)

    @given(st.data(), st.booleans())
    @in_one_folder
    def test_cut_at_any_byte_is_refused(self, tmp_path, data, packed):
        path = tmp_path / "file"
        whole = idx(data.draw(values))
        whole = gzip.compress(whole, 1) if packed else whole
        cut = data.draw(st.integers(0, len(whole) - 1))
        path.write_bytes(whole[:cut])
        message = sentence(read_idx, path)
        assert message == f"{path} is cut short; copy or download it again."

    @given(values, st.binary(min_size=1, max_size=9))
    @in_one_folder
    def test_longer_than_announced_is_refused(self, tmp_path, array, more):
        path = tmp_path / "file"
        path.write_bytes(idx(array) + more)
        assert sentence(read_idx, path) == f"{path} holds more than its header announces; copy or download it again."

    @given(st.data())
    @in_one_folder
    def test_a_byte_changed_in_a_gzip_file_is_noticed(self, tmp_path, data):
        path = tmp_path / "file"
        array = data.draw(values)
        packed = bytearray(gzip.compress(idx(array), 1))
        packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
        path.write_bytes(packed)
        with contextlib.suppress(DataError):
            np.testing.assert_array_equal(read_idx(path), array)  # it was the time or the system in gzip's header

    @pytest.mark.parametrize(
        "content", [b"\x89PNG\r\n\x1a\n", b"\0\0\x08\0", b"\0\0\x08\x05" + bytes(20), b"\0\1\x08\1"]
    )
    def test_wrong_magic(self, tmp_path, content):
        path = tmp_path / "file"
        path.write_bytes(content)
        expected = f"{path} is not an IDX file, the format of MNIST's images and labels; choose one that is."
        assert sentence(read_idx, path) == expected

    @pytest.mark.parametrize("kind, words", [(9, "signed bytes"), (12, "32-bit numbers"), (13, "floats")])
    def test_other_types(self, tmp_path, kind, words):
        path = tmp_path / "file"
        path.write_bytes(bytes([0, 0, kind, 1, 0, 0, 0, 0]))
        assert sentence(read_idx, path) == f"{path} holds {words}; only IDX files of unsigned bytes can be read."

    @pytest.mark.parametrize("packed", [False, True])
    def test_a_header_that_announces_terabytes_allocates_none(self, tmp_path, packed):
        path = tmp_path / "file"
        content = struct.pack(">HBB3I", 0, 8, 3, 2**32 - 1, 2**32 - 1, 64)
        path.write_bytes(gzip.compress(content) if packed else content)
        assert sentence(read_idx, path) == f"{path} is cut short; copy or download it again."

    def test_damaged_gzip(self, tmp_path):
        path = tmp_path / "file"
        packed = bytearray(gzip.compress(idx(images(20))))
        packed[-6] ^= 1  # in the checksum
        path.write_bytes(packed)
        assert sentence(read_idx, path) == f"{path} is damaged and cannot be unpacked; copy or download it again."

    def test_no_such_file(self, tmp_path):
        path = tmp_path / "file"
        expected = f"{path} cannot be read (No such file or directory); check the file and its permissions."
        assert sentence(read_idx, path) == expected


class TestFolder:
    def test_is_read_as_published(self, folder):
        dataset = read_folder(folder)
        assert (dataset.name, dataset.title, dataset.note) == (str(folder), "set", "")
        assert (dataset.shape, dataset.full_scale, dataset.class_names) == ((1, 4, 3), 255, ("0", "1", "2"))
        np.testing.assert_array_equal(dataset.train.images, images(12)[:, None])
        np.testing.assert_array_equal(dataset.train.labels, labels(12))
        np.testing.assert_array_equal(dataset.test.images, images(5)[:, None])
        np.testing.assert_array_equal(dataset.test.labels, labels(5))
        assert dataset.train.labels.dtype == np.int64
        assert not dataset.train.images.flags.writeable

    @pytest.mark.parametrize(
        "names",
        [
            "train_images_idx3_ubyte_gz train_labels_idx1_ubyte_gz t10k_images_idx3_ubyte_gz t10k_labels_idx1_ubyte_gz",
            "emnist_letters_train_images_idx3_ubyte emnist_letters_train_labels_idx1_ubyte "
            "emnist_letters_test_images_idx3_ubyte emnist_letters_test_labels_idx1_ubyte",
            "train_idx3 train_idx1 test_idx3 test_idx1",
            "images_train labels_train images_test labels_test",
            "images_gz labels_gz images_test_gz labels_test_gz",
        ],
    )
    def test_other_names(self, tmp_path, names):
        contents = [images(12), labels(12), images(5), labels(5)]
        dataset = read_folder(write(tmp_path / "x", **dict(zip(names.split(), contents, strict=True))))
        assert (len(dataset.train), len(dataset.test), dataset.classes, dataset.note) == (12, 5, 3, "")

    def test_dots_in_names(self, tmp_path):
        for name, content in {"train-images.idx3-ubyte": images(4), "T10K-Images.idx3-ubyte": images(3)}.items():
            (tmp_path / name).write_bytes(idx(content))
        dataset = read_folder(tmp_path)
        assert (len(dataset.train), len(dataset.test)) == (4, 3)

    def test_the_folder_raw_that_torchvision_makes(self, folder, tmp_path):
        (tmp_path / "MNIST").mkdir()
        folder.rename(tmp_path / "MNIST" / "raw")
        dataset = read_folder(tmp_path / "MNIST")
        assert (dataset.title, len(dataset.train), len(dataset.test)) == ("MNIST", 12, 5)

    def test_a_file_that_is_there_packed_and_unpacked_counts_once(self, folder):
        write(folder, train_images_idx3_ubyte_gz=images(12), train_labels_idx1_ubyte_gz=labels(12))
        assert len(read_folder(folder).train) == 12

    def test_other_files_are_passed_by(self, folder):
        for name in (
            "images.png",
            "train-images-idx3-ubyte.gz.md5",
            ".train-images-idx3-ubyte.gz.7.part",
            "labels.txt",
        ):
            (folder / name).write_bytes(b"something else")
        (folder / "images").mkdir()
        assert len(read_folder(folder).train) == 12

    def test_without_labels(self, folder):
        for path in folder.glob("*labels*"):
            path.unlink()
        dataset = read_folder(folder)
        assert (dataset.train.labels, dataset.test.labels, dataset.class_names) == (None, None, ())

    def test_label_values_become_classes(self, tmp_path):
        write(
            tmp_path,
            train_images=images(4),
            train_labels=np.array([200, 7, 7, 30], np.uint8),
            test_images=images(2),
            test_labels=np.array([30, 5], np.uint8),
        )
        dataset = read_folder(tmp_path)
        assert dataset.class_names == ("5", "7", "30", "200")
        assert dataset.train.labels.tolist() == [3, 1, 1, 2]
        assert dataset.test.labels.tolist() == [2, 0]

    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("last", [True, False])
    def test_channels_first_or_last(self, tmp_path, channels, last):
        pictures = np.random.default_rng(0).integers(0, 256, (9, channels, 6, 5), dtype=np.uint8)
        write(tmp_path, train_images_idx4_ubyte=pictures.transpose(0, 2, 3, 1) if last else pictures)
        dataset = read_folder(tmp_path)
        assert dataset.shape == (channels, 6, 5)
        both = np.concatenate([dataset.train.images, dataset.test.images])
        assert sorted(map(bytes, both)) == sorted(map(bytes, pictures))

    @pytest.mark.parametrize(
        "names", [("train_images", "train_labels"), ("t10k_images", "t10k_labels"), ("images", "labels")]
    )
    def test_one_set_is_split_six_to_one(self, tmp_path, names):
        write(tmp_path, **dict(zip(names, (images(70), np.arange(70, dtype=np.uint8)), strict=True)))
        dataset, again = read_folder(tmp_path), read_folder(tmp_path)
        assert (len(dataset.train), len(dataset.test)) == (60, 10)
        assert dataset.note == "split 6:1, as the folder holds one set of images"
        np.testing.assert_array_equal(dataset.test.labels, again.test.labels)
        assert np.ptp(dataset.test.labels) > 30  # drawn from everywhere, not cut off an end
        together = {*dataset.train.labels.tolist(), *dataset.test.labels.tolist()}
        assert together == set(range(70))
        np.testing.assert_array_equal(dataset.test.images, images(70)[dataset.test.labels][:, None])

    def test_two_images_are_enough(self, tmp_path):
        dataset = read_folder(write(tmp_path, images=images(2)))
        assert (len(dataset.train), len(dataset.test)) == (1, 1)

    def test_the_largest_size(self, tmp_path):
        assert read_folder(write(tmp_path, images=images(3, 64, 64))).shape == (1, 64, 64)

    @pytest.mark.skipif(not DEBIAN.is_dir(), reason="Debian's dataset-fashion-mnist is not installed")
    def test_debians_fashion_mnist(self):
        dataset = read_folder(DEBIAN)
        assert (len(dataset.train), len(dataset.test), dataset.shape, dataset.classes) == (
            60_000,
            10_000,
            (1, 28, 28),
            10,
        )
        assert np.bincount(dataset.train.labels).tolist() == [6000] * 10
        assert dataset.train.labels[:5].tolist() == [9, 0, 0, 3, 0]


class TestBadFolder:
    def test_missing(self, tmp_path):
        expected = f"There is no folder {tmp_path / 'x'}; choose one that holds IDX files."
        assert sentence(read_folder, tmp_path / "x") == expected

    def test_a_file_instead(self, tmp_path):
        (tmp_path / "x").write_text("x")
        expected = f"There is no folder {tmp_path / 'x'}; choose one that holds IDX files."
        assert sentence(read_folder, tmp_path / "x") == expected

    def test_unreadable(self, folder, monkeypatch):
        def refuse(path):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "iterdir", refuse)
        expected = f"{folder} cannot be read (Permission denied); check its permissions."
        assert sentence(read_folder, folder) == expected

    @pytest.mark.parametrize("labels_too", [True, False])
    def test_no_images(self, tmp_path, labels_too):
        if labels_too:
            write(tmp_path, train_labels_idx1_ubyte=labels(3))
        expected = f"There are no IDX images in {tmp_path}; it should hold a file named train-images-idx3-ubyte.gz."
        assert sentence(read_folder, tmp_path) == expected

    def test_more_than_one_set(self, folder):
        write(folder, letters_train_images=images(3))
        expected = (
            f"{folder} holds more than one data set (letters-train-images and train-images-idx3-ubyte); "
            "give each a folder of its own."
        )
        assert sentence(read_folder, folder) == expected

    def test_labels_that_go_with_nothing(self, folder):
        write(folder, letters_train_labels=labels(3))
        path = folder / "letters-train-labels"
        expected = f"No images go with {path}; name both alike, as train-images-idx3-ubyte.gz is named."
        assert sentence(read_folder, folder) == expected

    def test_too_few_labels(self, folder):
        write(folder, train_labels_idx1_ubyte=labels(11))
        expected = (
            f"{folder / 'train-labels-idx1-ubyte'} holds 11 labels, but train-images-idx3-ubyte 12 images; "
            "choose files that belong together."
        )
        assert sentence(read_folder, folder) == expected

    @pytest.mark.parametrize("removed, left", [("train", "test"), ("t10k", "training")])
    def test_labels_for_one_set_only(self, folder, removed, left):
        (folder / f"{removed}-labels-idx1-ubyte").unlink()
        expected = f"Only the {left} images in {folder} have labels; add the other labels or remove these."
        assert sentence(read_folder, folder) == expected

    def test_sets_of_different_size(self, folder):
        write(folder, t10k_images_idx3_ubyte=images(5, 8, 8))
        expected = (
            f"The training and test images in {folder} differ in size (1×4×3 and 1×8×8); "
            "put sets of one size into the folder."
        )
        assert sentence(read_folder, folder) == expected

    @pytest.mark.parametrize("height, width", [(65, 4), (4, 65), (128, 96)])
    def test_too_large(self, tmp_path, height, width):
        write(tmp_path, images=images(2, height, width))
        expected = f"The images in {tmp_path / 'images'} are {height}×{width} pixels; scale them to at most 64×64."
        assert sentence(read_folder, tmp_path) == expected

    def test_too_large_is_said_before_the_values_are_read(self, tmp_path):
        (tmp_path / "images").write_bytes(idx(images(2, 128, 96))[:100])
        assert "128×96 pixels" in sentence(read_folder, tmp_path)

    @pytest.mark.parametrize("shape, channels", [((2, 5, 6, 7), 5), ((2, 2, 8, 8), 2), ((2, 4, 8, 8), 4)])
    def test_wrong_channels(self, tmp_path, shape, channels):
        write(tmp_path, images=np.zeros(shape, np.uint8))
        expected = (
            f"The images in {tmp_path / 'images'} have {channels} channels; choose images with one channel or three."
        )
        assert sentence(read_folder, tmp_path) == expected

    @pytest.mark.parametrize("shape", [(0, 4, 4), (3, 0, 4), (3, 4, 0)])
    def test_empty(self, tmp_path, shape):
        write(tmp_path, images=np.zeros(shape, np.uint8))
        assert sentence(read_folder, tmp_path) == f"{tmp_path / 'images'} holds no images; choose another file."

    def test_a_single_image(self, tmp_path):
        write(tmp_path, images=images(1))
        expected = f"{tmp_path} holds one image only; at least two are needed, to train and to test on."
        assert sentence(read_folder, tmp_path) == expected

    def test_labels_in_the_place_of_images(self, tmp_path):
        write(tmp_path, images=labels(5))
        expected = f"{tmp_path / 'images'} should hold images, but has 1 dimension(s); choose another file."
        assert sentence(read_folder, tmp_path) == expected

    def test_images_in_the_place_of_labels(self, folder):
        path = folder / "train-labels-idx1-ubyte"
        path.write_bytes(idx(images(12)))
        expected = f"{path} should hold one label an image, but has 3 dimensions; choose another file."
        assert sentence(read_folder, folder) == expected

    def test_a_bad_file_is_named(self, folder):
        path = folder / "t10k-images-idx3-ubyte"
        path.write_bytes(path.read_bytes()[:-1])
        assert sentence(read_folder, folder) == f"{path} is cut short; copy or download it again."


def test_joined_gzip_files_are_read_as_one(tmp_path):
    content = idx(images(20))
    path = tmp_path / "joined.gz"
    path.write_bytes(gzip.compress(content[:100]) + gzip.compress(content[100:]) + bytes(16))
    np.testing.assert_array_equal(read_idx(path), images(20))
