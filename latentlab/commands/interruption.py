"""Ctrl-C that lets the work stop where it is whole."""

from __future__ import annotations

import signal
import sys
import threading
from types import FrameType
from typing import Any


class Interruption:
    """While entered, the first Ctrl-C (or polite kill) only asks for a stop; the second ends at once, as ever.

    Outside the main thread, which alone gets signals, it does nothing.
    """

    def __init__(self) -> None:
        self._signal = 0
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Gives the signals back to who handled them before."""
        while self._before:
            signal.signal(*self._before.popitem())

    def asked(self) -> bool:
        """True once a stop was asked for."""
        return self._signal != 0

    @property
    def status(self) -> int:
        """The exit status that tells which signal it was: 130 for Ctrl-C."""
        return 128 + self._signal

    def _take(self, number: int, frame: FrameType | None) -> None:
        if self._signal:
            raise KeyboardInterrupt
        self._signal = number
        print("\nStopping; once more ends at once, without saving the last steps.", file=sys.stderr)
