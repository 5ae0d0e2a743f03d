"""The pictures that a headless run writes: light, quiet plots drawn with Pillow alone, at two device pixels to a pixel.

Every function is pure: arrays in, a picture out; `save_png` writes one.
"""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from latentlab.core.atomic import replace_bytes
from latentlab.core.exploration import Rect
from latentlab.core.palette import RGB, UNLABELLED, class_colours
from latentlab.core.raster import Rasteriser, density_extent, disc_style, to_pixels, to_rgba

Images = NDArray[np.uint8]
"""N×C×H×W with one channel (grey) or three (RGB)."""

SCALE = 2
"""Device pixels to a pixel; every other length in this file is in pixels."""

_INK, _QUIET, _GRID, _GROUND = (31, 35, 40), (104, 111, 122), (230, 232, 236), (255, 255, 255)
_BRIGHTER, _DARKER = (214, 40, 57), (39, 88, 210)
_TITLE, _TEXT, _SMALL = 18, 13, 11
_MARGIN, _GAP, _UNIT = 32, 24, 8
_HEAD = 88  # from the upper edge to a plot: margin, title and caption
_TICK_ROOM = 40  # beneath and to the left of a plot, for figures
_LEGEND_ROW = 24
_MOST_NAMES_IN_PLOT = 20
# How often a smooth edge is sampled within a device pixel, each way.
_SMOOTH = 4


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


def manifold_picture(cells: Images, extent: Rect, title: str, caption: str = "", full_scale: int = 255) -> Image.Image:
    """Decoded images laid on the latent plane.

    Args:
        cells: uint8 (rows, columns, C, H, W), the first row at the top, that is at the greatest y.
        extent: of the whole lattice of cells on the plane.
        full_scale: the value of a fully bright pixel.
    """
    rows, columns, channels, height, width = cells.shape
    tiled = cells.transpose(0, 3, 1, 4, 2).reshape(rows * height, columns * width, channels)
    factor = max(1, round(640 * SCALE / max(tiled.shape[:2])))
    pixels = _enlarged(_as_rgb(tiled, full_scale), factor)
    box = _Box(_MARGIN + _TICK_ROOM, _HEAD, pixels.shape[1] / SCALE, pixels.shape[0] / SCALE)
    canvas = _Canvas(box.right + _MARGIN, box.bottom + _TICK_ROOM + _UNIT)
    canvas.heading(box.left, title, caption, box.width)
    canvas.pixels(box.left, box.top, pixels)
    _draw_ticks(canvas, box, extent, apart=(64, 64), grid=False)
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
    across, down = width * factor / SCALE + _UNIT, height * factor / SCALE + _UNIT
    left, top = _MARGIN + 88, _HEAD
    bottom = top + len(rows) * down - _UNIT
    right = max(left + len(inputs) * across - _UNIT, left + 400)
    canvas = _Canvas(right + _MARGIN, bottom + _GAP + _MARGIN)
    canvas.heading(_MARGIN, title, caption, right - _MARGIN)
    for row, (name, images) in enumerate(rows):
        y = top + row * down
        canvas.text(_MARGIN, y + (down - _UNIT) / 2, name, anchor="lm")
        for column, image in enumerate(images):
            canvas.pixels(left + column * across, y, _enlarged(image, factor), framed=True)
    x = float(left)
    for colour, meaning in ((_BRIGHTER, "output too bright"), (_DARKER, "output too dark")):
        canvas.dot(x + 4, bottom + _GAP - 4, 4, colour)
        x += 16 + canvas.text(x + 16, bottom + _GAP, meaning, _SMALL, _QUIET) + _GAP
    return canvas.image


def curves_picture(panels: Sequence[Curves], title: str, caption: str = "") -> Image.Image:
    """Plots of curves over epochs, up to three in a row."""
    columns = {1: 1, 2: 2, 4: 2}.get(len(panels), 3)
    width, height = (640, 320) if columns == 1 else (352, 216)
    across, down = _TICK_ROOM + _UNIT + width + _GAP, 56 + height + _TICK_ROOM + _GAP
    rows = math.ceil(len(panels) / columns)
    canvas = _Canvas(2 * _MARGIN + columns * across - _GAP, _HEAD - _UNIT + rows * down)
    first = _MARGIN + _TICK_ROOM + _UNIT
    canvas.heading(first, title, caption, columns * across - _GAP - _TICK_ROOM - _UNIT)
    for index, panel in enumerate(panels):
        left = first + index % columns * across
        top = _HEAD + index // columns * down
        _draw_curves(canvas, _Box(left, top + 48, width, height), panel)
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


