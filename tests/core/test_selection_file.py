"""What is selected, written and read again."""

import csv
import dataclasses

import numpy as np
import pytest
from PIL import Image

from latentlab.core.selection_file import MOST_PICTURED, Selected, write_picture, write_table
from latentlab.core.view_config import ViewConfig, choose_shown
from tests.core.sets import digits


@pytest.fixture
def selected():
    dataset = digits()
    return Selected.of(dataset, choose_shown(dataset, ViewConfig()), np.array([2, 3, 11]))


def latents(count, size=3):
    return np.random.default_rng(0).standard_normal((count, size)).astype(np.float32)


def test_selected_images_are_those_of_the_split(selected):
    split = digits().test
    np.testing.assert_array_equal(selected.labels, split.labels[selected.indices])
    np.testing.assert_array_equal(selected.images, split.images[selected.indices].astype(int) * 255 // 16)


def test_csv_is_read_again_to_the_last_digit(selected, tmp_path):
    path, codes = tmp_path / "selection.csv", latents(3)
    write_table(selected, codes, path)
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["split", "index", "label", "class", "z1", "z2", "z3"]
    assert {row["split"] for row in rows} == {"test"}
    assert [int(row["index"]) for row in rows] == selected.indices.tolist()
    assert [int(row["label"]) for row in rows] == selected.labels.tolist()
    assert [row["class"] for row in rows] == [digits().class_names[label] for label in selected.labels]
    np.testing.assert_array_equal(np.array([[row[f"z{n}"] for n in (1, 2, 3)] for row in rows], np.float32), codes)


def test_npz_is_read_again_without_pickle(selected, tmp_path):
    path, codes = tmp_path / "selection.NPZ", latents(3)
    write_table(selected, codes, path)
    with np.load(path, allow_pickle=False) as file:
        assert sorted(file) == ["class_name", "index", "label", "latents", "split"]
        np.testing.assert_array_equal(file["latents"], codes)
        np.testing.assert_array_equal(file["index"], selected.indices)
        np.testing.assert_array_equal(file["label"], selected.labels)
        assert file["class_name"].tolist() == [digits().class_names[label] for label in selected.labels]
        assert str(file["split"]) == "test"


def test_images_without_labels_are_saved_too(selected, tmp_path):
    unlabelled = dataclasses.replace(selected, labels=None, class_names=())
    write_table(unlabelled, latents(3, 1), tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(newline="") as file:
        assert [(row["label"], row["class"]) for row in csv.DictReader(file)] == [("", "")] * 3
    write_table(unlabelled, latents(3, 1), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as file:
        assert file["label"].tolist() == [-1, -1, -1]


def test_an_older_file_stays_where_the_new_one_fails(selected, tmp_path, monkeypatch):
    path = tmp_path / "selection.csv"
    path.write_text("older")
    with pytest.raises(ValueError, match="xlsx"):
        write_table(selected, latents(3), tmp_path / "selection.xlsx")
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_table(selected, latents(3), path)
    assert path.read_text() == "older" and [each.name for each in tmp_path.iterdir()] == ["selection.csv"]


def test_picture_holds_every_image_in_order(selected, tmp_path):
    write_picture(selected, "Three digits", tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        grey = np.asarray(picture.convert("L")).astype(int)
    places = [_find(grey, image[0]) for image in selected.images]
    assert all(places) and places == sorted(places, key=lambda place: place[1])
    assert len({row for row, _ in places}) == 1


def test_a_huge_selection_is_pictured_in_part(tmp_path, monkeypatch):
    captions = []
    monkeypatch.setattr(
        "latentlab.core.report.samples_picture",
        lambda sheets, columns, title, caption: captions.append((len(sheets[0][1]), caption)) or Image.new("L", (1, 1)),
    )
    count = MOST_PICTURED + 1
    many = Selected("train", np.arange(count), np.zeros((count, 1, 2, 2), np.uint8), None, ())
    write_picture(many, "", tmp_path / "sheet.png")
    assert captions == [(MOST_PICTURED, "The first 1,000 of 1,001 selected images")]


def _find(picture, image):
    """The first row and column where an enlarged ``image`` stands in a picture of grey values, or None."""
    factor = 12  # 96 device pixels for 8
    large = image.repeat(factor, 0).repeat(factor, 1)
    height, width = large.shape
    for row in np.flatnonzero((picture == large[0, 0]).any(1)):
        if row + height > len(picture):
            break
        for column in np.flatnonzero(picture[row] == large[0, 0]):
            if np.array_equal(picture[row : row + height, column : column + width], large):
                return int(row), int(column)
    return None
