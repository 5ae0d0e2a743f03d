"""What the fingerprint of a data set sees, what it leaves out, and how long it takes."""

import time
from dataclasses import replace

import numpy as np
import pytest

from latentlab.core import catalogue
from latentlab.core.data import DataConfig, Dataset, Split, select
from tests.core.sets import digits, random_images


def other(part, change):
    """Noise of which ``change`` has made other images or labels."""
    noise = random_images((1, 5, 4))
    split = getattr(noise, part)
    values = {"images": split.images.copy(), "labels": split.labels.copy()}
    change(values)
    return replace(noise, **{part: Split(**values)})


def one_pixel(values):
    values["images"][7, 0, 2, 2] ^= 1


def one_label(values):
    values["labels"][-1] = (values["labels"][-1] + 1) % 3


def order(values):
    values["images"] = values["images"][::-1]


def without_labels(values):
    values["labels"] = None


def fewer(values):
    values["images"], values["labels"] = values["images"][:-1], values["labels"][:-1]


def upright(values):
    values["images"] = values["images"].reshape(-1, 1, 4, 5)


@pytest.mark.parametrize("part", ["train", "test"])
@pytest.mark.parametrize("change", [one_pixel, one_label, order, without_labels, fewer, upright])
def test_sees_what_differs(part, change):
    assert other(part, change).fingerprint != random_images((1, 5, 4)).fingerprint


def test_sees_full_scale_classes_and_which_split_is_which():
    noise = random_images((1, 5, 4))
    others = [
        replace(noise, full_scale=16),
        replace(noise, class_names=("0", "1", "2", "3")),
        replace(noise, train=noise.test, test=noise.train),
    ]
    assert len({each.fingerprint for each in [noise, *others]}) == 4


def test_does_not_see_place_and_names():
    noise = random_images((1, 5, 4))
    moved = replace(noise, name="/elsewhere", title="Elsewhere", class_names=("a", "b", "c"), note="moved")
    assert moved.fingerprint == noise.fingerprint == random_images((1, 5, 4)).fingerprint
    assert len(noise.fingerprint) == 16 and set(noise.fingerprint) <= set("0123456789abcdef")


def test_looks_at_some_of_many_images_and_at_all_labels():
    images = np.zeros((5000, 1, 2, 2), np.uint8)
    labels = np.zeros(5000, np.int64)

    def marked(place, value=1, label=0):
        new, old = images.copy(), labels.copy()
        new[place], old[place] = value, label
        split = Split(new, old)
        return Dataset("many", "Many", split, Split(images[:10], labels[:10]), 255, ("0", "1")).fingerprint

    plain = marked(0, 0)
    assert marked(0) != plain and marked(4999) != plain
    assert marked(3) == plain  # it lies between two that are looked at
    assert marked(3, 0, label=1) != plain


def test_is_of_what_training_sees():
    whole, some = digits(), select(digits(), DataConfig("digits", train_images=100))
    assert whole.fingerprint != some.fingerprint
    assert some.fingerprint == select(digits(), DataConfig("digits", train_images=100)).fingerprint
    assert some.fingerprint != select(digits(), DataConfig("digits", train_images=100, split_seed=1)).fingerprint


def test_mnist_takes_no_time():
    mnist = catalogue.load("mnist")
    took = []
    for _ in range(5):
        fresh = replace(mnist)
        began = time.perf_counter()
        assert fresh.fingerprint == mnist.fingerprint
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05
