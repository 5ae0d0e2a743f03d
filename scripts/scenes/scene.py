"""What a scene is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scenes.stage import Stage

SMALL, WIDE = (1280, 720), (1600, 1000)
"""The sizes of most windows, in pixels of the desktop."""


@dataclass(frozen=True)
class Scene:
    """Brings a window into a state that is worth a picture.

    Attributes:
        play: does so; scenes that train take a minute or two.
        size: the window's, in pixels of the desktop.
        scale: how many pixels of the picture one of those has, across and down.
    """

    play: Callable[[Stage], None]
    size: tuple[int, int]
    scale: int = 1
