"""The pictures that a headless run writes: light, quiet plots drawn with Pillow alone, at two device pixels to a pixel.

Every function is pure: arrays in, a picture out; `save_png` writes one.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from latentlab.core.atomic import replace_bytes
from latentlab.core.canvas import (
    MARGIN,
    QUIET,
    SCALE,
    SMALL,
    TEXT,
    UNIT,
    Box,
    Canvas,
    draw_ticks,
    printable,
    shortened,
    text_font,
)
from latentlab.core.exploration import Rect
from latentlab.core.palette import UNLABELLED, class_colours
from latentlab.core.raster import Rasteriser, density_extent, disc_style, to_pixels, to_rgba

Images = NDArray[np.uint8]
"""N×C×H×W with one channel (grey) or three (RGB)."""

_BRIGHTER, _DARKER = (214, 40, 57), (39, 88, 210)
_GAP = 24
_HEAD = 88  # from the upper edge to a plot: margin, title and caption
_TICK_ROOM = 40  # beneath and to the left of a plot, for figures
_LEGEND_ROW = 24
_MOST_NAMES_IN_PLOT = 20
_LARGEST_MANIFOLD, _MANIFOLDS_ACROSS = 320, 1520  # the side of one among several, and the width of all


@dataclass(frozen=True)
class Scatter:
    """Points of one scatter: ``points`` float32 (N, 2); ``labels`` integers (N,), negative or None without a class."""

    points: NDArray[np.float32]
    labels: NDArray[np.integer] | None
    title: str
    caption: str = ""


@dataclass(frozen=True)
class Curves:
    """One plot of curves: by name, (epoch, value) pairs in ``unit``; a value that is not finite leaves a gap."""

    title: str
    unit: str
    series: Mapping[str, Sequence[tuple[float, float]]]


def scatter_picture(scatter: Scatter, class_names: Sequence[str]) -> Image.Image:
    """Points in class colours, with axes, the class names at the centres of their points, and a legend."""
    return _scatters([scatter], class_names, side=640)


def comparison_picture(left: Scatter, right: Scatter, class_names: Sequence[str]) -> Image.Image:
    """Two scatters of the same classes side by side, say PCA and an autoencoder, with one legend."""
    return _scatters([left, right], class_names, side=512)


def moment_picture(scatter: Scatter, class_names: Sequence[str], cells: Images, view: Rect) -> Image.Image:
    """A scatter beside the images that its plane decodes to, both showing the square ``view``: one frame of a film.

    Args:
        cells: as `manifold_picture` takes them, of 0 to 255, covering ``view``.
    """
    tiled = _tiled(cells)
    pixels = _enlarged(_as_rgb(tiled, 255), max(1, round(512 * SCALE / max(tiled.shape[:2]))))
    box = Box(MARGIN + _TICK_ROOM, _HEAD, pixels.shape[1] / SCALE, pixels.shape[0] / SCALE)
    manifold = Box(box.right + _TICK_ROOM + _GAP, _HEAD, box.width, box.height)
    canvas = Canvas(manifold.right + MARGIN, box.bottom + _TICK_ROOM + UNIT)
    canvas.heading(box.left, scatter.title, scatter.caption, manifold.right - box.left)
    _draw_scatter(canvas, box, scatter, class_names, view)
    canvas.pixels(manifold.left, manifold.top, pixels)
    draw_ticks(canvas, manifold, view, apart=(64, 64), grid=False)
    return canvas.image


def manifold_picture(cells: Images, extent: Rect, title: str, caption: str = "", full_scale: int = 255) -> Image.Image:
    """Decoded images laid on the latent plane.

    Args:
        cells: uint8 (rows, columns, C, H, W), the first row at the top, that is at the greatest y.
        extent: of the whole lattice of cells on the plane.
        full_scale: the value of a fully bright pixel.
    """
    tiled = _tiled(cells)
    factor = max(1, round(640 * SCALE / max(tiled.shape[:2])))
    pixels = _enlarged(_as_rgb(tiled, full_scale), factor)
    box = Box(MARGIN + _TICK_ROOM, _HEAD, pixels.shape[1] / SCALE, pixels.shape[0] / SCALE)
    canvas = Canvas(box.right + MARGIN, box.bottom + _TICK_ROOM + UNIT)
    canvas.heading(box.left, title, caption, box.width)
    canvas.pixels(box.left, box.top, pixels)
    draw_ticks(canvas, box, extent, apart=(64, 64), grid=False)
    return canvas.image


def manifolds_picture(manifolds: Sequence[tuple[str, Images]], title: str, caption: str = "") -> Image.Image:
    """The same part of the latent plane several times, say as each class, under their names.

    Args:
        manifolds: of each its name, and uint8 (rows, columns, C, H, W) of 0 to 255 as `manifold_picture` takes them.
    """
    columns = min(len(manifolds), math.ceil(math.sqrt(2 * len(manifolds))))
    tiled = [(name, _tiled(cells)) for name, cells in manifolds]
    side = min(_LARGEST_MANIFOLD, _MANIFOLDS_ACROSS / columns)
    factor = max(1, round(side * SCALE / max(tiled[0][1].shape[:2])))
    height, width = (length * factor / SCALE for length in tiled[0][1].shape[:2])
    across, down = width + _GAP, height + _GAP + 2 * UNIT
    right = MARGIN + max(columns * across - _GAP, 400)
    canvas = Canvas(right + MARGIN, _HEAD + UNIT + math.ceil(len(tiled) / columns) * down)
    canvas.heading(MARGIN, title, caption, right - MARGIN)
    for number, (name, pixels) in enumerate(tiled):
        left, top = MARGIN + number % columns * across, _HEAD + 2 * UNIT + number // columns * down
        canvas.text(left, top - UNIT, shortened(name, TEXT, width))
        canvas.pixels(left, top, _enlarged(_as_rgb(pixels, 255), factor))
    return canvas.image


def reconstructions_picture(
    inputs: Images, outputs: Images, title: str, caption: str = "", full_scale: int = 255
) -> Image.Image:
    """Inputs, what the model makes of them, and the difference, in three rows; of at most 16 images."""
    inputs, outputs = inputs[:16], outputs[:16]
    difference = (outputs.astype(np.float64) - inputs).mean(axis=1) / full_scale
    rows = [
        ("Input", [_as_rgb(image.transpose(1, 2, 0), full_scale) for image in inputs]),
        ("Output", [_as_rgb(image.transpose(1, 2, 0), full_scale) for image in outputs]),
        ("Difference", [_diverging(values) for values in difference]),
    ]
    height, width = inputs.shape[2:]
    factor = max(1, round(56 * SCALE / max(height, width)))
    across, down = width * factor / SCALE + UNIT, height * factor / SCALE + UNIT
    left, top = MARGIN + 88, _HEAD
    bottom = top + len(rows) * down - UNIT
    right = max(left + len(inputs) * across - UNIT, left + 400)
    canvas = Canvas(right + MARGIN, bottom + _GAP + MARGIN)
    canvas.heading(MARGIN, title, caption, right - MARGIN)
    for row, (name, images) in enumerate(rows):
        y = top + row * down
        canvas.text(MARGIN, y + (down - UNIT) / 2, name, anchor="lm")
        for column, image in enumerate(images):
            canvas.pixels(left + column * across, y, _enlarged(image, factor), framed=True)
    x = float(left)
    for colour, meaning in ((_BRIGHTER, "output too bright"), (_DARKER, "output too dark")):
        canvas.dot(x + 4, bottom + _GAP - 4, 4, colour)
        x += 16 + canvas.text(x + 16, bottom + _GAP, meaning, SMALL, QUIET) + _GAP
    return canvas.image


def samples_picture(sheets: Sequence[tuple[str, Images]], columns: int, title: str, caption: str = "") -> Image.Image:
    """Sheets of images of 0 to 255 side by side, each in rows of ``columns`` under its name, which may be empty."""
    images = sheets[0][1]
    height, width = images.shape[2:]
    factor = max(1, round(48 * SCALE / max(height, width)))
    across, down = width * factor / SCALE + UNIT / 2, height * factor / SCALE + UNIT / 2
    wide, rows = columns * across, math.ceil(len(images) / columns)
    canvas = Canvas(2 * MARGIN + max(len(sheets) * (wide + _GAP), 400), _HEAD + _GAP + rows * down + MARGIN)
    canvas.heading(MARGIN, title, caption, canvas.image.width / SCALE - 2 * MARGIN)
    for number, (name, pictures) in enumerate(sheets):
        left = MARGIN + number * (wide + _GAP)
        canvas.text(left, _HEAD + UNIT, name, SMALL, QUIET)
        for place, picture in enumerate(pictures):
            at = left + place % columns * across, _HEAD + _GAP + place // columns * down
            canvas.pixels(*at, _enlarged(_as_rgb(picture.transpose(1, 2, 0), 255), factor))
    return canvas.image


def curves_picture(panels: Sequence[Curves], title: str, caption: str = "") -> Image.Image:
    """Plots of curves over epochs, up to three in a row."""
    columns = {1: 1, 2: 2, 4: 2}.get(len(panels), 3)
    width, height = (640, 320) if columns == 1 else (352, 216)
    across, down = _TICK_ROOM + UNIT + width + _GAP, 56 + height + _TICK_ROOM + _GAP
    rows = math.ceil(len(panels) / columns)
    canvas = Canvas(2 * MARGIN + columns * across - _GAP, _HEAD - UNIT + rows * down)
    first = MARGIN + _TICK_ROOM + UNIT
    canvas.heading(first, title, caption, columns * across - _GAP - _TICK_ROOM - UNIT)
    for index, panel in enumerate(panels):
        left = first + index % columns * across
        top = _HEAD + index // columns * down
        _draw_curves(canvas, Box(left, top + 48, width, height), panel)
    return canvas.image


def save_png(image: Image.Image, path: Path) -> None:
    """Writes ``image`` to ``path``, making its folder; whatever happens, the old or the new file stands there, whole.

    Raises:
        OSError: it could not be written; the old file is untouched.
    """
    content = io.BytesIO()
    image.save(content, "PNG", dpi=(96 * SCALE, 96 * SCALE))
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_bytes(path, content.getvalue())


def _scatters(scatters: Sequence[Scatter], class_names: Sequence[str], side: float) -> Image.Image:
    entries = list(zip(class_names, map(tuple, class_colours(len(class_names)).tolist()), strict=True))
    if class_names and any(s.labels is not None and (s.labels < 0).any() for s in scatters):
        entries.append(("Without class", UNLABELLED))
    rows = int(side // _LEGEND_ROW)
    columns = [entries[first : first + rows] for first in range(0, len(entries), rows)]
    widths = [
        24 + max(text_font(TEXT).getlength(printable(_name(name))) / SCALE for name, _ in column) for column in columns
    ]
    across = side + _TICK_ROOM + _GAP
    legend = MARGIN + len(scatters) * across
    canvas = Canvas(legend + sum(widths) + _GAP * (len(columns) - 1) + (MARGIN if columns else 0), _HEAD + side + 48)
    for index, scatter in enumerate(scatters):
        box = Box(MARGIN + _TICK_ROOM + index * across, _HEAD, side, side)
        canvas.heading(box.left, scatter.title, scatter.caption, side)
        _draw_scatter(canvas, box, scatter, class_names)
    for column, width in zip(columns, widths, strict=True):
        for row, (name, colour) in enumerate(column):
            middle = _HEAD + 12 + row * _LEGEND_ROW
            canvas.dot(legend + 6, middle, 5, colour)
            canvas.text(legend + 24, middle, _name(name), anchor="lm")
        legend += width + _GAP
    return canvas.image


def _draw_scatter(
    canvas: Canvas, box: Box, scatter: Scatter, class_names: Sequence[str], view: Rect | None = None
) -> None:
    points = scatter.points
    labels = np.full(len(points), -1) if scatter.labels is None or not class_names else scatter.labels
    view = view or _square(density_extent(points))
    draw_ticks(canvas, box, view, apart=(64, 64))
    radius, opacity = disc_style(len(points), box.device_size)
    picture = Rasteriser(class_colours(len(class_names)), labels).draw(points, view, box.device_size, radius, opacity)
    canvas.pixels(box.left, box.top, to_rgba(picture))
    if len(class_names) <= _MOST_NAMES_IN_PLOT:
        _draw_names(canvas, box, to_pixels(points, view, (round(box.width), round(box.height))), labels, class_names)


def _draw_names(
    canvas: Canvas,
    box: Box,
    places: tuple[NDArray[np.float32], NDArray[np.float32]],
    labels: NDArray[np.integer],
    class_names: Sequence[str],
) -> None:
    """Writes each class's name at the median of its points, or as near beneath as no other name stands."""
    taken: list[tuple[float, float, float]] = []  # of each name its centre and half its width
    finite = np.isfinite(places[0]) & np.isfinite(places[1])
    for value, name in enumerate(class_names):
        chosen = finite & (labels == value)
        if not chosen.any():
            continue
        x, y = (float(np.median(place[chosen])) for place in places)
        half = text_font(TEXT).getlength(printable(_name(name))) / SCALE / 2 + 2
        while any(abs(x - place[0]) < half + place[2] and abs(y - place[1]) < 16 for place in taken):
            y += 4
        taken.append((x, y, half))
        canvas.text(box.left + x, box.top + y, _name(name), anchor="mm", halo=2)


