"""How much training does at once, and how often it shows what it has learned: by what both were seen to cost."""

from __future__ import annotations

from latentlab.core.portions import Portion

# Short enough that stopping feels immediate, long enough that looking at the clock costs nothing.
_CHUNK_SECONDS = 0.03
_MOST_STEPS = 10_000
_RATE_SECONDS = 2.0
# Of its time, training gives so much at most to copying weights for the eye.
_PUBLISHING_SHARE = 0.02


class Pace:
    """Measures throughput and chooses how many steps a chunk takes.

    Attributes:
        images_per_s: throughput of late; 0 before there is one.
    """

    def __init__(self) -> None:
        self.images_per_s = 0.0
        self._chunk = Portion(_CHUNK_SECONDS, 1, _MOST_STEPS)

    @property
    def steps(self) -> int:
        """Steps of the next chunk."""
        return self._chunk.size

    def measured(self, steps: int, images: int, seconds: float, worked: float | None = None) -> None:
        """Notes that ``steps`` steps over ``images`` images took ``seconds``.

        ``worked``: what of it was not spent waiting for others, by `portions.clock_of` (by default all).
        """
        seconds = max(seconds, 1e-6)
        rate = images / seconds
        weight = min(1.0, seconds / _RATE_SECONDS) if self.images_per_s else 1.0
        self.images_per_s += weight * (rate - self.images_per_s)
        self._chunk.took(steps, seconds if worked is None else worked)


class PublishingPace:
    """Says when the next snapshot is due: no sooner than is wanted, and no sooner than training can afford.

    A snapshot copies all weights, on a GPU across the bus: for a large model that takes longer than the few steps that
    lie between two looks of the eye.
    """

    def __init__(self, seconds: float) -> None:
        """``seconds``: the shortest time from one snapshot to the next; infinite for none."""
        self._seconds = seconds
        self._next = float("inf") if seconds == float("inf") else -float("inf")

    def is_due(self, now: float) -> bool:
        """Whether a snapshot is due at ``now`` (seconds of any clock)."""
        return now >= self._next

    def published(self, began: float, ended: float) -> None:
        """Notes that taking a snapshot lasted from ``began`` to ``ended``."""
        self._next = began + max(self._seconds, (ended - began) / _PUBLISHING_SHARE)
