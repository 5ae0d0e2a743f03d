"""Folders of pictures: how they may lie, what becomes of each picture, and what is refused."""

import numpy as np
import pytest
from PIL import Image

from latentlab.core import catalogue, picture_folder, picture_reading, reopening, runs
from latentlab.core.data import DataConfig
from latentlab.core.errors import Cancelled, DataError
from latentlab.core.exploration import Exploration
from latentlab.core.models import model_info
from latentlab.core.natural_order import natural_key
from latentlab.core.options import build
from latentlab.core.picture_folder import read_pictures
from latentlab.core.picture_reading import fitted, read_picture
from latentlab.core.run import Run
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig


def picture(path, value=0, size=(5, 4)):
    """Saves a picture of one value or colour; ``size`` is width and height."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L" if isinstance(value, int) else "RGB", size, value).save(path)
    return path


def sentence(call, *arguments):
    with pytest.raises(DataError) as caught:
        call(*arguments)
    return str(caught.value)


def values(split):
    """The value of each picture's first pixel."""
    return split.images[:, 0, 0, 0].tolist()


@pytest.fixture
def classes(tmp_path):
    """Three classes of seven pictures; what is of no concern lies beside them."""
    folder = tmp_path / "mine"
    for index, name in enumerate(["10", "2", "one"]):
        for number in range(7):
            picture(folder / name / f"{number}.png", 10 * index + number)
        (folder / name / "notes.txt").write_text("x")
    picture(folder / "__MACOSX" / "a.png")
    picture(folder / ".hidden" / "a.png")
    (folder / "empty").mkdir()
    return folder


