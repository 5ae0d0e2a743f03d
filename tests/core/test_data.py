"""Splits, and the part of a data set that a run asks for."""

import numpy as np
import pytest

from latentlab.core.data import DataConfig, Dataset, Split, select
from latentlab.core.errors import DataError


def split(start, count, labelled=True):
    """Images whose only pixel is their number; labelled, with that number too."""
    numbers = np.arange(start, start + count)
    return Split(numbers.astype(np.uint8).reshape(-1, 1, 1, 1), numbers.astype(np.int64) if labelled else None)


def dataset(train=40, test=10, labelled=True, note=""):
    names = tuple(map(str, range(train + test))) if labelled else ()
    return Dataset("x", "X", split(0, train, labelled), split(train, test, labelled), 255, names, note)


def numbers(part):
    return part.images[:, 0, 0, 0].tolist()


class TestSplit:
    def test_cannot_be_written(self):
        part = split(0, 3)
        with pytest.raises(ValueError, match="read-only"):
            part.images[0] = 1
        with pytest.raises(ValueError, match="read-only"):
            part.labels[0] = 1

    def test_take(self):
        part = split(0, 9).take(np.array([4, 2]))
        assert (len(part), numbers(part), part.labels.tolist()) == (2, [4, 2], [4, 2])
        assert not part.images.flags.writeable
        assert split(0, 9, labelled=False).take(np.array([4])).labels is None


class TestDataset:
    def test_shape_and_classes(self):
        assert (dataset().shape, dataset().classes, dataset(labelled=False).classes) == ((1, 1, 1), 50, 0)

    @pytest.mark.parametrize("train, test", [(0, 3), (3, 0)])
    def test_without_images(self, train, test):
        with pytest.raises(DataError, match=r"^X has no images in one of its splits\.$"):
            dataset(train, test)


class TestSelect:
    def test_all_of_it_by_default(self):
        whole = dataset(note="a note")
        chosen = select(whole, DataConfig())
        assert chosen.train is whole.train
        assert chosen.test is whole.test
        assert chosen.note == "a note"

    def test_some_of_the_training_images(self):
        chosen = select(dataset(), DataConfig(train_images=15))
        assert len(chosen.train) == 15
        assert numbers(chosen.train) == sorted(set(numbers(chosen.train)))
        assert chosen.train.labels.tolist() == numbers(chosen.train)
        assert numbers(chosen.test) == list(range(40, 50))
        assert chosen.note == "15 of 40 training images"

    def test_more_than_there_are_is_all(self):
        chosen = select(dataset(), DataConfig(train_images=41))
        assert (len(chosen.train), chosen.note) == (40, "")

    def test_the_note_of_the_data_set_is_kept(self):
        chosen = select(dataset(note="a note"), DataConfig(train_images=15))
        assert chosen.note == "a note; 15 of 40 training images"

    @pytest.mark.parametrize("labelled", [True, False])
    def test_a_split_of_ones_own(self, labelled):
        chosen = select(dataset(labelled=labelled, note="split 6:1"), DataConfig(test_share=0.3))
        assert (len(chosen.train), len(chosen.test)) == (35, 15)
        assert sorted(numbers(chosen.train) + numbers(chosen.test)) == list(range(50))
        assert any(number < 40 for number in numbers(chosen.test))
        if labelled:
            assert chosen.test.labels.tolist() == numbers(chosen.test)
        else:
            assert chosen.test.labels is None
        assert chosen.note == "own split, 30% for testing"

    def test_both(self):
        chosen = select(dataset(), DataConfig(test_share=0.125, train_images=5))
        assert (len(chosen.train), len(chosen.test)) == (5, 6)
        assert chosen.note == "own split, 12.5% for testing; 5 of 44 training images"

    def test_is_drawn_by_the_seed(self):
        def drawn(seed):
            chosen = select(dataset(), DataConfig(train_images=15, test_share=0.2, split_seed=seed))
            return numbers(chosen.train), numbers(chosen.test)

        assert drawn(1) == drawn(1)
        assert drawn(1) != drawn(2)

    @pytest.mark.parametrize(
        "share, sentence",
        [
            (0.001, "A test share of 0.001 leaves no image to test on."),
            (0.9, "A test share of 0.9 leaves no image to train on."),
        ],
    )
    def test_a_share_that_leaves_nothing(self, share, sentence):
        with pytest.raises(DataError) as caught:
            select(dataset(1, 1), DataConfig(test_share=share))
        assert str(caught.value) == sentence