@dataclass(frozen=True)
class _Box:
    """Where a plot is on the canvas."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def device_size(self) -> tuple[int, int]:
        return round(self.width * SCALE), round(self.height * SCALE)


class _Canvas:
    """A white sheet to draw on, in pixels."""

    def __init__(self, width: float, height: float) -> None:
        across, down = (math.ceil(length / _UNIT) * _UNIT * SCALE for length in (width, height))
        self.image = Image.new("RGB", (across, down), _GROUND)
        self._draw = ImageDraw.Draw(self.image)

    def text(
        self, x: float, y: float, text: str, size: int = _TEXT, colour: RGB = _INK, anchor: str = "ls", halo: int = 0
    ) -> float:
        """Writes ``text`` and returns its width; ``anchor`` as Pillow has it, unless given the baseline's left end."""
        text, font = _printable(text), _font(size)
        place = (round(x * SCALE), round(y * SCALE))
        self._draw.text(
            place, text, fill=colour, font=font, anchor=anchor, stroke_width=halo * SCALE, stroke_fill=_GROUND
        )
        return font.getlength(text) / SCALE

    def heading(self, x: float, title: str, caption: str, width: float) -> None:
        """The title of the picture and, beneath it, its caption."""
        self.text(x, _MARGIN + 16, _shortened(title, _TITLE, width), _TITLE)
        self.text(x, _MARGIN + 40, _shortened(caption, _TEXT, width), colour=_QUIET)

    def rule(self, left: float, top: float, right: float, bottom: float, colour: RGB = _GRID) -> None:
        """A crisp line one pixel wide, across or down, centred on the coordinates."""
        half = SCALE // 2
        x0, y0, x1, y1 = (round(value * SCALE) for value in (left, top, right, bottom))
        if y0 == y1:
            self._draw.rectangle((x0, y0 - half, x1 - 1, y0 + half - 1), fill=colour)
        else:
            self._draw.rectangle((x0 - half, y0, x0 + half - 1, y1 - 1), fill=colour)

    def pixels(self, x: float, y: float, pixels: NDArray[np.uint8], framed: bool = False) -> None:
        """Lays an RGB or RGBA array on the sheet, one element a device pixel."""
        picture = Image.fromarray(pixels)
        place = round(x * SCALE), round(y * SCALE)
        self.image.paste(picture, place, picture if picture.mode == "RGBA" else None)
        if framed:
            x1, y1 = place[0] + picture.width, place[1] + picture.height
            self._draw.rectangle((place[0] - 1, place[1] - 1, x1, y1), outline=_GRID)

    def dot(self, x: float, y: float, radius: float, colour: RGB) -> None:
        """A smooth disc."""
        box = _Box(x - radius, y - radius, 2 * radius, 2 * radius)
        self.smooth(box, [[(radius, radius)]], 2 * radius, colour)

    def smooth(self, box: _Box, lines: Sequence[Sequence[tuple[float, float]]], width: float, colour: RGB) -> None:
        """Smooth lines with round joints, in coordinates from the box's upper left, clipped to the box."""
        factor = SCALE * _SMOOTH
        size = box.device_size
        mask = Image.new("L", (size[0] * _SMOOTH, size[1] * _SMOOTH))
        draw = ImageDraw.Draw(mask)
        for line in lines:
            places = [(x * factor, y * factor) for x, y in line]
            draw.line(places, fill=255, width=round(width * factor), joint="curve")
            for x, y in (places[0], places[-1]):
                draw.circle((x, y), width * factor / 2, fill=255)
        self.image.paste(colour, (round(box.left * SCALE), round(box.top * SCALE)), mask.reduce(_SMOOTH))


