"""Drawings are framed as the data sets' own images were, which those images show themselves."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from latentlab.core.catalogue import load
from latentlab.core.data import Dataset, Split
from latentlab.core.drawing import DrawingError, Framing, normalise


@pytest.fixture(scope="module")
def mnist():
    return load("mnist")


@pytest.fixture(scope="module")
def digits():
    return load("digits")


def enlarged(image, times):
    return np.kron(image, np.ones((times, times), image.dtype))


def dataset(images, name="folder"):
    split = Split(images, None)
    return Dataset(name, name, split, split, 255, ())


def test_mnists_own_test_images_are_fixed_points(mnist):
    framing = Framing.of(mnist)
    assert framing.ground == 0 and framing.norm is not None and framing.sheet_size == (448, 448)
    for image in mnist.test.images[:200]:
        framed = framing.image(enlarged(image[0], 16)[None])
        # The strongest ink is made 255, which in some images is 254.
        assert np.abs(framed.astype(int) - image).max() <= 1


@pytest.mark.parametrize("times, y, x", [(3, 5, 300), (9, 0, 0), (11, 130, 61)])
def test_a_shifted_and_scaled_digit_comes_back(mnist, times, y, x):
    framing = Framing.of(mnist)
    for image in mnist.test.images[:50, 0]:
        large = enlarged(image, times)
        sheet = np.zeros((448, 448), np.uint8)
        sheet[y : y + len(large), x : x + len(large)] = large[: 448 - y, : 448 - x]
        assert np.abs(framing.image(sheet[None])[0].astype(int) - image).max() <= 1


def test_the_centre_of_mass_is_scipys(mnist):
    framing = Framing.of(mnist)
    rng = np.random.default_rng(0)
    for _ in range(20):
        blot = ndimage.gaussian_filter(rng.normal(size=(200, 300)), 12) > 0.02
        sheet = np.zeros((448, 448), np.uint8)
        sheet[100:300, 20:320] = 255 * blot
        framed = framing.image(sheet[None])[0]
        rows, columns = np.flatnonzero(framed.any(1)), np.flatnonzero(framed.any(0))
        assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
        mass = np.array(ndimage.center_of_mass(framed.astype(float)))
        assert (np.abs(mass - 14) <= 0.51).all()


def test_pixels_are_the_mean_of_what_they_cover(mnist):
    rng = np.random.default_rng(1)
    ink = rng.random((120, 80)).astype(np.float32)
    norm = Framing.of(mnist).norm
    framed = normalise(ink, norm, 28, 28)
    expected = np.repeat(ink, 13, 1).reshape(20, 6, 13, 80).mean((1, 3))
    rows, columns = np.flatnonzero(framed.any(1)), np.flatnonzero(framed.any(0))
    inner = framed[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    np.testing.assert_allclose(inner, expected / expected.max(), atol=1e-4)


def test_the_small_digits_fill_their_height_and_five_columns(digits):
    framing = Framing.of(digits)
    assert framing.full_scale == 16
    sheet = np.zeros((1, 448, 448), np.uint8)
    sheet[0, 60:360, 200:380] = 255
    framed = framing.image(sheet)[0]
    assert framed.max() == 16
    # As the mean of the data does, the outer columns are empty and those beside them half full.
    np.testing.assert_array_equal(framed, np.tile([0, 8, 16, 16, 16, 16, 8, 0], (8, 1)))


def test_a_narrow_stroke_is_stretched_by_two_at_most(digits):
    sheet = np.zeros((1, 448, 448), np.uint8)
    sheet[0, 40:400, 210:228] = 255
    framed = Framing.of(digits).image(sheet)[0].astype(float)
    assert (framed.sum(1) == framed.sum(1)[0]).all()
    assert np.count_nonzero(framed[0]) == 2  # 0.8 columns, about the middle


def test_other_images_are_only_scaled_to_fit():
    images = np.zeros((4, 3, 32, 16), np.uint8)
    images[:] = 128
    framing = Framing.of(dataset(images))
    assert framing.ground == 255 and framing.norm is None and framing.sheet_size == (224, 448)
    rng = np.random.default_rng(2)
    sheet = rng.integers(0, 256, (3, 448, 224), np.uint8)
    expected = np.asarray(Image.fromarray(sheet[1]).resize((16, 32), Image.Resampling.BOX)).astype(int)
    framed = framing.image(sheet)
    assert framed.shape == (3, 32, 16)
    assert np.abs(framed[1].astype(int) - expected).max() <= 1


def test_an_empty_sheet_is_an_empty_image(mnist):
    assert not Framing.of(mnist).image(np.zeros((1, 448, 448), np.uint8)).any()


def picture(digit, ground, ink, opaque=True):
    """A digit as a file would have it: RGBA, in ``ink`` on ``ground``."""
    share = digit[..., None] / 255.0
    rgba = np.empty((*digit.shape, 4), np.uint8)
    if opaque:
        rgba[..., :3], rgba[..., 3] = np.rint(ground + (ink - ground) * share), 255
    else:
        rgba[..., :3], rgba[..., 3] = ink, digit
    return rgba


@pytest.mark.parametrize(
    "ground, ink, opaque",
    [(0, 255, True), (255, 0, True), (240, 20, True), (0, 0, False), (255, 255, False), (30, 200, True)],
)
def test_bright_dark_and_transparent_grounds_give_the_same_ink(mnist, ground, ink, opaque):
    framing = Framing.of(mnist)
    digit = mnist.test.images[3, 0]
    sheet = framing.sheet_of(picture(digit, ground, ink, opaque))
    assert sheet.shape == (1, 28, 28)
    assert np.abs(sheet[0].astype(int) - digit).max() <= 1


def test_the_noise_of_a_photograph_is_no_ink(mnist):
    framing = Framing.of(mnist)
    digit = np.pad(enlarged(mnist.test.images[3, 0], 5), 40)
    noisy = picture(digit, 210, 40)
    grain = np.random.default_rng(3).normal(0, 3, digit.shape).clip(-9, 9)
    noisy[..., :3] = np.rint(noisy[..., :3] + grain[..., None])
    sheet = framing.sheet_of(noisy)[0]
    assert not sheet[:20].any() and sheet.max() == 255


def test_where_images_are_black_on_white_so_is_what_is_opened():
    framing = Framing.of(dataset(np.full((4, 1, 28, 28), 250, np.uint8)))
    assert framing.ground == 255
    rgba = picture(np.pad(np.full((8, 8), 255, np.uint8), 10), 0, 255)
    sheet = framing.sheet_of(rgba)[0]
    assert sheet[0, 0] == 255 and sheet[14, 14] == 0


def test_a_blank_picture_is_refused(mnist):
    with pytest.raises(DrawingError, match="nothing to be seen"):
        Framing.of(mnist).sheet_of(np.full((20, 30, 4), 255, np.uint8))


def test_colours_stay_and_nothing_is_the_ground():
    framing = Framing.of(dataset(np.full((4, 3, 32, 32), 120, np.uint8)))
    rgba = np.zeros((10, 10, 4), np.uint8)
    rgba[:5] = 200, 100, 50, 255
    sheet = framing.sheet_of(rgba)
    assert sheet[:, 0, 0].tolist() == [200, 100, 50] and sheet[:, 9, 0].tolist() == [255, 255, 255]
