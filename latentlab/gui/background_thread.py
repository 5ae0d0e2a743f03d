"""A thread behind the window that rests until it is told something."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject


class BackgroundThread(QObject):
    """What trains, or serves the view: its thread waits on `_wake` until the window's thread wants something else.

    All that both threads use is read and written while `_wake` is held.
    """

    def __init__(self) -> None:
        super().__init__()
        self._wake = threading.Condition()
        self._closing = False
        self._thread: threading.Thread | None = None

    def close(self) -> None:
        """Ends the thread and waits for it; at most one piece of its work is awaited."""
        with self._telling():
            self._closing = True
        if self._thread is not None:
            self._thread.join()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """In its body the window's thread says what it wants; the thread then wakes and looks."""
        with self._wake:
            yield
            self._wake.notify()
