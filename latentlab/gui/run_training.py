"""The one training thread, and the run whose trainer is in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Signal, Slot

from latentlab.core import reopening
from latentlab.core.film import Frame
from latentlab.core.frame_weights import FrameWeights
from latentlab.core.run import Run, RunSettings
from latentlab.core.training import Trainer
from latentlab.gui.open_run import FINISHED, RESTING, RUNNING, STARTING, OpenRun
from latentlab.gui.training_thread import TrainingThread

MomentOf = Callable[[Trainer, OpenRun], Run]
Keep = Callable[[OpenRun, Run], None]


class RunTraining(QObject):
    """Trains one run at a time. A run that makes room for another keeps all that going on needs, in `OpenRun.moment`.

    Attributes:
        run: whose trainer is in the thread, or None.
        live: the thread, or None.

    Signals:
        state_changed(OpenRun): its `state` is new.
        advanced(OpenRun, bool): its `newest` is new; whether its history grew too.
        displaced(OpenRun): it was training, and another run has taken the thread.
        failed(OpenRun, str): a sentence about what went wrong.

    Args:
        moment_of: what a run is to be kept as, called in the training thread.
        keep: has a moment written, called in the training thread after each epoch.
        record: takes a frame of a run's film.
    """

    state_changed = Signal(object)
    advanced = Signal(object, bool)
    displaced = Signal(object)
    failed = Signal(object, str)

    def __init__(self, moment_of: MomentOf, keep: Keep, record: Callable[[OpenRun, Frame], None]) -> None:
        super().__init__()
        self.run: OpenRun | None = None
        self.live: TrainingThread | None = None
        self._moment_of, self._keep, self._record = moment_of, keep, record
        self._left: Run | None = None

    @property
    def is_free(self) -> bool:
        """True while nothing trains."""
        return self.run is None or not self.run.is_busy

    def take_up(self, run: OpenRun) -> None:
        """Has the run's trainer in the thread, where it rests until told to go on; the one that was there is kept."""
        if self.run is run:
            return
        was_busy = not self.is_free
        before = self._end()
        dataset, moment, settings = run.dataset, run.moment, run.settings
        assert dataset is not None, "a run is taken up once its data are loaded"

        def make_trainer() -> Trainer:
            if moment is None:
                return Trainer(dataset, settings.model_name, settings.model, settings.training)
            return reopening.restored(moment, settings, dataset)

        thread = TrainingThread(make_trainer, partial(self._keep_epoch, run), partial(self._leave, run))
        thread.state_changed.connect(self._take_state)
        thread.snapshot_arrived.connect(self._take_snapshots)
        thread.failed.connect(self._take_failure)
        self.run, self.live, run.state = run, thread, STARTING
        # Only now, so that nobody takes the thread for free.
        for told in (before, run):
            if told is not None:
                self.state_changed.emit(told)
        thread.start()
        if was_busy:
            self.displaced.emit(before)

    def begin(self, run: OpenRun, steps: int | None = None) -> None:
        """Trains a run, for so many steps or else to its goal."""
        self.take_up(run)
        if self.live is not None:
            self.live.go_on(steps)

    def rest(self) -> None:
        """Stops after the present chunk of work; the run can go on from there."""
        if self.live is not None and self.run is not None and self.run.state == RUNNING:
            self.live.rest()

    @Slot()
    def step_aside(self) -> None:
        """Leaves the next moment to the hand, which has just asked for something that is soon done."""
        if self.live is not None:
            self.live.step_aside()

    def retune(self, run: OpenRun, settings: RunSettings) -> None:
        """Has ``run`` go on with changed training settings from its next step on."""
        self.take_up(run)
        run.settings = replace(run.settings, training=settings.training)
        if self.live is not None:
            self.live.with_trainer(lambda trainer: trainer.retune(settings.training))

    def save(self, run: OpenRun) -> None:
        """Has the run written as it is at this moment."""
        if self.run is run and self.live is not None:
            self.live.with_trainer(partial(self._keep_epoch, run))
        else:
            moment = self.moment(run)
            if moment is not None:
                self._keep(run, moment)

    def moment(self, run: OpenRun) -> Run | None:
        """The run as it is at this moment, waited for while it trains; None where it has not begun."""
        if self.run is run and self.live is not None:
            return self.live.ask(lambda trainer: self._moment_of(trainer, run))
        return run.moment

    def park(self) -> None:
        """Ends the thread; its run keeps all that going on needs, and rests."""
        run = self._end()
        if run is not None:
            self.state_changed.emit(run)

    def _end(self) -> OpenRun | None:
        """Ends the thread, and returns the run that was in it."""
        run, thread = self.run, self.live
        if run is None or thread is None:
            return None
        thread.close()
        self._drain(run, thread)
        self._forget_thread()
        left, self._left = self._left, None
        if left is not None:
            run.moment = left
            self._keep(run, left)
        run.state = FINISHED if run.newest is not None and run.newest.progress >= 1.0 else RESTING
        return run

    def _forget_thread(self) -> None:
        self.run = self.live = None
        # What it still had to say would be taken for the next one's, which may well get its address.
        QCoreApplication.removePostedEvents(self, QEvent.Type.MetaCall.value)

    # Runs in the training thread.

    def _keep_epoch(self, run: OpenRun, trainer: Trainer) -> None:
        self._keep(run, self._moment_of(trainer, run))

    def _leave(self, run: OpenRun, trainer: Trainer) -> None:
        self._left = self._moment_of(trainer, run)

    # What the thread says.

    @Slot(str)
    def _take_state(self, state: str) -> None:
        if self.run is not None and self.sender() is self.live:
            if state == RUNNING:
                self.run.problem = ""
            self._set_state(self.run, state)

    @Slot()
    def _take_snapshots(self) -> None:
        if self.run is not None and self.live is not None and self.sender() is self.live:
            self._drain(self.run, self.live)

    @Slot(str)
    def _take_failure(self, sentence: str) -> None:
        run, thread = self.run, self.live
        if run is None or thread is None or self.sender() is not thread:
            return
        run.problem = sentence
        if run.state == STARTING:  # there is no trainer, and the thread has ended
            thread.close()
            self._forget_thread()
        self.failed.emit(run, sentence)

    def _drain(self, run: OpenRun, thread: TrainingThread) -> None:
        snapshots = thread.take_snapshots()
        if not snapshots:
            return
        rows = [row for snapshot in snapshots for row in snapshot.rows]
        newest = run.newest = snapshots[-1]
        for snapshot in snapshots:
            self._record(run, Frame(snapshot.step, snapshot.epoch, FrameWeights(snapshot.weights)))
        if run.history and run.history[-1].step > newest.step:
            run.history = [row for row in run.history if row.step <= newest.step]
        run.history += rows
        self.advanced.emit(run, bool(rows))

    def _set_state(self, run: OpenRun, state: str) -> None:
        if state != run.state:
            run.state = state
            self.state_changed.emit(run)
