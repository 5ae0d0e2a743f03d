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

from latentlab.core.palette import DIMMED, UNLABELLED

View = tuple[float, float, float, float]
"""A rectangle of the plane in data units, y up: x0, y0 (bottom left), x1, y1 (top right)."""

Size = tuple[int, int]
"""Width and height in device pixels."""

MOST_COLOURS = 250

_NOT_DIMMED = np.uint16(1 << 15)
# Points are dropped as this many parts, dimmed ones as one part, so that whole numbers do for both.
_PARTS = 4
# A disc of opacity 1 would have an infinite depth; at this one, and at this depth, a pixel rounds to opaque.
_OPAQUE = 0.9985
_OPAQUE_DEPTH = 6.5
# Strips of this size keep the scratch memory in the processor's cache (measured: 2^17 best, 2^15 and whole pictures worse).
_STRIP_CELLS = 1 << 17


class Rasteriser:
    """Draws one set of labelled points, frame after frame, wherever they are.

    It keeps what frames have in common, scratch memory too: let one thread at a time use it.

    Args:
        palette: uint8 (K, 3), the RGB colour of each class; K ≤ ``MOST_COLOURS``.
        labels: integers (N,), the class of each point, negative where it has none.

    Raises:
        ValueError: a label has no colour, or there are too many colours.
    """

    def __init__(self, palette: NDArray[np.uint8], labels: NDArray[np.integer]) -> None:
        classes = len(palette)
        if classes > MOST_COLOURS:
            raise ValueError(f"{classes} colours are more than can be drawn ({MOST_COLOURS})")
        if len(labels) and int(labels.max()) >= classes:
            raise ValueError(f"label {int(labels.max())} has no colour among {classes}")
        self._colours = np.concatenate([np.zeros((1, 3)), palette, [UNLABELLED, DIMMED]])
        unlabelled, dimmed = classes + 1, classes + 2
        self._slot_bits = dimmed.bit_length()
        # A height holds, from the top bit down: not dimmed, the random order, the slot in the table of colours, so that
        # the greatest height is the topmost point and tells its colour. The order is exponentially distributed: the
        # greatest of n draws then spreads over as many of the few levels for any n (20 is out of reach for 10^8),
        # while uniform draws would crowd in the last level, where the tie would go to the last class.
        levels = 1 << (15 - self._slot_bits)
        draws = np.random.default_rng(0).standard_exponential(len(labels), dtype=np.float32)
        order = np.minimum(draws * (levels / 20), levels - 1).astype(np.uint16) << self._slot_bits
        self._heights = _NOT_DIMMED | order | np.where(labels < 0, unlabelled, labels + 1).astype(np.uint16)
        self._dimmed_heights = order | np.uint16(dimmed)
        self._sheet: _Sheet | None = None

    def draw(
        self,
        points: NDArray[np.float32],
        view: View,
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
            uint8 (H, W, 4), premultiplied, laid out as ``QImage.Format_ARGB32_Premultiplied`` (on little-endian machines
            blue, green, red, alpha); the array is the caller's to keep.

        Raises:
            ValueError: the view or the size is empty, radius or opacity out of range, or not as many points as labels.
        """
        if len(points) != len(self._heights):
            raise ValueError(f"{len(points)} points do not match {len(self._heights)} labels")
        key = (size, radius, opacity)
        if self._sheet is None or self._sheet.key != key:
            self._sheet = _Sheet(size, radius, opacity, self._colours, 16 - self._slot_bits)
        if dimmed is None:
            self._sheet.drop(points, view, self._heights, np.uint32(_PARTS))
        else:
            parts = np.where(dimmed, np.uint32(1), np.uint32(_PARTS))
            self._sheet.drop(points, view, np.where(dimmed, self._dimmed_heights, self._heights), parts)
        picture = self._sheet.stamp()
        return picture.view(np.uint8).reshape(*picture.shape, 4)


class _Sheet:
    """The two sparse pictures of one size, the disc they are stamped with, and the memory to do it in.

    The pictures have a border as wide as the disc reaches, for points just outside, and one cell more, into which
    everything else is thrown. Rows lie behind one another in a flat array, so that a shift by (dx, dy) is a slice, and
    what it carries over the end of a row stays within the border.
    """

    def __init__(self, size: Size, radius: float, opacity: float, colours: NDArray[np.float64], depth_bits: int) -> None:
        width, height = size
        if width < 1 or height < 1:
            raise ValueError(f"a picture of {width}×{height} pixels is empty")
        if not (0 <= radius <= 64 and 0 < opacity <= 1):
            raise ValueError(f"no disc has radius {radius:g} (0 to 64) and opacity {opacity:g} (above 0, to 1)")
        self.key = (size, radius, opacity)
        self._size = size
        coverage = _disc(radius)
        self._reach = len(coverage) - 1
        self._border = self._reach + 1
        self._stride = width + 2 * self._border
        # How far each row of the disc reaches sideways (-1: not at all): where it covers at least half of a pixel, and
        # where it covers any of it. A soft rim takes its colour from a disc only where no disc has its body.
        self._body, self._rim = ((coverage >= least).sum(axis=1) - 1 for least in (0.5, 1e-6))
        optics = _Optics(coverage, min(opacity, _OPAQUE), 1 << depth_bits)
        self._row_weights = optics.row_weights
        self._depth_bits, self._inks = depth_bits, optics.inks(colours)
        cells = self._stride * (height + 2 * self._border)
        self._heights, self._parts = np.zeros(cells, np.uint16), np.zeros(cells, np.uint32)
        self._strip_rows = min(height, max(8, _STRIP_CELLS // self._stride))
        strip = self._stride * (self._strip_rows + 2 * self._reach)
        self._runs = np.zeros((self._reach + 1, strip), np.uint16)
        self._topmost, self._depth, self._row, self._term = np.zeros((4, strip), np.uint16)
        self._places, self._ink = np.zeros(strip, np.intp), np.zeros(strip, np.uint32)
        # As arrays, because numpy's minimum of an array and a number is five times as slow as that of two arrays.
        self._most_parts = np.full(strip, optics.most_parts, np.uint32)
        self._most_depth = np.full(strip, optics.levels - 1, np.uint16)

    def drop(
        self, points: NDArray[np.float32], view: View, heights: NDArray[np.uint16], parts: NDArray[np.uint32] | np.uint32
    ) -> None:
        """Drops every point into its cell."""
        columns, rows = to_pixels(points, view, self._size)
        for places, length in zip((columns, rows), self._size, strict=True):
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
        width, height = self._size
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
            topmost <<= self._depth_bits  # only the slot is left
            topmost |= np.minimum(depth, self._most_depth[inside], out=depth)
            np.copyto(places, topmost)
            np.take(self._inks, places, out=ink, mode="wrap")  # any mode but "raise" writes to `out` without a detour
            picture[first : first + rows] = ink.reshape(rows, -1)[:, self._border : self._border + width]
        return picture

    def _stamp_heights(self, strip: NDArray[np.uint16], topmost: NDArray[np.uint16]) -> None:
        """Fills ``topmost`` with the greatest height whose disc covers a cell."""
        self._runs[0, : len(strip)] = strip
        runs = self._sideways(len(strip), np.maximum)
        rim = self._row[: len(topmost)]
        for picture, widths in ((topmost, self._body), (rim, self._rim)):
            picture.fill(0)
            for dy, width in enumerate(widths):
                for shifted in self._up_and_down(runs[width], dy, len(picture)) if width >= 0 else ():
                    np.maximum(picture, shifted, out=picture)
        np.copyto(topmost, rim, where=topmost == 0)

    def _stamp_parts(self, strip: NDArray[np.uint32], depth: NDArray[np.uint16]) -> None:
        """Fills ``depth`` with the optical depth of all discs over a cell, in units of the table of inks."""
        length = len(strip)
        np.minimum(strip, self._most_parts[:length], out=self._runs[0, :length], casting="unsafe")
        runs = self._sideways(length, np.add)
        row, term = self._row[:length], self._term[:length]
        depth.fill(0)
        for dy, weights in enumerate(self._row_weights):
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


class _Optics:
    """Optical depths of a disc in whole units, as fine as 16 bits hold when the darkest pixels are summed.

    Attributes:
        most_parts: of the parts dropped into one cell no more than this count: the cell is opaque by then.
        row_weights: for each row of the disc at |dy|, the (half-width k, weight) whose weighted runs add up to it.
        levels: how many depths there are, 0 to opaque.
    """

    def __init__(self, coverage: NDArray[np.float64], opacity: float, most_levels: int) -> None:
        depths = -np.log1p(-opacity * coverage)
        centre = float(depths[0, 0])
        # The quarter disc holds the axes once and the rest a quarter; `area` is the whole, in centres.
        times = np.where(np.arange(len(depths)) > 0, 2, 1)
        area = float(times @ depths @ times) / centre
        opaque_parts = _OPAQUE_DEPTH * _PARTS / centre
        self.most_parts = max(1, min(math.ceil(opaque_parts), int(65535 / area)))
        weight = max(1, min(64, int(65535 / (area * self.most_parts)), int((most_levels - 2) / opaque_parts)))
        weights = np.floor(depths / centre * weight + 1e-6)
        steps = (weights - np.pad(weights, ((0, 0), (0, 1)))[:, 1:]).astype(np.uint16)
        rows = ([(int(k), row[k]) for k in np.flatnonzero(row)] for row in steps)
        self.row_weights = [row for row in rows if row]
        self.levels = min(most_levels, math.ceil(opaque_parts * weight) + 1)
        self._depths = np.arange(most_levels) * (centre / (_PARTS * weight))

    def inks(self, colours: NDArray[np.float64]) -> NDArray[np.uint32]:
        """(K, most_levels): the premultiplied pixel of each colour at each depth, as 0xAARRGGBB."""
        alpha = np.round(255 * -np.expm1(-self._depths))
        red, green, blue = np.round(colours.T[..., None] * alpha / 255).astype(np.uint32)
        inks: NDArray[np.uint32] = alpha.astype(np.uint32) << 24 | red << 16 | green << 8 | blue
        return inks


def _disc(radius: float) -> NDArray[np.float64]:
    """(reach + 1, reach + 1): how much a disc covers of the pixel |dy|, |dx| from its own, with a rim one pixel soft."""
    offsets = np.arange(max(1, math.ceil(radius + 0.5)))
    coverage = np.clip(radius + 0.5 - np.hypot(offsets[:, None], offsets), 0, 1)
    coverage[0, 0] = 1
    return coverage


def to_pixels(
    points: NDArray[np.float32], view: View, size: Size
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where points (N, 2) lie in a picture: x from its left and y from its top edge, in pixels.

    Raises:
        ValueError: the view is empty.
    """
    x0, y0, x1, y1 = view
    if not (x1 > x0 and y1 > y0):
        raise ValueError(f"the view {view} is empty")
    # The origin first: near it, differences of float32 are exact, however far the hand has zoomed in.
    with np.errstate(over="ignore", invalid="ignore"):
        x = points[:, 0] - np.float32(x0)
        x *= np.float32(size[0] / (x1 - x0))
        y = np.float32(y1) - points[:, 1]
        y *= np.float32(size[1] / (y1 - y0))
    return x, y


def to_rgba(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Red, green, blue, alpha, not premultiplied, as Pillow has it, of a picture that ``Rasteriser.draw`` made."""
    pixels = np.ascontiguousarray(picture).view(np.uint32)[..., 0]
    alpha = pixels >> 24
    channels = np.stack([pixels >> 16 & 255, pixels >> 8 & 255, pixels & 255], axis=-1)
    straight = np.round(channels * (255 / np.maximum(alpha, 1))[..., None])
    return np.concatenate([straight, alpha[..., None]], axis=-1).astype(np.uint8)


def pick(
    points: NDArray[np.float32],
    view: View,
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
    x0, y0, x1, y1 = view
    x_unit, y_unit = (x1 - x0) / size[0], (y1 - y0) / size[1]
    x, y = x0 + x_px * x_unit, y1 - y_px * y_unit
    # One column at a time, so that all but the first comparison see few points; the rest is exact, in float64.
    slack = radius_px * x_unit + 1e-6 * abs(x)
    distance = points[:, 0] - np.float32(x)
    near = np.flatnonzero(np.abs(distance, out=distance) <= np.float32(slack))
    if ignored is not None:
        near = near[~ignored[near]]
    offsets = (points[near].astype(np.float64) - (x, y)) / (x_unit, y_unit)
    squares = np.square(offsets).sum(axis=1)
    near, squares = near[squares <= radius_px**2], squares[squares <= radius_px**2]
    return int(near[squares.argmin()]) if len(near) else None


def density_extent(points: NDArray[np.float32], share: float = 0.98) -> View:
    """A view that fits the points (N, 2) without following outliers: the central ``share`` along each axis, and a margin.

    It is the unit square about the origin where no point is finite, and never empty.
    """
    # Quantiles of a sample of this size are good to far less than the margin, and a million points stay quick.
    sample = points[:: max(1, len(points) // 100_000)]
    sample = sample[np.isfinite(sample).all(axis=1)].astype(np.float64)
    if len(sample) == 0:
        return -1.0, -1.0, 1.0, 1.0
    low, high = np.quantile(sample, [(1 - share) / 2, (1 + share) / 2], axis=0)
    # A wide margin for the tail beyond the quantiles, but a narrow one where the points end before it does.
    span = high - low
    low = np.maximum(low - 0.15 * span, sample.min(axis=0) - 0.05 * span)
    high = np.minimum(high + 0.15 * span, sample.max(axis=0) + 0.05 * span)
    # Along an axis without spread: as far as along the other one, or a unit.
    least = 1e-3 * (span.max() or 1.0) + 1e-5 * np.abs(high)
    flat = span < least
    low, high = np.where(flat, low - (span.max() or 1) / 2, low), np.where(flat, high + (span.max() or 1) / 2, high)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def disc_style(count: int, size: Size) -> tuple[float, float]:
    """Radius in device pixels and opacity with which ``count`` points read well in a picture of a size."""
    width, height = size
    radius = min(max(0.55 * math.sqrt(width * height / max(count, 1)), 0.0007*math.hypot(width,height)), 0.0035 * math.hypot(width, height))
    overlaps = count * math.pi * radius**2 / (0.25 * width * height)
    return radius, min(max(1.5 / (overlaps+1e-9), 0.3), 0.8)