def _square(view: Rect) -> Rect:
    """The view made square about its centre, so that a unit is as long across as it is up."""
    x, y, half = (view[0] + view[2]) / 2, (view[1] + view[3]) / 2, max(view[2] - view[0], view[3] - view[1]) / 2
    return x - half, y - half, x + half, y + half


def _draw_curves(canvas: Canvas, box: Box, panel: Curves) -> None:
    canvas.text(box.left, box.top - 32, shortened(panel.title, 14, box.width), 14)
    x = box.left + canvas.text(box.left, box.top - 12, panel.unit, SMALL, QUIET) + _GAP
    finite = [(epoch, value) for line in panel.series.values() for epoch, value in line if math.isfinite(value)]
    view = _curve_view(finite)
    draw_ticks(canvas, box, view, apart=(80, 48), unit="epoch")
    for (name, line), colour in zip(panel.series.items(), class_colours(len(panel.series)).tolist(), strict=True):
        canvas.smooth(box, _unbroken(line, view, box), 2, tuple(colour))
        canvas.smooth(Box(x, box.top - 17, 16, 2), [[(0, 1), (16, 1)]], 2, tuple(colour))
        x += 24 + canvas.text(x + 24, box.top - 12, name, SMALL, QUIET) + 16


def _curve_view(values: Sequence[tuple[float, float]]) -> Rect:
    """All epochs from 0 on; all values, unless those of the first fifth would flatten whatever comes later."""
    if not values:
        return 0.0, 0.0, 1.0, 1.0
    last = max(epoch for epoch, _ in values) or 1.0
    later = [value for epoch, value in values if epoch >= last / 5] or [value for _, value in values]
    low, high = min(value for _, value in values), max(value for _, value in values)
    span = max(later) - min(later)
    if 0 < 6 * span < high - low:
        low, high = max(low, min(later) - 3 * span), min(high, max(later) + 3 * span)
    margin = 0.06 * (high - low) or 0.5 * abs(high) or 1.0
    return 0.0, low - margin, float(last), high + margin


