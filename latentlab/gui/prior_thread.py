"""Trains a code prior in a background thread and relays its progress as queued signals."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import Signal

from latentlab.core.errors import LatentLabError
from latentlab.core.prior_training import PriorFit, PriorProgress
from latentlab.core.threads import start_thread, training_threads, yield_to_others
from latentlab.gui.background_thread import BackgroundThread

# A bar that moves more often says no more.
_PROGRESS_SECONDS = 0.1

_log = logging.getLogger(__name__)


class PriorThread(BackgroundThread):
    """One training of a prior, from its beginning to its end; `close` ends it at once and hands nothing over.

    Signals:
        progressed(PriorProgress): it went on; every tested prior, and else now and then.
        ended(LearnedPrior): it is over; None where nothing was learned.
        failed(str): it ended early; the sentence says why.
    """

    progressed = Signal(object)
    ended = Signal(object)
    failed = Signal(str)

    def __init__(self, make_fit: Callable[[], PriorFit]) -> None:
        """``make_fit`` is called in the thread."""
        super().__init__()
        self._make_fit = make_fit
        self._paused = self._stopping = False
        self._said = 0.0

    # Called from the GUI thread.

    def start(self) -> None:
        """Begins."""
        self._thread = start_thread("latentlab-prior", self._body, training_threads())

    def pause(self, paused: bool) -> None:
        """Rests after the present piece of work, or goes on."""
        with self._telling():
            self._paused = paused

    def stop(self) -> None:
        """Ends after the present piece of work; what was learned is tested and handed over."""
        with self._telling():
            self._stopping = True

    # Runs in the thread.

    def _body(self) -> None:
        yield_to_others()
        try:
            fit = self._make_fit()
            self._follow(fit.events())
            if self._stopping:
                self._follow(fit.conclude(), to_the_end=True)
            if not self._closing:
                self.ended.emit(fit.learned)
        except LatentLabError as error:
            self.failed.emit(str(error))
        except Exception as error:
            _log.exception("training the prior failed")
            self.failed.emit(f"Training the prior stopped: {error}")

    def _follow(self, events: Iterator[PriorProgress], to_the_end: bool = False) -> None:
        for progress in events:
            now = time.perf_counter()
            if progress.learned is not None or now - self._said > _PROGRESS_SECONDS:
                self._said = now
                self.progressed.emit(progress)
            with self._wake:
                while self._paused and not (self._stopping or self._closing):
                    self._wake.wait()
                if self._closing or (self._stopping and not to_the_end):
                    return