def _scatters(scatters: Sequence[Scatter], class_names: Sequence[str], side: float) -> Image.Image:
    entries = list(zip(class_names, map(tuple, class_colours(len(class_names)).tolist()), strict=True))
    if class_names and any(s.labels is not None and (s.labels < 0).any() for s in scatters):
        entries.append(("Without class", UNLABELLED))
    rows = int(side // _LEGEND_ROW)
    columns = [entries[first : first + rows] for first in range(0, len(entries), rows)]
    widths = [
        24 + max(_font(_TEXT).getlength(_printable(_name(name))) / SCALE for name, _ in column) for column in columns
    ]
    across = side + _TICK_ROOM + _GAP
    legend = _MARGIN + len(scatters) * across
    canvas = _Canvas(legend + sum(widths) + _GAP * (len(columns) - 1) + (_MARGIN if columns else 0), _HEAD + side + 48)
    for index, scatter in enumerate(scatters):
        box = _Box(_MARGIN + _TICK_ROOM + index * across, _HEAD, side, side)
        canvas.heading(box.left, scatter.title, scatter.caption, side)
        _draw_scatter(canvas, box, scatter, class_names)
    for column, width in zip(columns, widths, strict=True):
        for row, (name, colour) in enumerate(column):
            middle = _HEAD + 12 + row * _LEGEND_ROW
            canvas.dot(legend + 6, middle, 5, colour)
            canvas.text(legend + 24, middle, _name(name), anchor="lm")
        legend += width + _GAP
    return canvas.image


def _draw_scatter(canvas: _Canvas, box: _Box, scatter: Scatter, class_names: Sequence[str]) -> None:
    points = scatter.points
    labels = np.full(len(points), -1) if scatter.labels is None or not class_names else scatter.labels
    view = _square(density_extent(points))
    _draw_ticks(canvas, box, view, apart=(64, 64))
    radius, opacity = disc_style(len(points), box.device_size)
    picture = Rasteriser(class_colours(len(class_names)), labels).draw(points, view, box.device_size, radius, opacity)
    canvas.pixels(box.left, box.top, to_rgba(picture))
    if len(class_names) <= _MOST_NAMES_IN_PLOT:
        _draw_names(canvas, box, to_pixels(points, view, (round(box.width), round(box.height))), labels, class_names)


def _draw_names(
    canvas: _Canvas,
    box: _Box,
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
        half = _font(_TEXT).getlength(_printable(_name(name))) / SCALE / 2 + 2
        while any(abs(x - place[0]) < half + place[2] and abs(y - place[1]) < 16 for place in taken):
            y += 4
        taken.append((x, y, half))
        canvas.text(box.left + x, box.top + y, _name(name), anchor="mm", halo=2)


def _square(view: Rect) -> Rect:
    """The view made square about its centre, so that a unit is as long across as it is up."""
    x, y, half = (view[0] + view[2]) / 2, (view[1] + view[3]) / 2, max(view[2] - view[0], view[3] - view[1]) / 2
    return x - half, y - half, x + half, y + half


def _draw_curves(canvas: _Canvas, box: _Box, panel: Curves) -> None:
    canvas.text(box.left, box.top - 32, _shortened(panel.title, 14, box.width), 14)
    x = box.left + canvas.text(box.left, box.top - 12, panel.unit, _SMALL, _QUIET) + _GAP
    finite = [(epoch, value) for line in panel.series.values() for epoch, value in line if math.isfinite(value)]
    view = _curve_view(finite)
    _draw_ticks(canvas, box, view, apart=(80, 48), unit="epoch")
    for (name, line), colour in zip(panel.series.items(), class_colours(len(panel.series)).tolist(), strict=True):
        canvas.smooth(box, _unbroken(line, view, box), 2, tuple(colour))
        canvas.smooth(_Box(x, box.top - 17, 16, 2), [[(0, 1), (16, 1)]], 2, tuple(colour))
        x += 24 + canvas.text(x + 24, box.top - 12, name, _SMALL, _QUIET) + 16


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


def _unbroken(line: Sequence[tuple[float, float]], view: Rect, box: _Box) -> list[list[tuple[float, float]]]:
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


def _draw_ticks(
    canvas: _Canvas, box: _Box, view: Rect, apart: tuple[float, float], grid: bool = True, unit: str = ""
) -> None:
    """Figures along the lower and the left edge, not closer than ``apart``, and a grid or short strokes at them."""
    x0, y0, x1, y1 = view
    for value, text in _ticks(x0, x1, box.width / apart[0]):
        x = box.left + (value - x0) / (x1 - x0) * box.width
        canvas.rule(x, box.top if grid else box.bottom + 1, x, box.bottom if grid else box.bottom + 6)
        canvas.text(x, box.bottom + 20, text, _SMALL, _QUIET, "ms")
    for value, text in _ticks(y0, y1, box.height / apart[1]):
        y = box.top + (y1 - value) / (y1 - y0) * box.height
        canvas.rule(box.left if grid else box.left - 6, y, box.right if grid else box.left - 1, y)
        canvas.text(box.left - 10, y, text, _SMALL, _QUIET, "rm")
    if unit:
        canvas.text(box.right, box.bottom + 36, unit, _SMALL, _QUIET, "rs")


def _ticks(low: float, high: float, most: float) -> list[tuple[float, str]]:
    """About ``most`` round values at most, 1, 2 or 5 times a power of ten apart, and how to write them."""
    raw = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    values = [index * step for index in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    if step >= 1e6 or step < 1e-4:
        return [(value, f"{value:g}") for value in values]
    return [(value, f"{value:,.{decimals}f}") for value in values]


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


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size * SCALE)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this build of Pillow lacks FreeType, which text in pictures needs")
    return font


_SPELT = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "×": "x", "•": "·", "α": "alpha", "β": "beta", "μ": "mu", "σ": "sigma"}
)


def _printable(text: str) -> str:
    """The text in characters that Pillow's own font has: others are spelt out, lose their accents, or become "?"."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELT))
    return "".join(c if _has_glyph(c) else "?" for c in plain if not unicodedata.combining(c))


@cache
def _has_glyph(character: str) -> bool:
    """Whether the font draws the character as other than a box."""
    font = _font(_TEXT)
    return character == " " or bytes(font.getmask(character)) != bytes(font.getmask("\ue000"))


def _name(name: str) -> str:
    return _shortened(name, _TEXT, 160)


def _shortened(text: str, size: int, width: float) -> str:
    """The text, or as much of its beginning as fits with an ellipsis."""
    font = _font(size)

    def fits(candidate: str) -> bool:
        return font.getlength(_printable(candidate)) <= width * SCALE

    if fits(text):
        return text
    return next(
        (f"{text[:end].rstrip()}…" for end in range(len(text) - 1, 0, -1) if fits(f"{text[:end].rstrip()}…")), "…"
    )
