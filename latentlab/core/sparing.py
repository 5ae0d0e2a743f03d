"""Work that only follows training, beside a hand that moves: it goes as much slower as the hand's pictures are late."""

from __future__ import annotations

import time
from collections.abc import Callable

from latentlab.core.portions import THREAD_CLOCK, Clock

Thrift = Callable[[], float]
"""How many times as slowly such work should go at present: 1 is at full speed."""

# A picture within a frame of 16.7 ms leaves the rest of the system a share of it. On two cores a convolutional model
# keeps such a bound most of the time, and one of 10 ms hardly ever, so that its scatter would all but stand still.
_LATE_SECONDS = 0.012
# One late picture weighs as much as fifty-seven in time, so that hardly one in fifty is late.
_MORE, _LESS = 1.5, 0.993
_MOST = 12.0
# No machine is so slow, and no piece so long, that the work should stand still.
_LONGEST_REST = 0.05


class HandPace:
    """Learns from each act of the hand how dear the time is beside it.

    Attributes:
        thrift: see `Thrift`; between 1 and 12.
    """

    def __init__(self) -> None:
        self.thrift = 1.0

    def took(self, seconds: float) -> None:
        """Notes how long an act of the hand took until its picture was there."""
        change = _MORE if seconds > _LATE_SECONDS else _LESS
        self.thrift = min(max(self.thrift * change, 1.0), _MOST)


class Sparing:
    """Called between two pieces of some work, rests there as thrift has it; of one thread.

    Work of many small steps is not felt for its share of the machine but all the while it lasts, because each step asks
    for the interpreter; spread thin it lasts longer, but most of the time it rests.
    """

    def __init__(
        self, thrift: Thrift, clock: Clock = THREAD_CLOCK, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """``clock`` tells how long the calling thread worked."""
        self._thrift, self._clock, self._sleep = thrift, clock, sleep
        self._since: float | None = None

    def __call__(self) -> None:
        if self._since is not None:
            rest = (self._thrift() - 1) * (self._clock() - self._since)
            if rest > 0:
                self._sleep(min(rest, _LONGEST_REST))
        self._since = self._clock()
