"""Pins: named places of the plane, in the order in which a path visits them, and the ways it may take."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from itertools import count


@dataclass(frozen=True)
class Pin:
    """A place of the plane to come back to.

    Attributes:
        name: no other pin has it.
        position: on the plane.
    """

    name: str
    position: tuple[float, float]


class PathKind(Enum):
    """How a path runs from pin to pin through latent space."""

    STRAIGHT = "straight"
    SPHERICAL = "spherical"
    DATA = "data"


def free_name(pins: Collection[Pin]) -> str:
    """The first of A, B, …, Z, A2, B2, … that no pin has."""
    taken = {pin.name for pin in pins}
    letters = [chr(ord("A") + index) for index in range(26)]
    names = (letter + (str(turn) if turn > 1 else "") for turn in count(1) for letter in letters)
    return next(name for name in names if name not in taken)
