"""Rounds of the garbage collector in the window's thread, and in no other.

Python starts a round in whichever thread makes the object that is one too many. Where that is the training's or the
worker's, Qt objects that lie in cycles (pyqtgraph's plots do) are destroyed beside the thread that they belong to:
seen as a damaged heap, and as a window that stands still for good.
"""

from __future__ import annotations

import gc
from typing import ClassVar

from PySide6.QtCore import QObject, QTimer, Slot

_INTERVAL_MS = 200


class GarbageRounds(QObject):
    """Collects as Python would, by its own thresholds, from when it is made until `end`; meanwhile Python does not."""

    _begun: ClassVar[int] = 0
    _was_on: ClassVar[bool] = True

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        if not GarbageRounds._begun:
            GarbageRounds._was_on = gc.isenabled()
        gc.disable()
        GarbageRounds._begun += 1
        self._timer = QTimer(self, interval=_INTERVAL_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def end(self) -> None:
        """Leaves it to Python again, once the last window has ended, if it was Python's before.

        It is not where the program is this window's: threads may still be at work until the process ends.
        """
        self._timer.stop()
        GarbageRounds._begun -= 1
        if not GarbageRounds._begun and GarbageRounds._was_on:
            gc.enable()

    @Slot()
    def _collect(self) -> None:
        # A round of a generation takes the younger ones along, and counts for the next older one.
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return
