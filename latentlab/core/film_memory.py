"""How much films take that have frames in common, as a fork's has with its parent's."""

from __future__ import annotations

from collections import defaultdict

from latentlab.core.frame_weights import FrameWeights


class FilmMemory:
    """Counts weights once, for the film that has held them longest. No film has the same ones twice."""

    def __init__(self) -> None:
        self._bytes: dict[object, int] = defaultdict(int)
        self._holders: dict[FrameWeights, dict[object, None]] = {}  # of each, the oldest first

    def bytes_of(self, film: object) -> int:
        """How much counts for ``film``."""
        return self._bytes[film]

    def take(self, film: object, weights: FrameWeights) -> None:
        """Notes that ``film`` holds the weights."""
        holders = self._holders.setdefault(weights, {})
        if not holders:
            self._bytes[film] += weights.bytes
        holders[film] = None

    def let_go(self, film: object, weights: FrameWeights) -> None:
        """Notes that ``film`` no longer holds them; they count for the next one that does."""
        holders = self._holders[weights]
        counted = next(iter(holders)) is film
        del holders[film]
        if counted:
            self._bytes[film] -= weights.bytes
        if not holders:
            del self._holders[weights]
        elif counted:
            self._bytes[next(iter(holders))] += weights.bytes
