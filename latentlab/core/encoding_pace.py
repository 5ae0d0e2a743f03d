"""How fast the points of a live scatter are encoded beside a training, and how often they are shown."""

from __future__ import annotations

import math

PUBLISH_SECONDS = 0.22
"""Between two pictures of the scatter: more than four a second look alive, and each costs the window milliseconds."""

# The hand may need the time more, but not for longer than this. One of its pictures that is late, now and then, is no
# reason for all to stutter: so much thrift is left to the encoding alone.
_LONGEST_BETWEEN = 1.0
_FORGIVEN = 1.5

# While training runs, encoding rests this many times as long as it worked: it takes half a core at most…
_REST = 1.1
# …and does no more between two pictures than this many points, or this share of them, whichever is more.
_ENOUGH, _ENOUGH_SHARE = 2048, 0.05


class EncodingPace:
    """Says when to encode and when to publish; told the time, it reads no clock of its own.

    Attributes:
        gentle: others need the core (training runs).
        thrift: how many times as slowly all goes because a hand needs the time more (`latentlab.core.sparing`).
    """

    def __init__(self, gentle: bool = False) -> None:
        self.gentle, self.thrift = gentle, 1.0
        self._published, self._rest_until = -math.inf, -math.inf
        self._since = self._in_all = 0

    @property
    def _due(self) -> float:
        return self._published + min(PUBLISH_SECONDS * max(self.thrift / _FORGIVEN, 1.0), _LONGEST_BETWEEN)

    def restart(self) -> None:
        """What is encoded next is published at once, as after a change of model or plane."""
        self._published, self._rest_until = -math.inf, -math.inf
        self._since = self._in_all = 0

    def wanted(self, points: int) -> int:
        """How many more of a scatter's ``points`` to encode before the next picture."""
        # The first time round the points have no place at all yet, and none is too many.
        if not self.gentle or self._in_all < points:
            return points
        return max(0, max(_ENOUGH, math.ceil(_ENOUGH_SHARE * points)) - self._since)

    def encoded(self, points: int, seconds: float, now: float) -> None:
        """Notes that ``points`` points took ``seconds``, until ``now``."""
        self._since += points
        self._in_all += points
        self._rest_until = now + _REST * self.thrift * seconds

    def published(self, now: float) -> None:
        """Notes that the points were shown."""
        self._published, self._since = now, 0

    def is_due(self, now: float, complete: bool) -> bool:
        """Whether to show the points, all of which are up to date where ``complete``."""
        return now >= self._due or (complete and not self.gentle)

    def pause(self, now: float, points: int, complete: bool) -> float:
        """Seconds until there is something to do again for a scatter of ``points`` points; 0 is now."""
        if complete:
            return 0.0 if self.is_due(now, complete) else self._due - now
        if not self.gentle:
            return 0.0
        until = self._rest_until if self.wanted(points) else max(self._rest_until, self._due)
        return max(0.0, until - now)
