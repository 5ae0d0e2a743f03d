"""Runs `core.fit` in a background thread and relays its events as queued signals."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TypeVar

import torch
from PySide6.QtCore import Signal

from latentlab.core.errors import LatentLabError
from latentlab.core.fit import Diverged, EpochEnded, Finished, Snapshot, SnapshotTaken, fit, take_snapshot
from latentlab.core.threads import short_turns, start_thread, training_threads, yield_to_others
from latentlab.core.training import Trainer
from latentlab.gui.background_thread import BackgroundThread

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# So long a click has both cores and the interpreter: what it shows is painted by then.
_ASIDE_SECONDS = 0.03

RUNNING, RESTING, FINISHED = "running", "resting", "finished"


class TrainingThread(BackgroundThread):
    """One training from its beginning to its closing; resting means that it can go on at any moment.

    Signals:
        state_changed(str): ``running``, ``resting`` (paused or stopped) or ``finished`` (the goal is reached).
        snapshot_arrived(): a newer snapshot waits in `take_snapshots`.
        failed(str): training stopped; the sentence says why, and the last good state is kept.
    """

    state_changed = Signal(str)
    snapshot_arrived = Signal()
    failed = Signal(str)

    def __init__(
        self,
        make_trainer: Callable[[], Trainer],
        on_epoch: Callable[[Trainer], None],
        on_close: Callable[[Trainer], None] = lambda _: None,
    ) -> None:
        """Called in the training thread: ``make_trainer``, ``on_epoch`` after each epoch, ``on_close`` at the end."""
        super().__init__()
        self._make_trainer, self._on_epoch, self._on_close = make_trainer, on_epoch, on_close
        self._errands: deque[Callable[[Trainer], None]] = deque()
        self._steps: int | None = 0
        self._snapshots: list[Snapshot] = []
        self._aside_until = 0.0

    # Called from the GUI thread.

    def start(self) -> None:
        """Starts the thread, which makes the trainer and then rests until told to go on."""
        self._thread = start_thread("latentlab-training", self._yielding_body, training_threads())

    def go_on(self, steps: int | None = None) -> None:
        """Trains until the goal, or for ``steps`` steps."""
        with self._telling():
            self._steps = steps

    def rest(self) -> None:
        """Stops after the present chunk of work; nothing is lost."""
        with self._telling():
            self._steps = 0

    def step_aside(self) -> None:
        """Has training wait a moment before its next step, for something of the hand's that is over as soon."""
        self._aside_until = time.perf_counter() + _ASIDE_SECONDS

    def with_trainer(self, errand: Callable[[Trainer], None]) -> None:
        """Has ``errand`` run in the training thread between two chunks, when the trainer is in a whole state."""
        with self._telling():
            self._errands.append(errand)

    def ask(self, question: Callable[[Trainer], Answer]) -> Answer | None:
        """What ``question`` answers as an errand, waited for; None where there is no trainer, or it failed."""
        answered = threading.Event()
        answers: list[Answer] = []

        def errand(trainer: Trainer) -> None:
            try:
                answers.append(question(trainer))
            finally:
                answered.set()

        self.with_trainer(errand)
        while self._thread is not None and self._thread.is_alive() and not answered.wait(timeout=0.05):
            pass
        return answers[0] if answers else None

    def take_snapshots(self) -> list[Snapshot]:
        """The snapshots since the last call, oldest first; all but the newest matter only for their history rows."""
        with self._wake:
            snapshots, self._snapshots = self._snapshots, []
        return snapshots

    # Runs in the training thread.

    def _yielding_body(self) -> None:
        yield_to_others()  # the hand's short work never waits behind training's long one
        self._body()

    def _body(self) -> None:
        try:
            trainer = self._make_trainer()
        except LatentLabError as error:
            self.failed.emit(str(error))
            return
        except torch.OutOfMemoryError:
            self.failed.emit("The device has no room for the images; train on fewer of them, or on the CPU.")
            return
        except Exception as error:
            _log.exception("making the trainer failed")
            self.failed.emit(f"Training could not start: {error}")
            return
        trainer.before_step = self._wait_for_the_hand
        while True:
            with self._wake:
                while not (self._closing or self._errands or self._steps != 0):
                    self._wake.wait()
                if self._closing and not self._errands:
                    break
                steps = self._steps
            self._run_errands(trainer)
            if steps != 0 and not self._closing:
                self._train(trainer, steps)
        try:
            self._on_close(trainer)
        except Exception as error:
            _log.exception("what training leaves cannot be read")
            self.failed.emit(f"Where training stands cannot be read: {error}")

    def _train(self, trainer: Trainer, steps: int | None) -> None:
        self.state_changed.emit(RUNNING)
        if trainer.done:
            trainer.extend()
        try:
            with short_turns():
                self._follow(trainer, steps)
        except LatentLabError as error:
            self.failed.emit(str(error))
        except Exception as error:
            _log.exception("training failed")
            self.failed.emit(f"Training stopped: {error}")
        with self._wake:
            self._steps = 0
        try:
            # After a stop the views show exactly where training stands.
            trainer.take_train_row()
            self._publish(take_snapshot(trainer))
        except Exception as error:  # a GPU that is gone gives nothing away any more
            _log.exception("where training stands cannot be read")
            self.failed.emit(f"Where training stands cannot be read: {error}")
        self.state_changed.emit(FINISHED if trainer.done else RESTING)

    def _follow(self, trainer: Trainer, steps: int | None) -> None:
        for event in fit(trainer, most_steps=steps):
            if isinstance(event, SnapshotTaken):
                self._publish(event.snapshot)
            elif isinstance(event, EpochEnded):
                self._on_epoch(trainer)
            elif isinstance(event, Diverged):
                self.failed.emit(event.reason)
            elif isinstance(event, Finished):
                break
            self._run_errands(trainer)
            with self._wake:
                # A pause waits for the figures of the epoch that has just ended.
                if self._closing or (self._steps == 0 and not trainer.awaits_test):
                    break

    def _wait_for_the_hand(self) -> None:
        left = self._aside_until - time.perf_counter()
        if left > 0:
            time.sleep(left)

    def _publish(self, snapshot: Snapshot) -> None:
        with self._wake:
            first = not self._snapshots
            self._snapshots.append(snapshot)
        if first:
            self.snapshot_arrived.emit()

    def _run_errands(self, trainer: Trainer) -> None:
        while True:
            with self._wake:
                if not self._errands:
                    return
                errand = self._errands.popleft()
            try:
                errand(trainer)
            except Exception as error:
                _log.exception("what was asked of the trainer failed")
                self.failed.emit(f"Training goes on, but something failed beside it: {error}")
