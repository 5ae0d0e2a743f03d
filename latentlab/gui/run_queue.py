"""The queue of trainings: which run gets the training thread when it is free."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core.data import DataConfig, Dataset
from latentlab.core.training_queue import TrainingQueue
from latentlab.gui.open_run import FAILED, FINISHED, RESTING, STARTING, WAITING, OpenRun
from latentlab.gui.run_list import RunList

Fetch = Callable[[DataConfig, Callable[[Dataset], None], Callable[[str], None], Callable[[], None]], object]


class RunQueue(QObject):
    """Lines up runs, and calls one after the other while nothing else trains.

    Signals:
        changed(): who waits, in which order, or whether the queue is held, is new.

    Args:
        is_free: whether the training thread has nothing to do.
        fetch: loads the data set of these settings, and hands it or what went wrong to one of the two, or calls the
            third where the user cancelled it.
        begin: trains the run that is next, its data set being there.
    """

    changed = Signal()

    def __init__(
        self, runs: RunList, is_free: Callable[[], bool], fetch: Fetch, begin: Callable[[OpenRun], None]
    ) -> None:
        super().__init__()
        self._runs, self._is_free, self._fetch, self._begin = runs, is_free, fetch, begin
        self._queue: TrainingQueue[OpenRun] = TrainingQueue()
        self._preparing = False

    @property
    def waiting(self) -> tuple[OpenRun, ...]:
        """The runs that wait, the next one first."""
        return self._queue.waiting

    @property
    def held(self) -> bool:
        """True where what waits does so until somebody has the queue go on."""
        return self._queue.held and bool(self.waiting)

    def add(self, run: OpenRun) -> None:
        """Lines up a run of the list, new or at rest; it begins at once where nothing trains."""
        if run.is_busy or run.read_only:
            return
        if not self.waiting:
            self._queue.held = False
        run.state, run.problem, run.from_queue = WAITING, "", True
        self._queue.add(run)
        self._tell(run)
        self.look()

    def move(self, run: OpenRun, by: int) -> None:
        """Lets a run that waits come so many places later, or sooner where ``by`` is negative."""
        if run in self._queue and self._queue.move(run, by):
            self._tell(run)

    def cancel(self, run: OpenRun) -> None:
        """Takes a run out of the queue; one that had begun before rests where it was."""
        if run not in self._queue:
            return
        self._queue.cancel(run)
        if run.newest is not None:
            run.state = FINISHED if run.newest.progress >= 1.0 else RESTING
        self._tell(run)

    def hold(self) -> None:
        """Calls nobody until `go_on`; what trains is left to itself."""
        self._set_held(True)

    def release(self) -> None:
        """Calls the next one once what trains is done."""
        self._set_held(False)

    def go_on(self) -> None:
        """Calls the next one, at once where nothing trains."""
        self.release()
        self.look()

    @Slot()
    def look(self) -> None:
        """Calls the next one where nothing trains."""
        if self._preparing or not self._is_free():
            return
        run = self._queue.call_next()
        if run is not None:
            self._prepare(run)

    def _prepare(self, run: OpenRun) -> None:
        run.state, self._preparing = STARTING, True
        self._tell(run)

        def done(dataset: Dataset) -> None:
            self._preparing = False
            run.dataset, run.data_title = dataset, dataset.title
            if run.closed or not self._is_free():  # closed, or overtaken by another, while its data were loading
                self.put_back(run)
            else:
                self._begin(run)

        def failed(sentence: str) -> None:
            self._preparing = False
            run.state, run.problem = FAILED, sentence
            self._tell(run)
            self.look()

        def cancelled() -> None:
            self._preparing = False
            self.hold()  # the run that is next would ask for the same data
            self.put_back(run)

        if run.dataset is not None:
            done(run.dataset)
        else:
            self._fetch(run.settings.data, done, failed, cancelled)

    @Slot(object)
    def put_back(self, run: OpenRun) -> None:
        """A run whose turn had come was overtaken by another, or its data cancelled: it is the next one again."""
        if run.from_queue and not run.closed and run.state != FINISHED:
            run.state = WAITING
            self._queue.add(run)
            self._queue.move(run, -len(self._queue))
            self._tell(run)
        self.look()

    def _set_held(self, held: bool) -> None:
        if held != self._queue.held:
            self._queue.held = held
            self.changed.emit()

    def _tell(self, run: OpenRun) -> None:
        self._runs.changed.emit(run)
        self.changed.emit()
