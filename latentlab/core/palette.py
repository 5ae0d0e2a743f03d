"""Colours of classes and of values, for colour-blind eyes too, on white and on a near-black ground (#121417)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

RGB = tuple[int, int, int]

UNLABELLED: RGB = (130, 150, 176)
"""Points without a class."""

DIMMED: RGB = (140, 146, 156)
"""What points that step back tend to; drawn at low opacity, so that it is quiet on either ground."""

# So much of a class's colour stays: enough to tell what a quiet point is, and too little to be taken for a loud one.
_DIMMED_SHARE = 0.45

# Found by simulated annealing: the least distance in OKLab between any two, also as seen with deuteranopia, protanopia
# and tritanopia (Machado et al. 2009, full severity), is the greatest under contrasts ≥ 3 to white and to near-black
# (WCAG 2.2, 1.4.11) and distances ≥ 0.065 to the two greys. At least 0.089 against 0.061 of Petroff's ten (arXiv
# 2107.02270). The order keeps what digits confuse far apart: 4 and 7 and 9; 3 and 5 and 8.
_TEN: tuple[RGB, ...] = (
    (2, 97, 190),  # blue
    (196, 119, 25),  # ochre
    (208, 0, 0),  # red
    (0, 152, 254),  # azure
    (162, 112, 197),  # lavender
    (255, 74, 135),  # pink
    (131, 87, 83),  # brown
    (132, 11, 253),  # violet
    (186, 0, 147),  # magenta
    (23, 152, 111),  # green
)

# Three steps, so that neighbours in hue differ in lightness, as far as both contrasts leave room for it.
_LIGHTNESS = (0.52, 0.65, 0.585)
_CHROMAS = np.linspace(0.15, 0.03, 25)

# Of the scale of values; hue in degrees, from violet by way of blue and green. The chroma is the highest that a screen
# can show all along, so that equal steps of value are equal steps in OKLab.
_SCALE_LIGHTNESS = (0.505, 0.80)
_SCALE_HUES = (300.0, 105.0)
_SCALE_CHROMA = 0.11

_OKLAB_TO_LMS = np.array(
    [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.2914855480]]
)
_LMS_TO_RGB = np.array(
    [
        [4.0767416621, -3.3077115913, 0.2309699292],
        [-1.2684380046, 2.6097574011, -0.3413193965],
        [-0.0041960863, -0.7034186147, 1.7076147010],
    ]
)


def dimmed_colours(palette: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colours (K, 3) of the classes' points where they step back: near grey, each still of its hue."""
    mixed = _DIMMED_SHARE * palette + (1 - _DIMMED_SHARE) * np.array(DIMMED)
    return np.round(mixed).astype(np.uint8)


def class_colours(count: int) -> NDArray[np.uint8]:
    """RGB colours (count, 3), always the same ones for a count.

    Up to ten are the first of one fixed palette; more are spaced evenly in hue, with neighbours in hue alternating in
    lightness (OKLCH, Ottosson 2020), and ordered so that consecutive classes lie far apart in hue.
    """
    if count <= len(_TEN):
        return np.array(_TEN[: max(0, count)], np.uint8).reshape(-1, 3)
    places = np.arange(count) * _stride(count) % count
    lightness = np.array(_LIGHTNESS)[places % len(_LIGHTNESS)]
    hue = 2 * np.pi * places / count
    return _most_vivid(lightness, hue)


def sequential_colours(count: int) -> NDArray[np.uint8]:
    """RGB colours (count, 3) of a scale from little (violet) to much (yellow-green), always the same ones.

    Equal steps are equally far apart in OKLab, and lightness climbs all along, so that their order is seen in grey and
    by colour-blind eyes too; at either end a point still shows on white and on near-black.
    """
    lightness = np.linspace(*_SCALE_LIGHTNESS, count)
    return _screen(_linear(lightness, _SCALE_CHROMA, np.radians(np.linspace(*_SCALE_HUES, count))))


def _stride(count: int) -> int:
    """The step nearest to the golden section of ``count`` that visits every place before it returns."""
    golden = round(count * (3 - math.sqrt(5)) / 2)
    return min((step for step in range(1, count) if math.gcd(step, count) == 1), key=lambda step: abs(step - golden))


def _most_vivid(lightness: NDArray[np.float64], hue: NDArray[np.float64]) -> NDArray[np.uint8]:
    """sRGB (N, 3) of the given lightness and hue in OKLCH, at the highest of ``_CHROMAS`` that a screen can show."""
    linear = _linear(lightness, _CHROMAS[:, None], hue)
    shown = ((linear >= 0) & (linear <= 1)).all(axis=-1)
    return _screen(linear[shown.argmax(axis=0), np.arange(len(hue))])


def _linear(
    lightness: NDArray[np.float64], chroma: NDArray[np.float64] | float, hue: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Linear RGB (…, 3) of OKLCH, hue in radians; beyond [0, 1] no screen shows it."""
    lab = np.stack(np.broadcast_arrays(lightness, chroma * np.cos(hue), chroma * np.sin(hue)), axis=-1)
    linear: NDArray[np.float64] = (lab @ _OKLAB_TO_LMS.T) ** 3 @ _LMS_TO_RGB.T
    return linear


def _screen(linear: NDArray[np.float64]) -> NDArray[np.uint8]:
    """sRGB (N, 3) of linear RGB, clipped."""
    chosen = np.clip(linear, 0, 1)
    encoded = np.where(chosen <= 0.0031308, 12.92 * chosen, 1.055 * chosen ** (1 / 2.4) - 0.055)
    return np.round(255 * encoded).astype(np.uint8)
