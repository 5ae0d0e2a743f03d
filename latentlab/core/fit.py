"""The training loop: a thin generator over `Trainer` that yields immutable events."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from latentlab.core.errors import TrainingError
from latentlab.core.history import HistoryRow
from latentlab.core.pace import Pace, PublishingPace
from latentlab.core.portions import clock_of
from latentlab.core.training import Trainer

# The first picture comes after as many steps as are needed for the points to have visibly moved.
_FIRST_STEPS = 20
SNAPSHOT_SECONDS = 0.2
"""Between two snapshots for the eye: about as often as the scatter moves, so that every view moves on one beat."""
_GOOD_STATE_SECONDS = 5.0


@dataclass(frozen=True)
class Snapshot:
    """The model at one moment of its training; the tensors are copies that nobody writes to.

    Attributes:
        step, epoch: optimizer steps taken, and the same in epochs.
        weights: the model's state dict, on the CPU.
        rows: the history rows that are new since the snapshot before.
        progress: share of the training that is done, 0 to 1.
        images_per_s: throughput of late; 0 before there is one.
        seconds_left: an estimate, or None before there is one.
    """

    step: int
    epoch: float
    weights: dict[str, Tensor]
    rows: tuple[HistoryRow, ...]
    progress: float
    images_per_s: float
    seconds_left: float | None


@dataclass(frozen=True)
class Worked:
    """A chunk of work is done; the moment to look whether to pause or stop."""


@dataclass(frozen=True)
class SnapshotTaken:
    """There is a newer model to look at."""

    snapshot: Snapshot


@dataclass(frozen=True)
class EpochEnded:
    """A pass through the training images is over and the test split was evaluated."""

    epoch: int
    test: HistoryRow


@dataclass(frozen=True)
class Diverged:
    """Training failed; the trainer is back at its last good state, and ``reason`` says why in a sentence."""

    reason: str


@dataclass(frozen=True)
class Finished:
    """The goal is reached."""


Event = Worked | SnapshotTaken | EpochEnded | Diverged | Finished


def fit(
    trainer: Trainer,
    snapshot_seconds: float = SNAPSHOT_SECONDS,
    most_steps: int | None = None,
    rows_an_epoch: int | None = None,
) -> Iterator[Event]:
    """Trains until the goal, yielding an event after every chunk of about 30 ms of work.

    To pause, take no further event; to stop, close the generator: the trainer stays valid at all times. While
    `Trainer.awaits_test`, a stop leaves the epoch's figures to the next call.

    Args:
        snapshot_seconds: how often a snapshot is published at most, and less often where taking one is slow; infinite
            for the last one only.
        most_steps: ends after that many steps, with a snapshot (one step by hand).
        rows_an_epoch: closes a history row of the training objective at the ends of that many equal parts of every
            epoch. Snapshots close one too, at moments that depend on the clock: without them the history is
            reproducible.
    """
    return _Fit(trainer, snapshot_seconds, most_steps, rows_an_epoch).events()


class _Fit:
    def __init__(
        self, trainer: Trainer, snapshot_seconds: float, most_steps: int | None, rows_an_epoch: int | None
    ) -> None:
        self.trainer, self.rows_an_epoch = trainer, rows_an_epoch
        self.last_step = None if most_steps is None else trainer.step + most_steps
        self.pace, self.publishing = Pace(), PublishingPace(snapshot_seconds)
        self.good = trainer.state()
        self.good_at = time.perf_counter()
        self.clock = clock_of(trainer.device)

    def events(self) -> Iterator[Event]:
        trainer = self.trainer
        if trainer.awaits_test:  # where training was left amid a test
            yield from self._end_epoch()
        while not trainer.done and not self._at_last_step():
            try:
                self._chunk()
            except TrainingError as error:
                # `Trainer` checks the loss itself; by then its weights may already be spoilt.
                trainer.load_state(*self.good)
                yield SnapshotTaken(take_snapshot(trainer, self.pace.images_per_s))
                yield Diverged(f"{error} Training is back at step {trainer.step:,}.")
                return
            if trainer.position == 0:
                yield from self._end_epoch()
            elif trainer.steps_an_epoch - trainer.steps_left_in_epoch in self._row_ends():
                trainer.take_train_row()
            due = trainer.step >= _FIRST_STEPS and self.publishing.is_due(time.perf_counter())
            if due or trainer.done or self._at_last_step():
                began = time.perf_counter()
                trainer.take_train_row()
                snapshot = take_snapshot(trainer, self.pace.images_per_s)
                self.publishing.published(began, time.perf_counter())
                yield SnapshotTaken(snapshot)
            else:
                yield Worked()
        if trainer.done:
            yield Finished()

    def _at_last_step(self) -> bool:
        return self.last_step is not None and self.trainer.step >= self.last_step

    def _chunk(self) -> None:
        trainer = self.trainer
        steps = self.pace.steps
        if self.last_step is not None:
            steps = min(steps, self.last_step - trainer.step)
        here = trainer.steps_an_epoch - trainer.steps_left_in_epoch
        steps = min([steps, *(end - here for end in self._row_ends() if end > here)])
        before, began, began_work = (trainer.step, trainer.epoch), time.perf_counter(), self.clock()
        trainer.advance(steps)
        images = round((trainer.epoch - before[1]) * len(trainer.feed))
        now = time.perf_counter()
        self.pace.measured(trainer.step - before[0], images, now - began, self.clock() - began_work)
        if now - self.good_at > _GOOD_STATE_SECONDS:
            self.good, self.good_at = trainer.state(), now

    def _row_ends(self) -> set[int]:
        """The steps of an epoch after which a history row is closed."""
        rows = self.rows_an_epoch or 0
        return {math.ceil(part * self.trainer.steps_an_epoch / rows) for part in range(1, rows + 1)}

    def _end_epoch(self) -> Iterator[Event]:
        trainer = self.trainer
        trainer.take_train_row()
        for row in trainer.test():
            if row is None:
                yield Worked()
            else:
                yield EpochEnded(trainer.epochs_done, row)


def take_snapshot(trainer: Trainer, images_per_s: float = 0.0) -> Snapshot:
    """The trainer's present moment, with the history rows that no snapshot has carried yet."""
    images_left = (trainer.goal - trainer.epoch) * len(trainer.feed)
    return Snapshot(
        step=trainer.step,
        epoch=trainer.epoch,
        weights=trainer.weights(),
        rows=trainer.take_new_rows(),
        progress=min(trainer.epoch / trainer.goal, 1.0),
        images_per_s=images_per_s,
        seconds_left=images_left / images_per_s if images_per_s else None,
    )
