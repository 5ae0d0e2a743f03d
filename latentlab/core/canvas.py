"""The sheet that pictures are drawn on with Pillow alone: text, rules, dots and axes, two device pixels to a pixel."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from latentlab.core.exploration import Rect
from latentlab.core.palette import RGB

SCALE = 2
"""Device pixels to a pixel; every other length in this file is in pixels."""

INK, QUIET, GRID, GROUND = (31, 35, 40), (104, 111, 122), (230, 232, 236), (255, 255, 255)
TITLE, TEXT, SMALL = 18, 13, 11
MARGIN, UNIT = 32, 8
# How often a smooth edge is sampled within a device pixel, each way.
_SMOOTH = 4


@dataclass(frozen=True)
class Box:
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


class Canvas:
    """A white sheet to draw on, in pixels."""

    def __init__(self, width: float, height: float) -> None:
        across, down = (math.ceil(length / UNIT) * UNIT * SCALE for length in (width, height))
        self.image = Image.new("RGB", (across, down), GROUND)
        self._draw = ImageDraw.Draw(self.image)

    def text(
        self, x: float, y: float, text: str, size: int = TEXT, colour: RGB = INK, anchor: str = "ls", halo: int = 0
    ) -> float:
        """Writes ``text`` and returns its width; ``anchor`` as Pillow has it, unless given the baseline's left end."""
        text, font = printable(text), text_font(size)
        place = (round(x * SCALE), round(y * SCALE))
        self._draw.text(
            place, text, fill=colour, font=font, anchor=anchor, stroke_width=halo * SCALE, stroke_fill=GROUND
        )
        return font.getlength(text) / SCALE

    def heading(self, x: float, title: str, caption: str, width: float) -> None:
        """The title of the picture and, beneath it, its caption."""
        self.text(x, MARGIN + 16, shortened(title, TITLE, width), TITLE)
        self.text(x, MARGIN + 40, shortened(caption, TEXT, width), colour=QUIET)

    def rule(self, left: float, top: float, right: float, bottom: float, colour: RGB = GRID) -> None:
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
            self._draw.rectangle((place[0] - 1, place[1] - 1, x1, y1), outline=GRID)

    def dot(self, x: float, y: float, radius: float, colour: RGB) -> None:
        """A smooth disc."""
        box = Box(x - radius, y - radius, 2 * radius, 2 * radius)
        self.smooth(box, [[(radius, radius)]], 2 * radius, colour)

    def smooth(self, box: Box, lines: Sequence[Sequence[tuple[float, float]]], width: float, colour: RGB) -> None:
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


def draw_ticks(
    canvas: Canvas, box: Box, view: Rect, apart: tuple[float, float], grid: bool = True, unit: str = ""
) -> None:
    """Figures along the lower and the left edge, not closer than ``apart``, and a grid or short strokes at them."""
    x0, y0, x1, y1 = view
    for value, text in ticks(x0, x1, box.width / apart[0]):
        x = box.left + (value - x0) / (x1 - x0) * box.width
        canvas.rule(x, box.top if grid else box.bottom + 1, x, box.bottom if grid else box.bottom + 6)
        canvas.text(x, box.bottom + 20, text, SMALL, QUIET, "ms")
    for value, text in ticks(y0, y1, box.height / apart[1]):
        y = box.top + (y1 - value) / (y1 - y0) * box.height
        canvas.rule(box.left if grid else box.left - 6, y, box.right if grid else box.left - 1, y)
        canvas.text(box.left - 10, y, text, SMALL, QUIET, "rm")
    if unit:
        canvas.text(box.right, box.bottom + 36, unit, SMALL, QUIET, "rs")


def ticks(low: float, high: float, most: float) -> list[tuple[float, str]]:
    """About ``most`` round values at most, 1, 2 or 5 times a power of ten apart, and how to write them."""
    raw = (high - low) / max(most, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * (1 - 1e-9))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    values = [index * step for index in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]
    if step >= 1e6 or step < 1e-4:
        # As many digits as tell two neighbours apart, however far from 0 they are.
        digits = max(6, math.floor(math.log10(max(abs(low), abs(high)) / step) + 1e-9) + 2)
        return [(value, f"{value:.{digits}g}") for value in values]
    return [(value, f"{value:,.{decimals}f}") for value in values]


@cache
def text_font(size: int) -> ImageFont.FreeTypeFont:
    """Pillow's own font, ``size`` pixels high."""
    font = ImageFont.load_default(size * SCALE)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise RuntimeError("this build of Pillow lacks FreeType, which text in pictures needs")
    return font


_SPELT = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "×": "x", "•": "·", "α": "alpha", "β": "beta", "μ": "mu", "σ": "sigma"}
)


def printable(text: str) -> str:
    """The text in characters that Pillow's own font has: others are spelt out, lose their accents, or become "?"."""
    plain = unicodedata.normalize("NFKD", text.translate(_SPELT))
    return "".join(c if _has_glyph(c) else "?" for c in plain if not unicodedata.combining(c))


@cache
def _has_glyph(character: str) -> bool:
    """Whether the font draws the character as other than a box."""
    font = text_font(TEXT)
    return character == " " or bytes(font.getmask(character)) != bytes(font.getmask("\ue000"))


def shortened(text: str, size: int, width: float) -> str:
    """The text, or as much of its beginning as fits with an ellipsis."""
    font = text_font(size)

    def fits(candidate: str) -> bool:
        return font.getlength(printable(candidate)) <= width * SCALE

    if fits(text):
        return text
    return next(
        (f"{text[:end].rstrip()}…" for end in range(len(text) - 1, 0, -1) if fits(f"{text[:end].rstrip()}…")), "…"
    )
