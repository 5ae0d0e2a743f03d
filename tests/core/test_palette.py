import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from latentlab.core.palette import DIMMED, UNLABELLED, class_colours, sequential_colours
from latentlab.gui.colours import DARK, LIGHT, rgb

# Machado, Oliveira and Fernandes (2009), full severity, on linear RGB.
SIGHT = {
    "normal": np.eye(3),
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
RGB_TO_LMS = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
]
LMS_TO_OKLAB = [
    [0.2104542553, 0.7936177850, -0.0040720468],
    [1.9779984951, -2.4285922050, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.8086757660],
]


def linear(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    values = np.asarray(colours) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def oklab(colours: NDArray[np.uint8], sight: str = "normal") -> NDArray[np.float64]:
    seen = np.clip(linear(colours) @ np.transpose(SIGHT[sight]), 0, 1)
    return np.cbrt(seen @ np.transpose(RGB_TO_LMS)) @ np.transpose(LMS_TO_OKLAB)


def closest(colours: NDArray[np.uint8], sight: str = "normal") -> float:
    seen = oklab(colours, sight)
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))


def contrasts(colours: NDArray[np.uint8], ground: tuple[int, int, int]) -> NDArray[np.float64]:
    weights = (0.2126, 0.7152, 0.0722)
    one, other = linear(colours) @ weights + 0.05, linear(np.array(ground)) @ weights + 0.05
    return np.maximum(one, other) / np.minimum(one, other)


@pytest.mark.parametrize(
    "sight, least", [("normal", 0.16), ("deuteranopia", 0.09), ("protanopia", 0.089), ("tritanopia", 0.089)]
)
def test_ten_colours_stay_apart_for_every_eye(sight, least):
    assert closest(class_colours(10), sight) > least


@pytest.mark.parametrize("sight", SIGHT)
def test_no_class_looks_unlabelled_or_dimmed(sight):
    ten = oklab(class_colours(10), sight)
    for quiet in oklab(np.array([UNLABELLED, DIMMED]), sight):
        assert np.linalg.norm(ten - quiet, axis=1).min() > 0.06


@pytest.mark.parametrize("ground", [LIGHT.plot, DARK.plot])
@pytest.mark.parametrize("count", [1, 10, 11, 47, 100])
def test_every_colour_shows_on_the_plots_of_both_themes(count, ground):
    assert contrasts(class_colours(count), rgb(ground)).min() >= 3  # WCAG 2.2, 1.4.11: what is needed to understand


@pytest.mark.parametrize("count, least", [(11, 0.09), (26, 0.06), (47, 0.03)])
def test_generated_colours_differ(count, least):
    assert closest(class_colours(count)) > least


@pytest.mark.parametrize("count", range(11, 60))
def test_consecutive_classes_are_far_apart_in_hue(count):
    lab = oklab(class_colours(count))
    hue = np.arctan2(lab[:, 2], lab[:, 1])
    turns = np.abs(np.angle(np.exp(1j * np.diff(hue))))
    assert turns.min() > np.radians(75)


def test_up_to_ten_begin_one_palette():
    for count in range(11):
        assert np.array_equal(class_colours(count), class_colours(10)[:count])


@given(st.integers(0, 300))
def test_there_are_as_many_as_asked_for_and_always_the_same(count):
    colours = class_colours(count)
    assert colours.shape == (count, 3)
    assert colours.dtype == np.uint8
    assert np.array_equal(colours, class_colours(count))


def test_none_of_a_hundred_is_given_twice():
    assert len(np.unique(class_colours(100), axis=0)) == 100


@pytest.mark.parametrize("sight", SIGHT)
def test_a_scale_climbs_in_lightness_for_every_eye(sight):
    assert np.diff(oklab(sequential_colours(16), sight)[:, 0]).min() > 0.007


def test_equal_steps_of_a_scale_are_equally_far_apart():
    steps = np.linalg.norm(np.diff(oklab(sequential_colours(16)), axis=0), axis=1)
    assert steps.min() > 0.85 * steps.max()  # of whole bytes a channel


def test_a_scale_shows_on_white_and_on_near_black():
    colours = sequential_colours(64)
    assert contrasts(colours, (255, 255, 255)).min() > 1.8
    assert contrasts(colours, (0x16, 0x18, 0x1D)).min() > 2.8
