"""Points that travel to where they are to be, rather than jump there."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

from latentlab.core.plane import Floats

_FRAME_MS = 16
# More take longer to draw than a frame lasts.
_MOST_POINTS = 100_000


class Glide(QObject):
    """Moves points in straight lines, each at an even pace, from where they are shown now."""

    def __init__(self, move: Callable[[Floats], object], parent: QObject) -> None:
        """``move`` shows the points at positions N×2."""
        super().__init__(parent)
        self._move = move
        self._start: Floats | None = None
        self._end: Floats | None = None
        self._began = self._seconds = 0.0
        self._timer = QTimer(self, interval=_FRAME_MS)
        self._timer.timeout.connect(self._go_on)

    def to(self, positions: Floats, seconds: float) -> None:
        """Takes the points there in so many seconds; at once where that is 0, or where they are other points."""
        start = self._now()
        self._end = positions
        if seconds <= 0 or start is None or start.shape != positions.shape or len(positions) > _MOST_POINTS:
            self._start = None
            self._timer.stop()
            self._move(positions)
            return
        self._start, self._began, self._seconds = start, time.monotonic(), seconds
        self._timer.start()

    def forget(self) -> None:
        """Other points are shown, at a place of their own."""
        self._start = self._end = None
        self._timer.stop()

    def _now(self) -> Floats | None:
        if self._start is None or self._end is None:
            return self._end
        share = min(1.0, (time.monotonic() - self._began) / self._seconds)
        at: Floats = self._start + share * (self._end - self._start)
        return at if share < 1.0 else self._end

    @Slot()
    def _go_on(self) -> None:
        at = self._now()
        if at is self._end:
            self._start = None
            self._timer.stop()
        if at is not None:
            self._move(at)
