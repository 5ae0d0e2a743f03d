"""Work done beside the GUI thread, of which only the newest counts."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, Signal

# Threads that stay for the next piece of work: to start one, the GUI thread would wait until it runs, which takes
# milliseconds beside a training.
_threads = ThreadPoolExecutor(16, "beside")


class NewestWins(QObject):
    """Does one piece of work at a time; of those that wait meanwhile, only the newest is done.

    Threads are taken only while there is work, so that nothing has to be stopped when a window closes.

    Signals:
        finished: the result of a piece of work; in the order in which the pieces were asked for.
    """

    finished = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._waiting: Callable[[], object] | None = None
        self._busy = False

    def request(self, work: Callable[[], object]) -> None:
        """Does ``work`` as soon as the piece in hand is done, unless a newer one is asked for before."""
        with self._lock:
            self._waiting = work
            if self._busy:
                return
            self._busy = True
        _threads.submit(self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                work, self._waiting = self._waiting, None
                if work is None:
                    self._busy = False
                    return
            try:
                result = work()
            except Exception:
                with self._lock:
                    self._busy = False
                threading.excepthook(threading.ExceptHookArgs((*sys.exc_info(), threading.current_thread())))
                return
            try:
                self.finished.emit(result)
            except RuntimeError:  # the window was closed meanwhile, and Qt's half of this object went with it
                return
