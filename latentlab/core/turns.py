"""Turns at Python: two threads that would ask for the interpreter's lock in each other's midst go one after the other.

A step of training asks for the lock a hundred times, and so does a window that takes in what training says. Where both
do so at once each waits for the other every few hundredths of a millisecond, and is put to sleep and woken every time,
which costs more than what either does in between.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

# Nobody's work is worth a longer wait of the window, and none of the window's holds training up for longer.
_WINDOW_WAITS, _TRAINING_WAITS = 0.004, 0.02
# How far one stretch moves the estimate of how long they are.
_WEIGHT = 0.2


class Turns:
    """Lets one of two threads run a stretch of Python at a time: training and the window.

    It is a courtesy, not a guard: who has waited long enough goes ahead. Where training's stretches are long, because
    its operations are, the two hardly meet, and the window does not wait.
    """

    def __init__(self, wanted: Callable[[], bool] = lambda: True) -> None:
        """``wanted`` is asked in the window's thread: whether its Python is dense enough at present."""
        self._wanted = wanted
        self._lock = threading.Lock()
        self._holds = False  # training, as its own thread has it
        self._began = 0.0
        self._lasts = 0.0  # a stretch of training's, in seconds
        self._depth = 0  # of the window's stretches

    # In training's thread.

    @contextlib.contextmanager
    def training(self) -> Iterator[None]:
        """In its body training's Python has its turns, but within `apart`."""
        self._take()
        try:
            yield
        finally:
            self._give()

    @contextlib.contextmanager
    def apart(self) -> Iterator[None]:
        """In its body, part of that of `training`, there is no Python to speak of: the window may have its turn."""
        held = self._holds
        self._give()
        try:
            yield
        finally:
            if held:
                self._take()

    def _take(self) -> None:
        self._holds = self._lock.acquire(timeout=_TRAINING_WAITS)
        self._began = time.perf_counter()

    def _give(self) -> None:
        if self._holds:
            self._holds = False
            self._lock.release()
            self._lasts += _WEIGHT * (time.perf_counter() - self._began - self._lasts)

    # In the window's thread.

    @contextlib.contextmanager
    def window(self, hurries: bool = False) -> Iterator[None]:
        """In its body, which may be within another one, the window's Python has its turn.

        Args:
            hurries: it takes none, since the hand waits for what it does.
        """
        seconds = _WINDOW_WAITS if self._lasts < _WINDOW_WAITS else 0.0
        wanted = self._depth == 0 and not hurries and self._wanted()
        taken = wanted and self._lock.acquire(timeout=seconds)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if taken:
                self._lock.release()
