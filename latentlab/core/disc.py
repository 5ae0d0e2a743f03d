"""One point's disc: its shape, how it adds up with others, and how large it is best drawn."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from latentlab.core.geometry import Size

# Points are dropped as this many parts, dimmed ones as one part, so that whole numbers do for both.
PARTS = 4

_LARGEST_RADIUS = 64
# A disc of opacity 1 would have an infinite depth; at this one, and at this depth, a pixel rounds to opaque.
_OPAQUE = 0.9985
_OPAQUE_DEPTH = 6.5


class Disc:
    """The shape of one disc, and its optical depths in whole units, as fine as 16 bits hold in the darkest sum.

    Attributes:
        reach: how many pixels from its own the disc touches.
        body: (|dy|, half-width) of the rows of pixels that the disc covers half of, or a little more.
        rim: the same of the rows of pixels that it touches, where they are wider than the body's. The rim gives a pixel
            its colour only where there is no disc's body.
        row_weights: for the same rows, (k, weight) of the runs of half-width k that add up to the row.
        most_parts: no more of the parts in one cell are counted; the cell is opaque by then.
        most_depth: the depth from which on a pixel is opaque.
        inks: (K << depth_bits), the premultiplied pixel 0xAARRGGBB of each colour at each depth.
    """

    def __init__(self, radius: float, opacity: float, colours: NDArray[np.float64], depth_bits: int) -> None:
        if not (0 <= radius <= _LARGEST_RADIUS and 0 < opacity <= 1):
            raise ValueError(f"a disc cannot have the radius {radius:g} and the opacity {opacity:g}")
        self.radius, self.opacity, self.depth_bits = radius, opacity, depth_bits
        self.slot_mask = np.uint16((1 << (16 - depth_bits)) - 1)
        offsets = np.arange(max(1, math.ceil(radius + 0.5)))
        # How much of the pixel at |dy|, |dx| is covered: all within the radius, less along an edge one pixel wide.
        coverage = np.clip(radius + 0.5 - np.hypot(offsets[:, None], offsets), 0, 1)
        coverage[0, 0] = 1
        self.reach = len(offsets) - 1
        # Half of a corner at the very edge makes a small disc legible, and a larger one look square.
        least = 0.5 if radius < 2 else 0.55
        self.body, touched = _half_widths(coverage >= least), _half_widths(coverage > 1e-6)
        self.rim = [row for row in touched if row not in self.body]

        depths = -np.log1p(-min(opacity, _OPAQUE) * coverage)
        centre = float(depths[0, 0])
        times = np.where(offsets > 0, 2, 1)
        area = int(times @ (coverage > 0) @ times)
        opaque_parts = _OPAQUE_DEPTH * PARTS / centre
        self.most_parts = min(math.ceil(opaque_parts), 65535 // area)
        levels = 1 << depth_bits
        # The centre's weight, 64 being fine enough. A point is a whole number of parts, so only its edge is rounded.
        weight = max(1, min(64, 65535 // (area * self.most_parts), int((levels - 2) / opaque_parts)))
        weights = np.round(depths / centre * weight)
        steps = (weights - np.pad(weights, ((0, 0), (0, 1)))[:, 1:]).astype(np.uint16)
        rows = ([(int(k), row[k]) for k in np.flatnonzero(row)] for row in steps)
        self.row_weights = [row for row in rows if row]
        self.most_depth = min(levels - 1, math.ceil(opaque_parts * weight))
        self.inks = _inks(colours, -np.expm1(-np.arange(levels) * (centre / (PARTS * weight))))


def _half_widths(covered: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Each row of a quarter disc that reaches anywhere, and how far it reaches."""
    return [(dy, int(row.sum()) - 1) for dy, row in enumerate(covered) if row[0]]


def _inks(colours: NDArray[np.float64], opacities: NDArray[np.float64]) -> NDArray[np.uint32]:
    alpha = np.round(255 * opacities)
    red, green, blue = np.round(colours.T[..., None] * (alpha / 255)).astype(np.uint32)
    inks: NDArray[np.uint32] = alpha.astype(np.uint32) << 24 | red << 16 | green << 8 | blue
    return inks.ravel()


def disc_style(count: int, size: Size, on_dark: bool = False) -> tuple[float, float]:
    """Radius (device pixels) and opacity with which ``count`` points read well in a picture of a size.

    A few points are large and solid, many are small, and faint enough that where they crowd they still show how much.
    On a dark ground, into which a faint point sinks, they are more solid.
    """
    width, height = size
    count = max(count, 1)
    diagonal = math.hypot(width, height)
    radius = min(max(0.5 * math.sqrt(width * height / count), 0.0007 * diagonal), 0.0035 * diagonal)
    # How many discs overlap where points lie as if all were spread over a quarter of the picture, as latents are.
    overlaps = count * math.pi * radius**2 / (0.25 * width * height)
    least, most = (0.65, 0.9) if on_dark else (0.3, 0.8)
    return radius, min(max(1.5 / overlaps, least), most)
