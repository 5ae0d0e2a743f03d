"""From a sheet that a hand drew on, or a picture that it opened, to an image framed as a data set's own are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentlab.core.data import Dataset
from latentlab.core.errors import LatentLabError
from latentlab.core.serving import Images

Ink = NDArray[np.floating[Any]]
"""H×W, 0 where nothing is drawn and 1 where all is."""

SHEET_SIDE = 448
"""The larger side of a sheet in pixels: a multiple of 8, 28, 32 and 64, so that images of these sides stay exact."""

_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
_DARK = 0.25  # of full scale; on a ground darker than that a data set's images are drawn in white
_LOOKED_AT = 500
# What differs from the ground by no more than twice as much as nearly all of the picture's edge does is no drawing.
_NOISE, _EDGE_SHARE = 2.0, 0.95


class DrawingError(LatentLabError):
    """A picture cannot be taken as a drawing."""


@dataclass(frozen=True)
class Norm:
    """How a set's characters were brought to one size and place.

    Attributes:
        height, width: of the box that a character is fitted into, in pixels.
        by_mass: its centre of mass is placed at the field's middle, by whole pixels; else its bounding box is.
        stretch: how much more one direction may be scaled than the other; 1 keeps the aspect ratio.
        words: the same in a sentence.
    """

    height: int
    width: int
    by_mass: bool
    stretch: float
    words: str


_MNIST = Norm(
    20, 20, True, 1.0,
    "Scaled to fit 20×20 pixels and placed by its centre of mass in 28×28, as MNIST's digits were (LeCun et al. 1998).",
)
_EMNIST = Norm(
    24, 24, False, 1.0,
    "Scaled to fit 24×24 pixels and placed in the middle of 28×28, as EMNIST's characters were (Cohen et al. 2017).",
)
_DIGITS = Norm(
    8, 5, False, 2.0,
    "Scaled to the whole height and to 5 of the 8 columns, in the middle, as these digits were (Garris et al. 1994).",
)
_NORMS = {
    "mnist": _MNIST,
    "digits": _DIGITS,
    "emnist-digits": _EMNIST,
    "emnist-letters": _EMNIST,
    "emnist-balanced": _EMNIST,
}


@dataclass(frozen=True)
class Framing:
    """How a data set's images fill their field, and what their ground is.

    Attributes:
        shape: channels, height and width of an image.
        full_scale: the value of a fully bright pixel.
        ground: 0 where the images are white on black, else 255; of a sheet, on its scale of 0 to 255.
        norm: how characters were normalised; None where an image is only scaled to fit.
    """

    shape: tuple[int, int, int]
    full_scale: int
    ground: int
    norm: Norm | None = None

    @classmethod
    def of(cls, dataset: Dataset) -> Framing:
        """The framing of a data set's images: of known characters as documented, of others as they look."""
        edge = _edge(dataset.train.images[:_LOOKED_AT])
        ground = 0 if float(np.median(edge)) < _DARK * dataset.full_scale else 255
        return cls(dataset.shape, dataset.full_scale, ground, _NORMS.get(dataset.name))

    @property
    def sheet_size(self) -> tuple[int, int]:
        """Width and height of a sheet, of the same proportions as an image."""
        _, height, width = self.shape
        scale = SHEET_SIDE / max(height, width)
        return round(width * scale), round(height * scale)

    @property
    def words(self) -> str:
        """What is done to a drawing, in a sentence."""
        if self.norm is not None:
            return self.norm.words
        return f"Scaled to fit {self.shape[2]}×{self.shape[1]} pixels; this data set's images keep their place."

    def image(self, sheet: Images) -> Images:
        """The image that a sheet, uint8 C×H×W of 0 to 255, stands for: uint8 C×H×W on the data set's own scale."""
        _, height, width = self.shape
        if self.norm is None:
            bright = sheet.astype(np.float32) / 255
            framed = np.stack([_averaged(channel, height, width, _whole(channel)) for channel in bright])
        else:
            ink: Ink = np.abs(sheet.mean(0, dtype=np.float32) - np.float32(self.ground)) / 255
            normalised = normalise(ink, self.norm, height, width)
            framed = np.repeat((normalised if self.ground == 0 else 1 - normalised)[None], len(sheet), 0)
        rounded: Images = np.rint(framed * self.full_scale).astype(np.uint8)
        return rounded

    def sheet_of(self, picture: NDArray[np.uint8]) -> Images:
        """A picture, uint8 H×W×4 of red, green, blue and opacity, as a sheet has it: uint8 C×H×W of the same size.

        Where the data set is white on black, so is the answer, whatever the picture's own ground is.

        Raises:
            DrawingError: there is nothing on it.
        """
        bright = picture.astype(np.float32) / 255
        colours, opacity = bright[..., :3], bright[..., 3]
        if self.shape[0] == 3:
            sheet: Ink = np.moveaxis(colours * opacity[..., None], 2, 0) + (1 - opacity) * (self.ground / 255)
        else:
            ink = _ink(colours @ _LUMINANCE, opacity)
            sheet = (ink if self.ground == 0 else 1 - ink)[None]
        rounded: Images = np.rint(sheet * 255).astype(np.uint8)
        return rounded


