"""Doing something at most so often: at once when it has rested, and once more when the rush is over."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

READ_MS = 400
"""Between two looks at figures in words and lists: more often they are not read, but painted anew each time."""


class Throttle(QObject):
    """Keeps what only follows the hand from taking the time of what is under it."""

    def __init__(self, act: Callable[[], object], milliseconds: int, parent: QObject) -> None:
        """Does ``act`` no sooner than so many ``milliseconds`` after it was done before."""
        super().__init__(parent)
        self._act = act
        self._again = False
        self._timer = QTimer(self, singleShot=True, interval=milliseconds)
        self._timer.timeout.connect(self._rested)

    @Slot()
    def request(self) -> None:
        """Does it now, or as soon as the time has come; many requests until then are one."""
        if self._timer.isActive():
            self._again = True
        else:
            self._timer.start()
            self._act()

    def stop(self) -> None:
        """Drops what was requested and not yet done."""
        self._again = False
        self._timer.stop()

    @Slot()
    def _rested(self) -> None:
        if self._again:
            self._again = False
            self.request()
