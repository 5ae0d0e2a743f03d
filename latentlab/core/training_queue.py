"""The order in which what waits for the training thread gets it."""

from __future__ import annotations

from typing import Generic, TypeVar

Waiting = TypeVar("Waiting")


class TrainingQueue(Generic[Waiting]):
    """Those who wait, the next one first.

    Attributes:
        held: nobody is called until somebody says so; what waits keeps its place.
    """

    def __init__(self) -> None:
        self._waiting: list[Waiting] = []
        self.held = False

    def __len__(self) -> int:
        return len(self._waiting)

    def __contains__(self, one: object) -> bool:
        return one in self._waiting

    @property
    def waiting(self) -> tuple[Waiting, ...]:
        """All who wait, in their order."""
        return tuple(self._waiting)

    def add(self, one: Waiting) -> None:
        """Puts ``one`` at the end; once only."""
        if one not in self._waiting:
            self._waiting.append(one)

    def move(self, one: Waiting, by: int) -> bool:
        """Moves ``one`` by so many places, negative ones being sooner; False where it is at the end already."""
        place = self._waiting.index(one)
        wanted = min(max(place + by, 0), len(self._waiting) - 1)
        self._waiting.insert(wanted, self._waiting.pop(place))
        return wanted != place

    def cancel(self, one: Waiting) -> None:
        """Takes ``one`` out; nothing happens where it does not wait."""
        if one in self._waiting:
            self._waiting.remove(one)

    def call_next(self) -> Waiting | None:
        """Takes the next one out and returns it; None while the queue is held or empty."""
        return None if self.held or not self._waiting else self._waiting.pop(0)
