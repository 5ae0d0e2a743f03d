"""Data sets fetched in the background, one at a time for the window to show."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core import catalogue
from latentlab.core.data import DataConfig, Dataset, select
from latentlab.gui.errands import Errands, Reporter

EMPTY, LOADING, READY = "empty", "loading", "ready"
"""How things are while no run is looked at."""


class DataLoading(QObject):
    """Loads what is asked for; a newer wish for the window replaces an older one.

    Attributes:
        state: ``empty``, ``loading`` or ``ready``.

    Signals:
        state_changed(): `state` is new.
        failed(str): a sentence about what went wrong.
        kept(): what was asked for did not come, for a failure or a wish of the user's; the data set is as it was.
        said(str): a sentence about what is happening.
    """

    state_changed = Signal()
    failed = Signal(str)
    kept = Signal()
    said = Signal(str)

    def __init__(self, errands: Errands) -> None:
        super().__init__()
        self._errands = errands
        self._number: int | None = None
        self._was = self.state = EMPTY

    def fetch(
        self,
        config: DataConfig,
        done: Callable[[Dataset], None],
        failed: Callable[[str], None],
        cancelled: Callable[[], None],
    ) -> int:
        """Loads a data set and hands it to ``done``; returns the errand's number."""

        def work(reporter: Reporter) -> Dataset:
            return select(catalogue.load(config.name, reporter.progress, reporter.cancelled), config)

        return self._errands.run("Loading data", work, done, failed, cancelled)

    def load(self, config: DataConfig, show: Callable[[Dataset], None]) -> None:
        """Loads the data set that the window is to show; what it was still loading is given up."""
        self.give_up()

        def done(dataset: Dataset) -> None:
            self._number, self.state = None, READY
            show(dataset)

        def cancelled() -> None:
            # Another wish may have taken its place.
            if number == self._number:
                self._end()
                self.kept.emit()
                self.said.emit("Loading was cancelled; the data set is as it was.")

        self._was, self.state = self.state, LOADING
        number = self._number = self.fetch(config, done, self._take_failure, cancelled)
        self.state_changed.emit()

    def give_up(self) -> None:
        """Ends loading for the window, if there is any; the data set is as it was."""
        if self._number is not None:
            self._errands.cancel(self._number)
            self._end()

    @Slot(str)
    def _take_failure(self, sentence: str) -> None:
        self._end()
        self.kept.emit()
        self.failed.emit(sentence)

    def _end(self) -> None:
        self._number, self.state = None, self._was
        self.state_changed.emit()