def normalise(ink: Ink, norm: Norm, height: int, width: int) -> Ink:
    """A character scaled and placed by ``norm`` in a field of height×width, its strongest ink 1; empty where it is."""
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    if not len(rows):
        return np.zeros((height, width), np.float32)
    top, bottom, left, right = float(rows[0]), float(rows[-1] + 1), float(columns[0]), float(columns[-1] + 1)
    down, across = norm.height / (bottom - top), norm.width / (right - left)
    down, across = min(down, norm.stretch * across), min(across, norm.stretch * down)
    if norm.by_mass:
        tall, wide = max(1, round((bottom - top) * down)), max(1, round((right - left) * across))
        field = _placed_by_mass(_averaged(ink, tall, wide, (top, bottom, left, right)), height, width)
    else:
        half_height, half_width = height / down / 2, width / across / 2
        y, x = (top + bottom) / 2, (left + right) / 2
        field = _averaged(ink, height, width, (y - half_height, y + half_height, x - half_width, x + half_width))
    return np.asarray(field / field.max(), np.float32)


def _placed_by_mass(character: Ink, height: int, width: int) -> Ink:
    """The character in an empty field, its centre of mass moved by whole pixels to the field's middle."""
    field = np.zeros((height, width), np.float32)
    total = character.sum()
    corner = []
    for axis, length in enumerate((height, width)):
        extent = character.shape[axis]
        mass = float(character.sum(1 - axis) @ np.arange(extent) / total)
        corner.append(min(max(length // 2 - int(mass + 0.5), 0), length - extent))
    y, x = corner
    field[y : y + character.shape[0], x : x + character.shape[1]] = character
    return field


def _averaged(ink: Ink, height: int, width: int, part: tuple[float, float, float, float]) -> Ink:
    """``part`` (top, bottom, left, right) of an image in height×width pixels, each the mean of what it covers."""
    top, bottom, left, right = part
    rows, columns = _coverage(height, ink.shape[0], top, bottom), _coverage(width, ink.shape[1], left, right)
    averaged: Ink = rows @ ink @ columns.T
    return averaged


def _coverage(count: int, length: int, start: float, stop: float) -> NDArray[np.float32]:
    """count×length: which share of each of ``count`` pixels from ``start`` to ``stop`` each pixel of a line covers."""
    edges = np.linspace(start, stop, count + 1)
    pixels = np.arange(length)
    shared = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(shared.clip(0) * count / (stop - start), np.float32)


def _ink(grey: Ink, opacity: Ink) -> Ink:
    """What is drawn on a picture, whichever of bright and dark it is."""
    weight = float(opacity.sum())
    # Dark ink on nothing was meant for white paper, and bright ink for black.
    paper = 1.0 if weight and float((grey * opacity).sum()) / weight < 0.5 else 0.0
    seen = grey * opacity + np.float32(paper) * (1 - opacity)
    ground = float(np.median(_edge(seen)))
    ink = (ground - seen) / ground if ground > 0.5 else (seen - ground) / (1 - ground)
    ink = ink.clip(0, 1)
    ink[ink <= _NOISE * np.quantile(_edge(ink), _EDGE_SHARE)] = 0
    if not ink.any():
        raise DrawingError("There is nothing to be seen on that picture but its ground; open one with a drawing on it.")
    return np.asarray(ink / ink.max(), np.float32)


def _edge(images: NDArray[Any]) -> NDArray[Any]:
    """The outermost pixels of images …×H×W."""
    sides = images[..., 0, :], images[..., -1, :], images[..., 0], images[..., -1]
    return np.concatenate([side.ravel() for side in sides])


def _whole(image: Ink) -> tuple[float, float, float, float]:
    return 0.0, float(image.shape[0]), 0.0, float(image.shape[1])