def _unbroken(line: Sequence[tuple[float, float]], view: Rect, box: Box) -> list[list[tuple[float, float]]]:
    """The stretches of a curve between values that are not finite, in coordinates of the box."""
    x0, y0, x1, y1 = view
    stretches: list[list[tuple[float, float]]] = [[]]
    for epoch, value in line:
        if math.isfinite(value):
            # Far outside the box is as good as infinitely far, and safe for Pillow's integers.
            y = min(max((y1 - value) / (y1 - y0), -9.0), 9.0)
            stretches[-1].append(((epoch - x0) / (x1 - x0) * box.width, y * box.height))
        else:
            stretches.append([])
    return [stretch for stretch in stretches if stretch]


def _tiled(cells: Images) -> NDArray[np.uint8]:
    """Cells (rows, columns, C, H, W) side by side, as H×W×C."""
    rows, columns, channels, height, width = cells.shape
    return cells.transpose(0, 3, 1, 4, 2).reshape(rows * height, columns * width, channels)


def _as_rgb(pixels: NDArray[np.uint8], full_scale: int) -> NDArray[np.uint8]:
    """H×W×C with one or three channels as RGB in 0 to 255."""
    scaled = np.clip(np.round(pixels.astype(np.float64) * (255 / full_scale)), 0, 255).astype(np.uint8)
    return np.broadcast_to(scaled, (*scaled.shape[:2], 3))


def _diverging(difference: NDArray[np.float64]) -> NDArray[np.uint8]:
    """H×W in -1 to 1 as RGB: white for 0, red above, blue beneath."""
    towards = np.where(difference[..., None] > 0, _BRIGHTER, _DARKER)
    share = np.clip(np.abs(difference), 0, 1)[..., None]
    return np.round(255 + share * (towards - 255.0)).astype(np.uint8)


def _enlarged(pixels: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    return pixels.repeat(factor, axis=0).repeat(factor, axis=1)


def _name(name: str) -> str:
    return shortened(name, TEXT, 160)
