"""A history as the columns that curves are drawn from."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latentlab.core.history import HistoryRow

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Epochs and values."""


class Columns:
    """A history as columns of numbers; rows that were added since are all that costs time."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._taken: list[HistoryRow] = []
        self._values: dict[tuple[str, str], array[float]] = {}

    def take(self, history: Sequence[HistoryRow], names: list[str]) -> None:
        """Brings the columns ``names`` up to date with ``history``, which grew or is another one."""
        taken = len(self._taken)
        grew = taken <= len(history) and (taken == 0 or history[taken - 1] is self._taken[-1])
        if names != self._names or not grew:
            self._names, self._taken, self._values = names, [], {}
        for row in history[len(self._taken) :]:
            for name in ("", *names):
                value = row.figures.get(name, math.nan) if name else row.epoch
                self._values.setdefault((name, row.split), array("d")).append(value)
            self._taken.append(row)

    def curve(self, name: str, split: str) -> Curve:
        """One figure; copies."""
        empty = array("d")
        return np.array(self._values.get(("", split), empty)), np.array(self._values.get((name, split), empty))


def thinned(count: int, width: float, pitch: float) -> NDArray[np.intp]:
    """Which of ``count`` evenly spaced points over ``width`` pixels to mark, so that marks are ``pitch`` pixels apart.

    Every one, every second, every fourth …, counted from the first, so that marks stay where they are while points
    are added; and the last one.
    """
    every = 1
    while every < count - 1 and width * every < pitch * (count - 1):
        every *= 2
    marked = np.arange(0, count, every)
    if count and marked[-1] != count - 1:
        # The last mark is larger, and would touch one that is nearer than half of the pitch.
        near = 2 * (count - 1 - marked[-1]) < every and len(marked) > 1
        marked = np.append(marked[: len(marked) - near], count - 1)
    return marked


def after(curve: Curve, epoch: float, joined: bool) -> Curve:
    """The part of a curve behind ``epoch``, with the point before it where ``joined``, so that a line begins there."""
    epochs, values = curve
    start = int(np.searchsorted(epochs, epoch, side="right"))
    start = max(0, start - 1) if joined else start
    return epochs[start:], values[start:]
