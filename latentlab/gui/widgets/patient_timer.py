"""Doing something soon, or a little later where the hand needs the time."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

_LOOK_MS = 100


class PatientTimer(QObject):
    """Redraws what is looked at now and then: while the hand drags elsewhere, it waits, though not for ever."""

    def __init__(
        self, act: Callable[[], object], hand_is_busy: Callable[[], bool], longest_wait: float, parent: QObject
    ) -> None:
        """Does ``act`` when asked to; up to ``longest_wait`` seconds later than that while ``hand_is_busy``."""
        super().__init__(parent)
        self._act, self._hand_is_busy, self._longest_wait = act, hand_is_busy, longest_wait
        self._due = 0.0
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._look)

    def is_active(self) -> bool:
        """Whether it is going to be done."""
        return self._timer.isActive()

    def start(self, milliseconds: int) -> None:
        """Does it in so many milliseconds; a later call replaces an earlier one."""
        self._due = time.monotonic() + milliseconds / 1000
        self._timer.start(milliseconds)

    @Slot()
    def _look(self) -> None:
        if self._hand_is_busy() and time.monotonic() < self._due + self._longest_wait:
            self._timer.start(_LOOK_MS)
        else:
            self._act()
