"""How much to do at a time, so that whoever waits meanwhile waits no longer than is wanted."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

# How far one reading moves the estimate: a machine that is busy for a moment says little about the next.
_WEIGHT = 0.5

Clock = Callable[[], float]
"""Seconds since some moment."""

# Windows counts it in steps of 16 ms.
THREAD_CLOCK: Clock = time.perf_counter if sys.platform == "win32" else time.thread_time
"""Of the time that the calling thread itself works, where it can be told."""

PART_SECONDS = 0.004
"""A part of an answer takes so long, a fraction of a frame, so that the hand can be served between two."""
_FIRST_PART, _LARGEST_PART = 16, 200


class Portion:
    """A number of things that together take about as long as wanted; learnt from how long they took.

    What each call costs by itself counts as its things' own. Where that alone takes as long as is wanted, fewer things
    take no less time, but the estimate of each grows until there is one a call: ``least`` is for such work.

    Attributes:
        size: how many to do the next time.
    """

    def __init__(self, seconds: float, first: int, most: int, least: int = 1) -> None:
        """Begins with ``first`` things, and never gives more than ``most`` or fewer than ``least``."""
        self.size = first
        self._seconds, self._most, self._least = seconds, most, least
        self._each: float | None = None

    def took(self, count: int, seconds: float) -> None:
        """Notes that ``count`` things took ``seconds``."""
        each = seconds / count
        self._each = each if self._each is None else self._each + _WEIGHT * (each - self._each)
        fitting = self._most if self._each <= 0 else int(self._seconds / self._each)
        # At most doubled, so that one lucky reading cannot make the next time a long one.
        self.size = max(self._least, min(fitting, self._most, 2 * self.size))


def clock_of(device: torch.device) -> Clock:
    """What tells how long a portion took the calling thread where ``device`` does the work.

    On a CPU it stands still while the thread waits for others, for the interpreter's lock above all. If it went on,
    portions would shrink where the lock is wanted by many, ask for it the more often, and in the end be of one thing
    each.
    """
    return THREAD_CLOCK if device.type == "cpu" else time.perf_counter


def in_parts(
    count: int,
    seconds: float = PART_SECONDS,
    first: int = _FIRST_PART,
    most: int = _LARGEST_PART,
    clock: Clock | None = None,
) -> Iterator[slice]:
    """``count`` things, as many at a time as the receiver works through in ``seconds``.

    Args:
        first, most: how many to begin with, and how many at the most.
        clock: of the device that does the work (`clock_of`); by default the CPU's.
    """
    portion, clock = Portion(seconds, first, most), clock or THREAD_CLOCK
    start = 0
    while start < count:
        part = slice(start, min(start + portion.size, count))
        began = clock()
        yield part
        portion.took(part.stop - start, clock() - began)
        start = part.stop
