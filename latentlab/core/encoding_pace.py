"""How fast the points of a live scatter are encoded beside a training, and how often they are shown."""

from __future__ import annotations

import math

from latentlab.core.hand import HAND_RESTS

PUBLISH_SECONDS = 0.22
"""Between two pictures of the scatter: more than four a second look alive, and each costs the window milliseconds."""

# While the hand drags, a picture of all points would come between it and its own, so they are fewer.
_PUBLISH_BESIDE_SECONDS = 0.5

# While training runs, encoding rests this many times as long as it worked: it takes four tenths of a core at most…
_REST = 1.5
# …and does no more between two pictures than this many points, or this share of them, whichever is more.
_ENOUGH, _ENOUGH_SHARE = 2200, 0.05


class EncodingPace:
    """Says when to encode and when to publish; told the time, it reads no clock of its own.

    Attributes:
        gentle: others need the core (training runs).
    """

    def __init__(self, gentle: bool = False) -> None:
        self.gentle = gentle
        self._published, self._rest_until, self._hand_moved = -math.inf, -math.inf, -math.inf
        self._since = self._in_all = 0

    def hand_moved(self, now: float) -> None:
        """Notes that the hand drags something."""
        self._hand_moved = now

    def restart(self) -> None:
        """What is encoded next is published at once, as after a change of model or plane."""
        self._published, self._rest_until = -math.inf, -math.inf
        self._since = self._in_all = 0

    def encoded(self, points: int, seconds: float, now: float) -> None:
        """Notes that ``points`` points took ``seconds``, until ``now``."""
        self._since += points
        self._in_all += points
        self._rest_until = now + _REST * seconds

    def published(self, now: float) -> None:
        """Notes that the points were shown."""
        self._published, self._since = now, 0

    def is_due(self, now: float, complete: bool) -> bool:
        """Whether to show the points, all of which are up to date where ``complete``."""
        return now >= self._published + self._interval(now) or (complete and not self.gentle)

    def pause(self, now: float, points: int, complete: bool) -> float:
        """Seconds until there is something to do again for a scatter of ``points`` points; 0 is now."""
        due = self._published + self._interval(now)
        if complete:
            return 0.0 if self.is_due(now, complete) else due - now
        if not self.gentle:
            return 0.0
        enough = self._since >= max(_ENOUGH, math.ceil(_ENOUGH_SHARE * points))
        # The first time round the points have no place at all yet, and none is too many.
        until = max(self._rest_until, due) if enough and self._in_all >= points else self._rest_until
        return max(0.0, until - now)

    def _interval(self, now: float) -> float:
        """Seconds from one picture to the next."""
        beside_the_hand = self.gentle and now < self._hand_moved + HAND_RESTS
        return _PUBLISH_BESIDE_SECONDS if beside_the_hand else PUBLISH_SECONDS
