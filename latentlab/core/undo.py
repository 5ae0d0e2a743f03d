"""What the hand has done, so that it can be undone: earlier states of exploring, each with the act that left it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from latentlab.core.exploration import Exploration

_MOST_STEPS = 200
_ONE_ACT_SECONDS = 1.0


@dataclass(frozen=True)
class _Step:
    act: str
    at: object
    other: Exploration


class UndoHistory:
    """Steps back and forth; told the time, it reads no clock of its own.

    A drag is hundreds of moves and one act: moves of one act that follow each other within a second are one step,
    unless they are at different things.
    """

    def __init__(self) -> None:
        self._back: list[_Step] = []
        self._forth: list[_Step] = []
        self._last = -math.inf

    @property
    def back(self) -> str | None:
        """The act that `undo` would take back, or None."""
        return self._back[-1].act if self._back else None

    @property
    def forth(self) -> str | None:
        """The act that `redo` would do again, or None."""
        return self._forth[-1].act if self._forth else None

    def note(self, act: str, before: Exploration, now: float, at: object = None) -> None:
        """Notes that ``act``, in words for a menu, has just changed ``before``; ``at`` tells its things apart."""
        last = self._back[-1] if self._back else None
        same = last is not None and (last.act, last.at) == (act, at)
        goes_on = same and not self._forth and now - self._last < _ONE_ACT_SECONDS
        self._last = now
        self._forth.clear()
        if not goes_on:
            self._back.append(_Step(act, at, before))
            del self._back[:-_MOST_STEPS]

    def undo(self, present: Exploration) -> Exploration | None:
        """The state before the last act, or None where there is none; what is done next is another act."""
        return self._step(self._back, self._forth, present)

    def redo(self, present: Exploration) -> Exploration | None:
        """The state after the act that was undone last, or None where there is none."""
        return self._step(self._forth, self._back, present)

    def forget(self) -> None:
        """Drops every step, as for another data set or model, where they would mean nothing."""
        self._back.clear()
        self._forth.clear()

    def _step(self, taken: list[_Step], given: list[_Step], present: Exploration) -> Exploration | None:
        self._last = -math.inf
        while taken:
            step = taken.pop()
            # A gesture that was dropped has put back what it changed.
            if step.other != present:
                given.append(_Step(step.act, step.at, present))
                return step.other
        return None
