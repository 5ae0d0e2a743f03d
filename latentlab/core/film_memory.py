"""How much memory films take that have frames in common, as a fork's has with its parent's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from torch import Tensor


class FilmMemory:
    """Counts what tensors lie in, each once, for the film that has held it longest."""

    def __init__(self) -> None:
        self._bytes: dict[object, int] = defaultdict(int)
        self._holders: dict[int, dict[object, int]] = {}  # of each storage, and in how many tensors; the oldest first

    def bytes_of(self, film: object) -> int:
        """How much counts for ``film``."""
        return self._bytes[film]

    def take(self, film: object, tensors: Iterable[Tensor]) -> None:
        """Notes that ``film`` holds the tensors, once more where it did."""
        for tensor in tensors:
            storage = tensor.untyped_storage()
            holders = self._holders.setdefault(storage.data_ptr(), {})
            if not holders:
                self._bytes[film] += storage.nbytes()
            holders[film] = holders.get(film, 0) + 1

    def let_go(self, film: object, tensors: Iterable[Tensor]) -> None:
        """Notes that ``film`` holds them once less; what it no longer does counts for the next one that does."""
        for tensor in tensors:
            storage = tensor.untyped_storage()
            holders = self._holders[storage.data_ptr()]
            holders[film] -= 1
            if holders[film]:
                continue
            counted = next(iter(holders)) is film
            del holders[film]
            if counted:
                self._bytes[film] -= storage.nbytes()
            if not holders:
                del self._holders[storage.data_ptr()]
            elif counted:
                self._bytes[next(iter(holders))] += storage.nbytes()
