"""NumPy files of images: the names and shapes they may have, and what is refused."""

import zipfile

import numpy as np
import pytest

from latentlab.core import catalogue, npz_data
from latentlab.core.errors import DataError
from latentlab.core.npz_data import check_npz, read_npz


def images(count, *shape):
    return np.random.default_rng(count).integers(0, 256, (count, *(shape or (4, 3))), dtype=np.uint8)


@pytest.fixture
def save(tmp_path):
    def save_(**arrays):
        np.savez(tmp_path / "mine.npz", **arrays)
        return tmp_path / "mine.npz"

    return save_


def sentence(path):
    with pytest.raises(DataError) as caught:
        read_npz(path)
    return str(caught.value)


class TestNames:
    @pytest.mark.parametrize(
        "names",
        [
            "x_train y_train x_test y_test",
            "train_images train_labels test_images test_labels",
            "trainX trainY testX testY",
            "X_training target_training data_val label_val",
        ],
    )
    def test_train_and_test(self, save, names):
        arrays = (images(12), np.arange(12) % 3 + 5, images(5), np.arange(5) % 4 + 5)
        dataset = read_npz(save(**dict(zip(names.split(), arrays, strict=True)), other=np.zeros(3)))
        assert (dataset.title, dataset.shape, dataset.note) == ("mine", (1, 4, 3), "")
        np.testing.assert_array_equal(dataset.train.images[:, 0], images(12))
        np.testing.assert_array_equal(dataset.test.images[:, 0], images(5))
        assert dataset.class_names == ("5", "6", "7", "8")
        assert dataset.train.labels.tolist() == [0, 1, 2] * 4 and dataset.test.labels.tolist() == [0, 1, 2, 3, 0]
        assert dataset.train.labels.dtype == np.int64

    @pytest.mark.parametrize("names", ["x y", "images labels", "data target", "arr_0 arr_1"])
    def test_one_set(self, save, names):
        dataset = read_npz(save(**dict(zip(names.split(), (images(14), np.arange(14)), strict=True))))
        assert (len(dataset.train), len(dataset.test), dataset.classes) == (12, 2, 14)
        assert dataset.note == "split 6:1, as the file holds one set of images"
        np.testing.assert_array_equal(dataset.test.images[:, 0], images(14)[dataset.test.labels])

    def test_without_labels(self, save):
        dataset = read_npz(save(imgs=images(7)))
        assert dataset.train.labels is None and dataset.class_names == ()

    def test_validation_beside_test_is_left_out(self, save):
        dataset = read_npz(save(train_images=images(5), val_images=images(4), test_images=images(3)))
        assert (len(dataset.train), len(dataset.test), dataset.note) == (5, 3, "without val_images")

    def test_an_unread_array_of_objects_does_no_harm(self, save):
        assert len(read_npz(save(x=images(7), metadata=np.array([{}], object))).train) == 6


class TestChecking:
    def test_what_is_wrong_with_names_and_shapes_is_said_without_reading(self, save):
        check_npz(save(x=images(7)))
        check_npz(save(x=images(7) + 0.5))  # values are looked at when they are read
        for arrays in ({"weights": images(7)}, {"x": images(7), "y": [1, 2]}, {"x": np.zeros((3, 4))}):
            file = save(**arrays)
            with pytest.raises(DataError) as read:
                read_npz(file)
            with pytest.raises(DataError) as checked:
                check_npz(file)
            assert str(checked.value) == str(read.value)


class TestContents:
    @pytest.mark.parametrize(
        "shape, read", [((5, 4, 3), (3, 5, 4)), ((3, 5, 4), (3, 5, 4)), ((5, 4, 1), (1, 5, 4)), ((1, 5, 4), (1, 5, 4))]
    )
    def test_channels(self, save, shape, read):
        values = images(7, *shape)
        dataset = read_npz(save(x_train=values, x_test=values[:1]))
        assert dataset.shape == read
        expected = values if shape == read else values.transpose(0, 3, 1, 2)
        np.testing.assert_array_equal(dataset.train.images, expected)

    @pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
    def test_floats_are_scaled(self, save, kind):
        values = (images(9) / 255).astype(kind)
        dataset = read_npz(save(x_train=values, x_test=values))
        np.testing.assert_allclose(dataset.train.images[:, 0], images(9), atol=kind is np.float16)

    def test_whole_numbers_of_another_type(self, save):
        values = images(9).astype(np.int64)
        np.testing.assert_array_equal(read_npz(save(x_train=values, x_test=values)).train.images[:, 0], values)

    @pytest.mark.parametrize("kind", [bool, np.uint8])
    def test_black_and_white(self, save, kind):
        values = (images(9) > 99).astype(kind)
        dataset = read_npz(save(x_train=values, x_test=values))
        np.testing.assert_array_equal(dataset.train.images[:, 0], values * np.uint8(255))

    def test_labels_as_text_or_in_a_column(self, save):
        dataset = read_npz(save(x_train=images(3), y_train=["b", "a", "b"], x_test=images(1), y_test=[["long"]]))
        assert dataset.class_names == ("a", "b", "long")
        assert (dataset.train.labels.tolist(), dataset.test.labels.tolist()) == ([1, 0, 1], [2])


