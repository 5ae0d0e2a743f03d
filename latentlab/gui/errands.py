"""One background thread for slow errands: reading data, fitting PCA, saving and opening runs."""

from __future__ import annotations

import itertools
import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core.errors import Cancelled, LatentLabError
from latentlab.core.threads import start_thread

_log = logging.getLogger(__name__)
_numbers = itertools.count(1)


def _nothing() -> None:
    """Nobody needs to hear of it."""


def _ignore(_: object) -> None:
    """Nobody needs to hear of it."""


class Reporter:
    """What an errand tells of its progress, and how it learns that it is no longer wanted."""

    def __init__(self, errand: Errand, relay: Errands) -> None:
        self._errand, self._relay = errand, relay

    def progress(self, text: str, fraction: float | None = None) -> None:
        """Says what is being done, and the share of it that is, 0 to 1, where it is known."""
        self._relay.progressed.emit(self._errand.number, text, -1.0 if fraction is None else fraction)

    def cancelled(self) -> bool:
        """True once the user cancelled, or the window is closing."""
        return self._errand.cancel.is_set()


@dataclass
class Errand:
    """A piece of slow work: ``work`` runs in the background, ``done`` or ``failed`` in the GUI thread."""

    title: str
    work: Callable[[Reporter], Any]
    done: Callable[[Any], None]
    failed: Callable[[str], None]
    cancelled: Callable[[], None]
    number: int = field(default_factory=lambda: next(_numbers))
    cancel: threading.Event = field(default_factory=threading.Event)


class Errands(QObject):
    """Runs errands one after the other.

    Signals:
        started(number, title): an errand began.
        progressed(number, text, fraction): what it is doing; the fraction is −1 where it is unknown.
        ended(number): it is over, well or not; those who wait for it have been told.
    """

    started = Signal(int, str)
    progressed = Signal(int, str, float)
    ended = Signal(int)
    _returned = Signal(object, object, object)

    def __init__(self) -> None:
        super().__init__()
        self._queue: queue.SimpleQueue[Errand | None] = queue.SimpleQueue()
        self._unfinished: dict[int, Errand] = {}
        self._closing = False
        self._returned.connect(self._deliver)
        self._thread = start_thread("latentlab-errands", self._body)

    def run(
        self,
        title: str,
        work: Callable[[Reporter], Any],
        done: Callable[[Any], None],
        failed: Callable[[str], None],
        cancelled: Callable[[], None] = _nothing,
    ) -> int:
        """Queues an errand and returns its number. One of the last three is called, unless the window closes first.

        Args:
            done: gets what ``work`` returned.
            failed: gets the sentence of what went wrong.
            cancelled: the errand was cancelled, and may have ended in any way.
        """
        errand = Errand(title, work, done, failed, cancelled)
        self._unfinished[errand.number] = errand
        self._queue.put(errand)
        return errand.number

    def cancel(self, number: int) -> None:
        """Asks an errand to end; ``cancelled`` will be called in the place of its ``done`` and ``failed``."""
        if number in self._unfinished:
            self._unfinished[number].cancel.set()

    def close(self) -> None:
        """Cancels what can be, waits for what cannot (a save that has begun), and ends the thread."""
        self._closing = True
        for errand in self._unfinished.values():
            errand.cancel.set()
        self._queue.put(None)
        self._thread.join()

    def finish(self) -> None:
        """Waits until everything queued so far is done; for saving before the window closes."""
        marker = threading.Event()
        self._queue.put(Errand("", lambda _: marker.set(), _ignore, _ignore, _nothing))
        marker.wait()

    def _body(self) -> None:
        while (errand := self._queue.get()) is not None:
            self.started.emit(errand.number, errand.title)
            result, problem = None, None
            try:
                result = errand.work(Reporter(errand, self))
            except Cancelled:
                errand.cancel.set()
            except LatentLabError as error:
                problem = str(error)
            except MemoryError:
                problem = f"{errand.title} needs more memory than there is; use fewer images."
            except Exception as error:
                _log.exception("errand failed: %s", errand.title)
                problem = f"{errand.title} failed: {error}"
            self._returned.emit(errand, result, problem)

    @Slot(object, object, object)
    def _deliver(self, errand: Errand, result: Any, problem: str | None) -> None:
        self._unfinished.pop(errand.number, None)
        try:
            if self._closing:
                return
            if errand.cancel.is_set():
                errand.cancelled()
            elif problem is not None:
                errand.failed(problem)
            else:
                errand.done(result)
        finally:
            self.ended.emit(errand.number)
