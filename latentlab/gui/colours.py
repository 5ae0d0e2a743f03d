"""The two sets of colours, and how to mix them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Colours:
    """Every colour of one theme as ``#rrggbb``, which Qt, style sheets and pyqtgraph all read.

    Attributes:
        window: behind everything.
        surface: fields, buttons, menus and cards.
        plot: behind data; the calmest area of the window.
        hover: a row or a button under the mouse.
        text: what is read.
        muted: captions, units, hints.
        line: borders of fields and separators.
        grid: lines inside a plot.
        accent: filled areas that call to act (the Train button, a checked box, selected text).
        accent_hover: the same under the mouse.
        accent_text: on top of either.
        ring: thin marks on a plot or on images (the probe, a selection, keyboard focus).
        good, warning, error: text and icons that judge.
        negative, neutral, positive: ends and middle of the diverging map that differences are drawn with.
    """

    window: str
    surface: str
    plot: str
    hover: str
    text: str
    muted: str
    line: str
    grid: str
    accent: str
    accent_hover: str
    accent_text: str
    ring: str
    good: str
    warning: str
    error: str
    negative: str
    neutral: str
    positive: str

    @property
    def is_dark(self) -> bool:
        """Whether data are drawn on a dark ground."""
        return int(self.plot[1:3], 16) < 128


LIGHT = Colours(
    window="#f4f5f7",
    surface="#ffffff",
    plot="#ffffff",
    hover="#e9ebef",
    text="#1c1f24",
    muted="#5c636e",
    line="#cdd2d9",
    grid="#e8eaee",
    accent="#4262dc",
    accent_hover="#3552c4",
    accent_text="#ffffff",
    ring="#3552c4",
    good="#19734a",
    warning="#8a5300",
    error="#b8282f",
    negative="#2166ac",
    neutral="#ffffff",
    positive="#b2182b",
)

DARK = Colours(
    window="#1b1d21",
    surface="#26292e",
    plot="#121417",
    hover="#31353b",
    text="#e3e5e9",
    muted="#a0a7b2",
    line="#3b3f47",
    grid="#24272c",
    accent="#4c6be6",
    accent_hover="#4262dc",
    accent_text="#ffffff",
    ring="#93a7ff",
    good="#5fcb93",
    warning="#e7b24f",
    error="#ff8d86",
    negative="#62b0ff",
    neutral="#121417",
    positive="#ff7f6b",
)


def rgb(colour: str) -> tuple[int, int, int]:
    """The three channels of ``#rrggbb``, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@lru_cache(maxsize=64)
def mix(colour: str, other: str, share: float) -> str:
    """``colour`` with ``share`` (0 to 1) of ``other`` in it."""
    channels = (round(a + (b - a) * share) for a, b in zip(rgb(colour), rgb(other), strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in channels)
