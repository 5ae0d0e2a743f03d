"""Points to pixels: the one rasteriser of the window's scatters and of the pictures that a headless run writes.

Each point is a round disc with a soft edge. Where discs overlap, opacity adds up, so that density shows, and the colour
is that of the topmost disc, the discs lying in a fixed random order: where classes mix, each keeps its own hue in
proportion to its share, while a mean of hues would look like a class that is not there.

Drawing the discs one by one would cost too much. Every point is dropped into one cell of two sparse pictures, the
height of the topmost point and the optical depth (the negative logarithm of what shines through: it adds up where
opacities multiply), and these are then stamped with the disc: its cost is that of the picture, whatever the points.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from latentlab.core.exploration import Rect
from latentlab.core.palette import DIMMED, UNLABELLED

Size = tuple[int, int]
"""Width and height in device pixels."""

MOST_COLOURS = 250
"""Classes beyond these take the colours of the first ones again; no eye tells so many apart."""

_LARGEST_RADIUS = 64
_NOT_DIMMED = np.uint16(1 << 15)
# Points are dropped as this many parts, dimmed ones as one part, so that whole numbers do for both.
_PARTS = 4
# A disc of opacity 1 would have an infinite depth; at this one, and at this depth, a pixel rounds to opaque.
_OPAQUE = 0.9985
_OPAQUE_DEPTH = 6.5
# So large a strip's scratch memory stays in the processor's cache (measured: 2^15 and whole pictures are slower).
_STRIP_CELLS = 1 << 17


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
        # Slot 0 is the empty pixel; the last two are the unlabelled and the dimmed.
        self._colours = np.concatenate([np.zeros((1, 3)), palette, [UNLABELLED, DIMMED]])
        dimmed = classes + 2
        self._slot_bits = dimmed.bit_length()
        # A height holds, from the top bit down: not dimmed, the random order, the slot in the table of colours, so that
        # the greatest height is the topmost point and tells its colour. The order is exponentially distributed: the
        # greatest of n draws then spreads over as many of the few levels for any n (20 is out of reach for 10^8),
        # while uniform draws would crowd in the last level, where the tie would go to the last class.
        levels = 1 << (15 - self._slot_bits)
        draws = np.random.default_rng(0).standard_exponential(len(labels), dtype=np.float32)
        order = np.minimum(draws * (levels / 20), levels - 1).astype(np.uint16) << self._slot_bits
        slots = np.where(labels < 0, classes, labels.astype(np.int32) % max(1, classes)).astype(np.uint16) + np.uint16(
            1
        )
        self._heights = _NOT_DIMMED | order | slots
        self._dimmed_heights = order | np.uint16(dimmed)
        self._disc: _Disc | None = None
        self._sheet: _Sheet | None = None

    def draw(
        self,
        points: NDArray[np.float32],
        view: Rect,
        size: Size,
        radius: float = 2.0,
        opacity: float = 0.7,
        dimmed: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.uint8]:
        """The picture of the points on a transparent ground.

        Points that are not finite are skipped; those outside the view are drawn as far as their discs reach into it.

        Args:
            points: (N, 2), in data units.
            radius: of a disc, in device pixels, at most 64; 0.5 and less is a single pixel.
            opacity: of a single disc, in (0, 1].
            dimmed: bool (N,), the points to draw beneath the others in quiet grey.

        Returns:
            uint8 (H, W, 4), premultiplied, laid out as ``QImage.Format_ARGB32_Premultiplied`` (blue, green, red, alpha
            where the machine is little-endian); the array is the caller's to keep.

        Raises:
            ValueError: the view or the size is empty, radius or opacity out of range, or not as many points as labels.
        """
        if len(points) != len(self._heights):
            raise ValueError(f"{len(points)} points do not match {len(self._heights)} labels")
        if self._disc is None or (self._disc.radius, self._disc.opacity) != (radius, opacity):
            self._disc, self._sheet = _Disc(radius, opacity, self._colours, 16 - self._slot_bits), None
        if self._sheet is None or self._sheet.size != size:
            self._sheet = _Sheet(size, self._disc)
        if dimmed is None:
            self._sheet.drop(points, view, self._heights, np.uint32(_PARTS))
        else:
            parts = np.where(dimmed, np.uint32(1), np.uint32(_PARTS))
            self._sheet.drop(points, view, np.where(dimmed, self._dimmed_heights, self._heights), parts)
        picture = self._sheet.stamp()
        return picture.view(np.uint8).reshape(*picture.shape, 4)


class _Disc:
    """The shape of one disc, and its optical depths in whole units, as fine as 16 bits hold in the darkest sum.

    Attributes:
        reach: how many pixels from its own the disc touches.
        body, rim: for the rows from |dy| = 0 on, how far the disc covers at least half of a pixel, and any of it. The
            rim gives a pixel its colour only where there is no disc's body.
        row_weights: for the same rows, (k, weight) of the runs of half-width k that add up to the row.
        most_parts: no more of the parts in one cell are counted; the cell is opaque by then.
        most_depth: the depth from which on a pixel is opaque.
        inks: (K << depth_bits), the premultiplied pixel 0xAARRGGBB of each colour at each depth.
    """

    def __init__(self, radius: float, opacity: float, colours: NDArray[np.float64], depth_bits: int) -> None:
        if not (0 <= radius <= _LARGEST_RADIUS and 0 < opacity <= 1):
            raise ValueError(f"a disc cannot have the radius {radius:g} and the opacity {opacity:g}")
        self.radius, self.opacity, self.depth_bits = radius, opacity, depth_bits
        offsets = np.arange(max(1, math.ceil(radius + 0.5)))
        # How much of the pixel at |dy|, |dx| is covered: all within the radius, less along an edge one pixel wide.
        coverage = np.clip(radius + 0.5 - np.hypot(offsets[:, None], offsets), 0, 1)
        coverage[0, 0] = 1
        self.reach = len(offsets) - 1
        self.body, self.rim = (_half_widths(coverage >= least) for least in (0.5, 1e-6))

        depths = -np.log1p(-min(opacity, _OPAQUE) * coverage)
        centre = float(depths[0, 0])
        times = np.where(offsets > 0, 2, 1)
        area = int(times @ (coverage > 0) @ times)
        opaque_parts = _OPAQUE_DEPTH * _PARTS / centre
        self.most_parts = min(math.ceil(opaque_parts), 65535 // area)
        levels = 1 << depth_bits
        # The centre's weight, 64 being fine enough. A point is a whole number of parts, so only its edge is rounded.
        weight = max(1, min(64, 65535 // (area * self.most_parts), int((levels - 2) / opaque_parts)))
        weights = np.round(depths / centre * weight)
        steps = (weights - np.pad(weights, ((0, 0), (0, 1)))[:, 1:]).astype(np.uint16)
        rows = ([(int(k), row[k]) for k in np.flatnonzero(row)] for row in steps)
        self.row_weights = [row for row in rows if row]
        self.most_depth = min(levels - 1, math.ceil(opaque_parts * weight))
        self.inks = _inks(colours, -np.expm1(-np.arange(levels) * (centre / (_PARTS * weight))))


def _half_widths(covered: NDArray[np.bool_]) -> list[int]:
    """How far each row of a quarter disc reaches, as long as it reaches anywhere."""
    return [int(row.sum()) - 1 for row in covered if row[0]]


def _inks(colours: NDArray[np.float64], opacities: NDArray[np.float64]) -> NDArray[np.uint32]:
    alpha = np.round(255 * opacities)
    red, green, blue = np.round(colours.T[..., None] * (alpha / 255)).astype(np.uint32)
    inks: NDArray[np.uint32] = alpha.astype(np.uint32) << 24 | red << 16 | green << 8 | blue
    return inks.ravel()


class _Sheet:
    """The two sparse pictures of one size, and the memory to stamp them with a disc.

    The pictures have a border as wide as the disc reaches, for points just outside, and one cell more, into which
    everything else is thrown. Rows lie behind one another in a flat array, so that a shift by (dx, dy) is a slice, and
    what it carries over the end of a row stays within the border.
    """

    def __init__(self, size: Size, disc: _Disc) -> None:
        width, height = size
        if width < 1 or height < 1:
            raise ValueError(f"a picture of {width}×{height} pixels is empty")
        self.size = size
        self._disc, self._reach = disc, disc.reach
        self._border = disc.reach + 1
        self._stride = width + 2 * self._border
        cells = self._stride * (height + 2 * self._border)
        self._heights, self._parts = np.zeros(cells, np.uint16), np.zeros(cells, np.uint32)
        self._strip_rows = min(height, max(8, _STRIP_CELLS // self._stride))
        strip = self._stride * (self._strip_rows + 2 * self._reach)
        self._runs = np.zeros((self._reach + 1, strip), np.uint16)
        self._topmost, self._depth, self._row, self._term = np.zeros((4, strip), np.uint16)
        self._places, self._ink = np.zeros(strip, np.intp), np.zeros(strip, np.uint32)
        # As arrays, because numpy's minimum of an array and a number is five times as slow as that of two arrays.
        self._most_parts = np.full(strip, disc.most_parts, np.uint32)
        self._most_depth = np.full(strip, disc.most_depth, np.uint16)

    def drop(
        self,
        points: NDArray[np.float32],
        view: Rect,
        heights: NDArray[np.uint16],
        parts: NDArray[np.uint32] | np.uint32,
    ) -> None:
        """Drops every point into its cell."""
        columns, rows = to_pixels(points, view, self.size)
        for places, length in zip((columns, rows), self.size, strict=True):
            places += self._border
            np.fmax(places, 0, out=places)  # fmax, not maximum: what is not a number goes into the border, too
            np.minimum(places, length + 2 * self._border - 1, out=places)
        flat = rows.astype(np.int32)
        flat *= self._stride
        flat += columns.astype(np.int32)
        cells = flat.astype(np.intp)
        self._heights.fill(0)
        self._parts.fill(0)
        np.maximum.at(self._heights, cells, heights)
        np.add.at(self._parts, cells, parts)

    def stamp(self) -> NDArray[np.uint32]:
        """The picture (H, W) of all that was dropped."""
        width, height = self.size
        picture = np.zeros((height, width), np.uint32)
        for first in range(0, height, self._strip_rows):
            rows = min(self._strip_rows, height - first)
            window = slice((first + 1) * self._stride, (first + 1 + rows + 2 * self._reach) * self._stride)
            if not self._heights[window].any():
                continue
            inside = slice(0, rows * self._stride)
            topmost, depth = self._topmost[inside], self._depth[inside]
            places, ink = self._places[inside], self._ink[inside]
            self._stamp_heights(self._heights[window], topmost)
            self._stamp_parts(self._parts[window], depth)
            topmost <<= self._disc.depth_bits  # only the slot is left
            topmost |= np.minimum(depth, self._most_depth[inside], out=depth)
            np.copyto(places, topmost)
            # All places are within the table; but the mode "raise" would first write elsewhere, to keep `ink` on error.
            np.take(self._disc.inks, places, out=ink, mode="wrap")
            picture[first : first + rows] = ink.reshape(rows, -1)[:, self._border : self._border + width]
        return picture

    def _stamp_heights(self, strip: NDArray[np.uint16], topmost: NDArray[np.uint16]) -> None:
        """Fills ``topmost`` with the greatest height whose disc covers a cell."""
        self._runs[0, : len(strip)] = strip
        runs = self._sideways(len(strip), np.maximum)
        rim = self._row[: len(topmost)]
        for picture, widths in ((topmost, self._disc.body), (rim, self._disc.rim)):
            picture.fill(0)
            for dy, width in enumerate(widths):
                for shifted in self._up_and_down(runs[width], dy, len(picture)):
                    np.maximum(picture, shifted, out=picture)
        np.copyto(topmost, rim, where=topmost == 0)

    def _stamp_parts(self, strip: NDArray[np.uint32], depth: NDArray[np.uint16]) -> None:
        """Fills ``depth`` with the optical depth of all discs over a cell, in units of the table of inks."""
        length = len(strip)
        np.minimum(strip, self._most_parts[:length], out=self._runs[0, :length], casting="unsafe")
        runs = self._sideways(length, np.add)
        row, term = self._row[:length], self._term[:length]
        depth.fill(0)
        for dy, weights in enumerate(self._disc.row_weights):
            (width, weight), *more = weights
            np.multiply(runs[width], weight, out=row)
            for width, weight in more:
                row += np.multiply(runs[width], weight, out=term)
            for shifted in self._up_and_down(row, dy, len(depth)):
                depth += shifted

    def _sideways(self, length: int, join: np.ufunc) -> NDArray[np.uint16]:
        """runs[k, i] joins runs[0, i - k] to runs[0, i + k]; the ``reach`` cells at both ends are left undefined."""
        runs = self._runs[:, :length]
        for k in range(1, self._reach + 1):
            join(runs[0, : -2 * k], runs[0, 2 * k :], out=runs[k, k:-k])
            join(runs[k, k:-k], runs[k - 1, k:-k], out=runs[k, k:-k])
        return runs

    def _up_and_down(self, run: NDArray[np.uint16], dy: int, length: int) -> Iterator[NDArray[np.uint16]]:
        """The windows of a strip that lie ``dy`` rows below and above its inner ``length`` cells; one where dy is 0."""
        for row in sorted({self._reach - dy, self._reach + dy}):
            yield run[row * self._stride : row * self._stride + length]


def to_pixels(points: NDArray[np.float32], view: Rect, size: Size) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where points (N, 2) lie in a picture: x from its left and y from its top edge, in pixels.

    Raises:
        ValueError: the view is empty.
    """
    x_unit, y_unit = _pixel(view, size)
    # The edge of the view first: near it, differences of float32 are exact, however far the hand has zoomed in.
    with np.errstate(over="ignore", invalid="ignore"):
        x = points[:, 0] - np.float32(view[0])
        x *= np.float32(1 / x_unit)
        y = np.float32(view[3]) - points[:, 1]
        y *= np.float32(1 / y_unit)
    return x, y


