"""Points to pixels: the one rasteriser of the window's scatters and of the pictures that a headless run writes.

Each point is a round disc with a soft edge. Where discs overlap, opacity adds up, so that density shows, and the colour
is that of the topmost disc, the discs lying in a fixed random order: where classes mix, each keeps its own hue in
proportion to its share, while a mean of hues would look like a class that is not there.

`latentlab.core.sheet` says how that is done for a million points within a frame.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from latentlab.core.disc import PARTS, Disc, disc_style
from latentlab.core.exploration import Rect
from latentlab.core.geometry import Size, density_extent, to_pixels
from latentlab.core.palette import UNLABELLED, dimmed_colours
from latentlab.core.picking import pick
from latentlab.core.sheet import Sheet

__all__ = ["MOST_COLOURS", "Rasteriser", "Size", "density_extent", "disc_style", "pick", "to_pixels", "to_rgba"]

MOST_COLOURS = 250
"""Classes beyond these take the colours of the first ones again; no eye tells so many apart."""

_NOT_DIMMED = np.uint16(1 << 15)


class Rasteriser:
    """Draws one set of labelled points, frame after frame, wherever they are.

    It keeps what frames have in common, scratch memory too: let one thread at a time use it.

    Args:
        palette: uint8 (K, 3), the RGB colour of each class; used up to ``MOST_COLOURS``.
        labels: integers (N,), the class of each point, negative where it has none.

    Raises:
        ValueError: a label has no colour.
    """

    def __init__(self, palette: NDArray[np.uint8], labels: NDArray[np.integer]) -> None:
        if len(labels) and int(labels.max()) >= len(palette):
            raise ValueError(f"label {int(labels.max())} has no colour among {len(palette)}")
        palette = palette[:MOST_COLOURS]
        classes = len(palette)
        # Slot 0 is the empty pixel; then come the classes and the unlabelled, and all these once more, dimmed.
        loud = np.concatenate([palette, np.array([UNLABELLED], np.uint8)])
        self._colours = np.concatenate([np.zeros((1, 3)), loud, dimmed_colours(loud)])
        self._slot_bits = (2 * len(loud)).bit_length()
        # A height holds, from the top bit down: not dimmed, the random order, the slot in the table of colours, so that
        # the greatest height is the topmost point and tells its colour. The order is exponentially distributed: the
        # greatest of n draws then spreads over as many of the few levels for any n (20 is out of reach for 10^8),
        # while uniform draws would crowd in the last level, where the tie would go to the last class.
        levels = 1 << (15 - self._slot_bits)
        draws = np.random.default_rng(0).standard_exponential(len(labels), dtype=np.float32)
        order = np.minimum(1 + draws * (levels / 20), levels - 1).astype(np.uint16) << self._slot_bits
        slots = np.where(labels < 0, classes, labels.astype(np.int32) % max(1, classes)).astype(np.uint16) + np.uint16(
            1
        )
        self._heights = _NOT_DIMMED | order | slots
        self._dimmed_heights = order | (slots + np.uint16(len(loud)))
        self._disc: Disc | None = None
        self._sheet: Sheet | None = None

    def draw(
        self,
        points: NDArray[np.float32],
        view: Rect,
        size: Size,
        radius: float = 2.0,
        opacity: float = 0.7,
        dimmed: NDArray[np.bool_] | None = None,
        out: NDArray[np.uint8] | None = None,
        between: Callable[[], None] | None = None,
    ) -> NDArray[np.uint8]:
        """The picture of the points on a transparent ground.

        Points that are not finite are skipped; those outside the view are drawn as far as their discs reach into it.

        Args:
            points: (N, 2), in data units.
            radius: of a disc, in device pixels, at most 64; 0.5 and less is a single pixel.
            opacity: of a single disc, in (0, 1].
            dimmed: bool (N,), the points to draw beneath the others in quiet tones of their colours.
            out: uint8 (H, W, 4), contiguous, to be overwritten with the picture; None makes one.
            between: called between the pieces of the work, each of a millisecond or so.

        Returns:
            uint8 (H, W, 4), premultiplied, laid out as ``QImage.Format_ARGB32_Premultiplied`` (blue, green, red, alpha
            where the machine is little-endian): ``out``, or an array that is the caller's to keep.

        Raises:
            ValueError: the view or the size is empty, radius or opacity out of range, not as many points as labels, or
                ``out`` is of another shape.
        """
        if len(points) != len(self._heights):
            raise ValueError(f"{len(points)} points do not match {len(self._heights)} labels")
        if self._disc is None or (self._disc.radius, self._disc.opacity) != (radius, opacity):
            self._disc, self._sheet = Disc(radius, opacity, self._colours, 16 - self._slot_bits), None
        if self._sheet is None or self._sheet.size != size:
            self._sheet = Sheet(size, self._disc)
        if dimmed is None:
            self._sheet.drop(points, view, self._heights, np.uint32(PARTS))
        else:
            parts = np.where(dimmed, np.uint32(1), np.uint32(PARTS))
            self._sheet.drop(points, view, np.where(dimmed, self._dimmed_heights, self._heights), parts)
        width, height = size
        if out is None:
            out = np.empty((height, width, 4), np.uint8)
        elif out.shape != (height, width, 4) or not out.flags.c_contiguous:
            raise ValueError(f"a picture of {width}×{height} pixels cannot be written into {out.shape}")
        self._sheet.stamp(out.view(np.uint32)[..., 0], between)
        return out


def to_rgba(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Red, green, blue, alpha, not premultiplied, as Pillow has it, of a picture that ``Rasteriser.draw`` made."""
    pixels = np.ascontiguousarray(picture).view(np.uint32)[..., 0]
    alpha = pixels >> 24
    channels = np.stack([pixels >> 16 & 255, pixels >> 8 & 255, pixels & 255], axis=-1)
    straight = np.round(channels * (255 / np.maximum(alpha, 1))[..., None])
    return np.concatenate([straight, alpha[..., None]], axis=-1).astype(np.uint8)