class TestRefused:
    def test_pickled(self, save):
        path = save(x=np.array([images(1), None], object), y=[1, 2])
        expected = f"x in {path} holds Python objects, which are never read; save it as plain numbers."
        assert sentence(path) == expected
        path = save(x=images(2), y=np.array(["a", None], object))
        assert sentence(path).startswith(f"y in {path} holds Python objects")

    def test_no_images(self, save):
        path = save(weights=images(3), b=images(2))
        assert sentence(path) == (
            f"{path} holds no array of images (b, weights); name it x or images, or x_train and x_test."
        )

    @pytest.mark.parametrize(
        "values, words",
        [
            (images(3, 12), "should hold images, but has 2 dimension(s)"),
            (images(3, 5, 5, 4), "have 5 channels"),
            (images(0, 5, 5), "holds no images"),
            (images(2, 65, 64), "are 65×64 pixels; scale them to at most 64×64"),
            (np.full((2, 4, 4), 256), "has values from 256 to 256"),
            (np.full((2, 4, 4), -1), "has values from -1 to -1"),
            (np.full((2, 4, 4), 1.5), "has values from 1.5 to 1.5"),
            (np.full((2, 4, 4), np.nan), "has values from nan to nan"),
            (np.full((2, 4, 4), 1j), "holds no numbers"),
        ],
    )
    def test_images(self, save, values, words):
        assert words in sentence(save(x=values))

    @pytest.mark.parametrize(
        "labels, words",
        [
            (np.arange(4), "holds 4 labels in y, but 3 images in x"),
            (np.eye(3, dtype=int), "should hold one label an image, but is 3×3"),
            (np.array(1), "but is a single value"),
            (np.ones(3), "holds neither whole numbers nor text"),
        ],
    )
    def test_labels(self, save, labels, words):
        assert words in sentence(save(x=images(3), y=labels))

    def test_two_of_a_kind(self, save):
        path = save(x=images(3), images=images(3))
        assert sentence(path) == f"{path} holds both x and images; leave one of them out."
        assert "holds both x and x_train" in sentence(save(x=images(3), x_train=images(3)))

    def test_sets_that_differ(self, save):
        assert "differ in size" in sentence(save(x_train=images(3), x_test=images(3, 5, 5)))
        assert "Only the training images" in sentence(save(x_train=images(3), y_train=[1, 2, 3], x_test=images(3)))

    def test_damaged(self, save):
        path = save(x=images(50))
        content = path.read_bytes()
        swapped = bytearray(content)
        swapped[400] ^= 255
        for damaged in (content[:200], bytes(swapped), b"", b"x" * 50):
            path.write_bytes(damaged)
            assert sentence(path) == f"{path} is damaged or no .npz file; save or copy it again."

    def test_fewer_values_than_the_header_says(self, tmp_path):
        np.save(tmp_path / "x.npy", images(50))
        path = tmp_path / "mine.npz"
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("x.npy", (tmp_path / "x.npy").read_bytes()[:-5])
        assert "is damaged" in sentence(path)

    def test_too_much(self, save, monkeypatch):
        monkeypatch.setattr(npz_data, "MOST_BYTES", 100)
        path = save(x=images(50))
        assert sentence(path).startswith(f"x in {path} would take more than")


class TestInTheCatalogue:
    def test_by_path(self, save, monkeypatch):
        path = save(x=images(7))
        monkeypatch.chdir(path.parent)
        assert catalogue.is_available("mine.npz") and catalogue.from_anywhere("mine.npz") == str(path)
        assert catalogue.load("mine.npz").name == str(path)

    def test_another_kind_of_file(self, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("x")
        assert not catalogue.is_available(str(path))
        with pytest.raises(DataError) as caught:
            catalogue.load(str(path))
        assert str(caught.value) == (
            f"{path} is a file that cannot be read as data; "
            "choose a folder of IDX files, a folder of pictures by class, or an .npz file."
        )