class TestHowTheyLie:
    def test_by_class(self, classes):
        dataset, again = read_pictures(classes), read_pictures(classes)
        assert (dataset.name, dataset.title, dataset.shape) == (str(classes), "mine", (1, 4, 5))
        assert dataset.class_names == ("2", "10", "one") and dataset.full_scale == 255
        assert (len(dataset.train), len(dataset.test)) == (18, 3)
        assert dataset.note == "split 6:1, as the folder holds one set of images"
        for split, same in ((dataset.train, again.train), (dataset.test, again.test)):
            assert split.images.dtype == np.uint8 and split.labels.dtype == np.int64
            for value, label in zip(values(split), split.labels.tolist(), strict=True):
                assert label == [1, 0, 2][value // 10]
            np.testing.assert_array_equal(split.images, same.images)

    @pytest.mark.parametrize("train, test", [("train", "test"), ("Training", "val")])
    def test_train_and_test(self, tmp_path, train, test):
        for index, name in enumerate(["a", "b"]):
            for number in (10, 9, 8):
                picture(tmp_path / train / name / f"{number}.png", 100 * index + number)
        picture(tmp_path / test / "b" / "1.png", 1)
        dataset = read_pictures(tmp_path)
        assert values(dataset.train) == [8, 9, 10, 108, 109, 110] and values(dataset.test) == [1]
        assert dataset.train.labels.tolist() == [0, 0, 0, 1, 1, 1] and dataset.test.labels.tolist() == [1]
        assert dataset.class_names == ("a", "b") and dataset.note == ""

    def test_validation_beside_test_is_left_out(self, tmp_path):
        for name in ("train", "val", "test"):
            picture(tmp_path / name / "a" / "1.png", 5)
            picture(tmp_path / name / "b" / "1.png", 6)
        dataset = read_pictures(tmp_path)
        assert (len(dataset.train), len(dataset.test)) == (2, 2)
        assert dataset.note == "without the pictures in val"

    def test_a_class_called_train(self, tmp_path):
        for name in ("bus", "train"):
            picture(tmp_path / name / "1.png")
        assert read_pictures(tmp_path).class_names == ("bus", "train")

    @pytest.mark.parametrize("place", [".", "all"])
    def test_without_classes(self, tmp_path, place):
        for number in range(14):
            picture(tmp_path / place / f"{number}.PNG", number)
        dataset = read_pictures(tmp_path)
        assert (len(dataset.train), len(dataset.test), dataset.classes) == (12, 2, 0)
        assert dataset.train.labels is None and values(dataset.train) == sorted(values(dataset.train))

    def test_no_pictures(self, tmp_path):
        (tmp_path / "notes.txt").write_text("x")
        assert read_pictures(tmp_path) is None

    def test_both_in_classes_and_beside_them(self, classes):
        picture(classes / "stray.png")
        assert sentence(read_pictures, classes) == (
            f"{classes} holds pictures both in folders of classes and beside them, such as stray.png; "
            "move these into a folder or elsewhere."
        )

    def test_classes_in_one_set_only(self, tmp_path):
        for place in ("train/a/1.png", "train/b/1.png", "test/1.png"):
            picture(tmp_path / place)
        assert sentence(read_pictures, tmp_path).startswith(f"Only the training images in {tmp_path} have labels;")

    def test_one_picture(self, tmp_path):
        picture(tmp_path / "a.png")
        assert sentence(read_pictures, tmp_path).startswith(f"{tmp_path} holds one image only;")


class TestWhatBecomesOfThem:
    @pytest.mark.parametrize("ending", ["png", "jpg", "jpeg", "bmp", "gif", "webp", "tif", "tiff"])
    def test_every_kind(self, tmp_path, ending):
        read = read_picture(picture(tmp_path / f"a.{ending}", 128, (8, 8)))
        assert read.pixels.shape == (8, 8) and np.abs(read.pixels.astype(int) - 128).max() <= 2

    def test_one_in_colour_makes_all_rgb(self, tmp_path):
        picture(tmp_path / "a.png", 7)
        picture(tmp_path / "b.png", (1, 2, 3))
        dataset = read_pictures(tmp_path)
        assert dataset.shape == (3, 4, 5)
        assert {tuple(image[:, 0, 0]) for s in (dataset.train, dataset.test) for image in s.images} == {
            (7, 7, 7),
            (1, 2, 3),
        }

    def test_grey_saved_in_colour_is_grey(self, tmp_path):
        assert read_picture(picture(tmp_path / "a.png", (9, 9, 9))).pixels.shape == (4, 5)

    def test_what_is_transparent_lies_on_white(self, tmp_path):
        colours = np.array([[[200, 0, 0, 0], [200, 0, 0, 255], [0, 0, 0, 128]]], np.uint8)
        Image.fromarray(colours).save(tmp_path / "a.png")
        assert read_picture(tmp_path / "a.png").pixels[0].tolist() == [[255, 255, 255], [200, 0, 0], [127, 127, 127]]

    def test_a_transparent_palette(self, tmp_path):
        image = Image.new("P", (2, 2), 0)
        image.putpalette([0, 0, 0, 50, 50, 50])
        image.putpixel((1, 1), 1)
        image.save(tmp_path / "a.png", transparency=0)
        assert read_picture(tmp_path / "a.png").pixels.tolist() == [[255, 255], [255, 50]]

    def test_sixteen_bits(self, tmp_path):
        Image.fromarray(np.array([[0, 256, 65535]], np.uint16)).save(tmp_path / "a.png")
        assert read_picture(tmp_path / "a.png").pixels.tolist() == [[0, 1, 255]]

    def test_upright(self, tmp_path):
        image = Image.fromarray(np.array([[0, 255], [0, 255], [0, 255]], np.uint8))
        turned = image.getexif()
        turned[0x0112] = 6
        image.save(tmp_path / "a.png", exif=turned)
        read = read_picture(tmp_path / "a.png")
        assert read.pixels.tolist() == [[0, 0, 0], [255, 255, 255]] and read.size == (3, 2)

    def test_one_size_beyond_64(self, tmp_path):
        for name in "ab":
            picture(tmp_path / f"{name}.jpg", 90, (320, 160))
        dataset = read_pictures(tmp_path)
        assert dataset.shape == (1, 32, 64) and np.abs(dataset.train.images.astype(int) - 90).max() <= 2
        assert dataset.note.startswith("pictures scaled to 32×64; split 6:1")

    def test_several_sizes_are_padded_with_the_colour_of_their_border(self, tmp_path):
        picture(tmp_path / "1.png", 50, (4, 8))
        wide = Image.new("L", (8, 4), 200)
        wide.paste(0, (2, 1, 6, 3))
        wide.save(tmp_path / "2.png")
        dataset = read_pictures(tmp_path)
        assert dataset.shape == (1, 8, 8)
        assert dataset.note.startswith("pictures of several sizes, scaled and padded to 8×8")
        images = {int(image[0, 0, 0]): image[0] for s in (dataset.train, dataset.test) for image in s.images}
        assert (images[50] == 50).all()
        assert (images[200][:2] == 200).all() and (images[200][6:] == 200).all() and (images[200][3:5, 2:6] == 0).all()

    def test_smaller_ones_are_scaled_up(self):
        assert (fitted(np.full((2, 1), 3, np.uint8), (8, 8)) == 3).all()
        inside = fitted(np.arange(4, dtype=np.uint8).reshape(2, 2) * 80, (64, 32))
        assert inside.shape == (32, 64) and inside[0, 16] < 20 < 220 < inside[-1, 47]

    def test_a_thread_of_a_picture(self, tmp_path):
        assert read_picture(picture(tmp_path / "a.png", 1, (1, 1000))).pixels.shape == (64, 1)

    def test_natural_order(self):
        names = ["b", "a10", "A2", "a2", "10", "2", "x²", ""]
        assert sorted(names, key=natural_key) == ["", "2", "10", "A2", "a2", "a10", "b", "x²"]


class TestRefused:
    def test_damaged(self, tmp_path):
        path = picture(tmp_path / "a.png", 7, (60, 60))
        content = path.read_bytes()
        for damaged in (content[: len(content) // 2], content[:30], b"no picture", b""):
            path.write_bytes(damaged)
            assert sentence(read_pictures, tmp_path) == f"{path} is damaged or no picture; replace or remove it."

    def test_another_format_by_a_pictures_name(self, tmp_path):
        (tmp_path / "a.png").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")
        assert "damaged or no picture" in sentence(read_pictures, tmp_path)

    def test_far_too_large(self, tmp_path, monkeypatch):
        path = picture(tmp_path / "a.png", 7, (60, 60))
        for most in (3000, 1000):  # within and beyond twice Pillow's bound, where it warns and raises
            monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", most)
            assert sentence(read_pictures, tmp_path) == (
                f"{path} has far too many pixels to be read; make it smaller or remove it."
            )
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
        monkeypatch.setattr(picture_reading, "_MOST_PIXELS", 3000)
        assert "far too many pixels" in sentence(read_pictures, tmp_path)

    def test_floats(self, tmp_path):
        Image.new("F", (3, 3)).save(tmp_path / "a.tif")
        assert sentence(read_pictures, tmp_path).startswith(f"{tmp_path / 'a.tif'} holds floats")

    def test_too_many(self, classes, monkeypatch):
        monkeypatch.setattr(picture_folder, "MOST_PICTURES", 20)
        expected = f"{classes} holds 21 pictures; at most 20 can be read, so use fewer."
        assert sentence(read_pictures, classes) == expected

    def test_too_much(self, classes, monkeypatch):
        monkeypatch.setattr(picture_folder, "MOST_BYTES", 400)
        assert "of memory; use fewer or smaller." in sentence(read_pictures, classes)


class TestInTheCatalogue:
    def test_progress_and_cancelling(self, classes):
        said = []
        catalogue.load(str(classes), lambda text, share: said.append((text, share)), lambda: False)
        assert said[0] == ("Reading pictures of mine", 0.0)
        with pytest.raises(Cancelled, match="Reading mine was cancelled"):
            catalogue.load(str(classes), cancelled=lambda: True)

    def test_a_saved_run_is_opened_again(self, classes, tmp_path, monkeypatch):
        monkeypatch.chdir(classes.parent)
        data = DataConfig(catalogue.from_anywhere("mine"))
        assert data.name == str(classes)
        config = build(model_info("ae").config, {"hidden": 8})
        trainer = Trainer(catalogue.load(data.name), "ae", config, TrainingConfig(batch_size=6, device="cpu"))
        trainer.advance(1)
        runs.save(Run.of(trainer, data, config, Exploration()), tmp_path / "run")
        monkeypatch.chdir(tmp_path / "run")
        assert reopening.read(tmp_path / "run")[1].class_names == ("2", "10", "one")
        classes.rename(tmp_path / "elsewhere")
        assert sentence(reopening.read, tmp_path / "run") == f"“run” was trained on {classes}, which cannot be found."