def _pixel(view: Rect, size: Size) -> tuple[float, float]:
    """Width and height of a pixel in data units."""
    x0, y0, x1, y1 = view
    if not (x1 > x0 and y1 > y0):
        raise ValueError(f"the view {view} is empty")
    return (x1 - x0) / size[0], (y1 - y0) / size[1]


def to_rgba(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Red, green, blue, alpha, not premultiplied, as Pillow has it, of a picture that ``Rasteriser.draw`` made."""
    pixels = np.ascontiguousarray(picture).view(np.uint32)[..., 0]
    alpha = pixels >> 24
    channels = np.stack([pixels >> 16 & 255, pixels >> 8 & 255, pixels & 255], axis=-1)
    straight = np.round(channels * (255 / np.maximum(alpha, 1))[..., None])
    return np.concatenate([straight, alpha[..., None]], axis=-1).astype(np.uint8)


def pick(
    points: NDArray[np.float32],
    view: Rect,
    size: Size,
    x_px: float,
    y_px: float,
    radius_px: float,
    ignored: NDArray[np.bool_] | None = None,
) -> int | None:
    """The index of the point nearest to a place in the picture, or None where none lies within ``radius_px`` of it.

    Args:
        points: (N, 2), in data units.
        x_px, y_px: from the left and the top edge; the centre of the first pixel is at 0.5, 0.5.
        ignored: bool (N,), points that cannot be picked.
    """
    x_unit, y_unit = _pixel(view, size)
    x, y = view[0] + x_px * x_unit, view[3] - y_px * y_unit
    # A generous square in float32, side by side, leaves few of a million points; those are compared exactly.
    distances = points[:, 0] - np.float32(x)
    near = np.flatnonzero(np.abs(distances, out=distances) <= 1.000001 * radius_px * x_unit + 1e-6 * abs(x))
    distances = points[near, 1] - np.float32(y)
    near = near[np.abs(distances, out=distances) <= 1.000001 * radius_px * y_unit + 1e-6 * abs(y)]
    if ignored is not None:
        near = near[~ignored[near]]
    squares = np.square((points[near].astype(np.float64) - (x, y)) / (x_unit, y_unit)).sum(axis=1)
    within = squares <= radius_px**2
    return int(near[within][squares[within].argmin()]) if within.any() else None


def density_extent(points: NDArray[np.float32], share: float = 0.98) -> Rect:
    """A view that fits the points (N, 2) but not the outliers: along each axis the central ``share``, and a margin.

    It is never empty; where no point is finite, it reaches from -1 to 1.
    """
    # Quantiles of so large a sample are good to less than the margin, and a million points stay quick.
    sample = points[:: math.ceil(len(points) / 20_000) or 1].T.astype(np.float64)
    sample = sample[:, np.isfinite(sample).all(axis=0)]
    if sample.size == 0:
        return -1.0, -1.0, 1.0, 1.0
    low, high = np.quantile(sample, [(1 - share) / 2, (1 + share) / 2], axis=1)
    span = high - low
    # A wide margin for the tail beyond the quantiles, a narrow one where the points end before it does.
    low = np.maximum(low - 0.15 * span, sample.min(axis=1) - 0.05 * span)
    high = np.minimum(high + 0.15 * span, sample.max(axis=1) + 0.05 * span)
    middle, half = (low + high) / 2, (high - low) / 2
    half = np.where(half > 1e-3 * half.max(), half, half.max() or 1.0)
    (x0, y0), (x1, y1) = (middle - half).tolist(), (middle + half).tolist()
    return x0, y0, x1, y1


def disc_style(count: int, size: Size) -> tuple[float, float]:
    """Radius (device pixels) and opacity with which ``count`` points read well in a picture of a size.

    A few points are large and solid, many are small, and faint enough that where they crowd they still show how much.
    """
    width, height = size
    count = max(count, 1)
    diagonal = math.hypot(width, height)
    radius = min(max(0.5 * math.sqrt(width * height / count), 0.0007 * diagonal), 0.0035 * diagonal)
    # How many discs overlap where points lie as if all were spread over a quarter of the picture, as latents are.
    overlaps = count * math.pi * radius**2 / (0.25 * width * height)
    return radius, min(max(1.5 / overlaps, 0.3), 0.8)
