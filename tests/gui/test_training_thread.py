"""The training thread: goes on, rests, steps and ends when told, and keeps the last good state when something fails."""

import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

import torch

from latentlab.core.errors import TrainingError
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from latentlab.gui import training_thread
from latentlab.gui.training_thread import FINISHED, RESTING, RUNNING, TrainingThread
from tests.core.sets import digits


def make_trainer(epochs=100_000, learning_rate=1e-3):
    config = build(model_info("ae").config, {"hidden": 8})
    return Trainer(digits(), "ae", config, TrainingConfig(epochs=epochs, learning_rate=learning_rate))


@pytest.fixture
def start(qapp):
    """Starts a thread with ``make_trainer(**how)``, and ends it with the test."""
    threads = []
    digits()  # read before anybody waits for a thread that would

    def begin(make=make_trainer, on_epoch=lambda trainer: None, **how):
        thread = TrainingThread(lambda: make(**how), on_epoch)
        threads.append(thread)
        thread.start()
        return thread

    yield begin
    for thread in threads:
        thread.close()


@pytest.fixture
def look(qtbot):
    """What the trainer of a thread says of itself, asked between two chunks of its work."""

    def ask(thread, question):
        answers = []
        thread.with_trainer(lambda trainer: answers.append(question(trainer)))
        qtbot.waitUntil(lambda: bool(answers))
        return answers[0]

    return ask


def step(trainer):
    return trainer.step


def test_rests_until_told_to_go_on(start, look, record):
    thread = start()
    states = record(thread.state_changed)
    assert look(thread, step) == 0
    assert not states


def test_steps_aside_before_its_next_step_and_goes_on(start, look, qtbot, monkeypatch):
    waits, over = [], threading.Event()

    def sleep(seconds):
        waits.append(seconds)
        over.wait()

    monkeypatch.setattr(training_thread, "time", SimpleNamespace(perf_counter=time.perf_counter, sleep=sleep))
    monkeypatch.setattr(training_thread, "_ASIDE_SECONDS", 30.0)
    thread = start()
    trainer = look(thread, lambda trainer: trainer)
    thread.step_aside()
    thread.go_on()
    try:
        qtbot.waitUntil(lambda: bool(waits))
        qtbot.wait(50)
        assert trainer.step == 0
        assert len(waits) == 1
        assert 0.0 < waits[0] <= 30.0
        monkeypatch.setattr(training_thread, "_ASIDE_SECONDS", 0.0)
        thread.step_aside()
    finally:
        over.set()
    qtbot.waitUntil(lambda: trainer.step > 1)
    assert len(waits) == 1


def test_trains_to_the_goal_and_then_as_far_again(start, look, qtbot, record):
    thread = start(epochs=2)
    states = record(thread.state_changed)
    for epochs in (2, 4):
        thread.go_on()
        qtbot.waitUntil(lambda epochs=epochs: states[epochs - 1 :] == [(FINISHED,)])
        assert look(thread, lambda trainer: trainer.epoch) == epochs
    assert states == [(RUNNING,), (FINISHED,)] * 2


def test_takes_so_many_steps_and_publishes_the_last_of_them(start, look, qtbot, record):
    thread = start()
    states = record(thread.state_changed)
    thread.go_on(steps=7)
    qtbot.waitUntil(lambda: states == [(RUNNING,), (RESTING,)])
    newest = thread.take_snapshots()[-1]
    assert newest.step == look(thread, step) == 7
    weights = look(thread, lambda trainer: trainer.weights())
    for name, tensor in newest.weights.items():
        np.testing.assert_array_equal(tensor, weights[name])


def test_rest_ends_training_and_going_on_takes_it_up_again(start, look, qtbot, record):
    thread = start()
    states = record(thread.state_changed)
    thread.go_on()
    qtbot.waitUntil(lambda: states == [(RUNNING,)])
    thread.rest()
    qtbot.waitUntil(lambda: states == [(RUNNING,), (RESTING,)])
    rested_at = look(thread, step)
    assert look(thread, step) == rested_at
    thread.go_on(steps=1)
    qtbot.waitUntil(lambda: len(states) == 4)
    assert look(thread, step) == rested_at + 1


def test_rest_waits_for_the_figures_of_an_epoch_that_has_ended(start, look, qtbot, record, monkeypatch):
    test, told = Trainer.test, []

    def test_and_rest(trainer):
        for row in test(trainer):
            if row is None:
                thread.rest()
            yield row

    monkeypatch.setattr(Trainer, "test", test_and_rest)
    thread = start(on_epoch=lambda trainer: told.append(trainer.epochs_done), epochs=2)
    states = record(thread.state_changed)
    for epochs, end in ((1, RESTING), (2, FINISHED)):
        thread.go_on()
        qtbot.waitUntil(lambda: len(states) == 2 * epochs)  # noqa: B023
        assert states[-1] == (end,)
        assert told == [*range(1, epochs + 1)]
        assert look(thread, lambda trainer: [row.epoch for row in trainer.history if row.split == "test"]) == told


def test_snapshots_are_announced_once_and_carry_every_row(start, qtbot, record):
    thread = start(epochs=3)
    states, announced = record(thread.state_changed), record(thread.snapshot_arrived)
    thread.go_on()
    qtbot.waitUntil(lambda: states[-1:] == [(FINISHED,)])
    assert len(announced) == 1  # nobody took any, and so nobody is told again
    snapshots = thread.take_snapshots()
    steps = [snapshot.step for snapshot in snapshots]
    rows = [row for snapshot in snapshots for row in snapshot.rows]
    assert steps == sorted(steps)
    assert [row.epoch for row in rows if row.split == "test"] == [1, 2, 3]
    assert sum(row.split == "train" for row in rows) >= 3
    assert thread.take_snapshots() == []


def test_every_epoch_is_told_in_the_training_thread(start, qtbot, record):
    epochs, threads = [], set()

    def on_epoch(trainer):
        epochs.append(trainer.epochs_done)
        threads.add(threading.current_thread().name)

    thread = start(on_epoch=on_epoch, epochs=3)
    states = record(thread.state_changed)
    thread.go_on()
    qtbot.waitUntil(lambda: states[-1:] == [(FINISHED,)])
    assert epochs == [1, 2, 3]
    assert threads == {"latentlab-training"}


def test_a_trainer_in_training_is_seen_between_two_chunks(start, look, qtbot, record):
    thread = start()
    states = record(thread.state_changed)
    thread.go_on()
    qtbot.waitUntil(lambda: states == [(RUNNING,)])
    first = look(thread, step)
    qtbot.waitUntil(lambda: look(thread, step) > first)
    assert states == [(RUNNING,)]


@pytest.mark.parametrize(
    "error, sentence",
    [
        (TrainingError("This machine has no GPU; choose the CPU."), "This machine has no GPU; choose the CPU."),
        (torch.OutOfMemoryError("CUDA out of memory"), "The device has no room for the images"),
        (ValueError("no such layer"), "Training could not start: no such layer"),
    ],
)
def test_a_trainer_that_cannot_be_made_is_told_and_the_thread_ends(start, qtbot, record, error, sentence):
    gate = threading.Event()

    def make():
        gate.wait(5)
        raise error

    thread = start(make=make)
    failed = record(thread.failed)
    gate.set()
    qtbot.waitUntil(lambda: bool(failed))
    assert sentence in failed[0][0]


def test_losing_its_head_is_told_and_training_is_back_at_its_last_good_step(start, look, qtbot, record):
    thread = start()
    states, failed = record(thread.state_changed), record(thread.failed)
    thread.go_on(steps=5)
    qtbot.waitUntil(lambda: states[-1:] == [(RESTING,)])
    good = thread.take_snapshots()[-1]

    def spoil(trainer):
        with torch.no_grad():
            next(trainer.model.parameters()).fill_(float("nan"))

    def spoil_soon(trainer):
        trainer.advance, advance = (lambda steps: (spoil(trainer), advance(steps))), trainer.advance

    thread.with_trainer(spoil_soon)
    thread.go_on()
    qtbot.waitUntil(lambda: states[-1:] == [(RESTING,)] and bool(failed))
    assert "Training is back at step 5." in failed[0][0]
    newest = thread.take_snapshots()[-1]
    assert newest.step == good.step
    for name, tensor in newest.weights.items():
        np.testing.assert_array_equal(tensor, good.weights[name])


def test_an_unexpected_error_rests_training_and_it_can_go_on(start, look, qtbot, record):
    def fail_once(trainer):
        if not failed:
            raise OSError("no space")

    thread = start(on_epoch=fail_once)
    states, failed = record(thread.state_changed), record(thread.failed)
    thread.go_on()
    qtbot.waitUntil(lambda: states[-1:] == [(RESTING,)])
    assert failed == [("Training stopped: no space",)]
    rested_at = look(thread, step)
    thread.go_on()
    qtbot.waitUntil(lambda: look(thread, step) > rested_at)


def test_a_device_that_is_gone_rests_training_and_the_thread_can_be_closed(start, look, qtbot, record):
    left = []

    def lose_device():
        raise RuntimeError("the device is gone")

    def break_down(trainer):
        trainer.weights = lose_device
        lose_device()

    thread = start(on_epoch=break_down)
    thread._on_close = lambda trainer: left.append(trainer.weights())
    states, failed = record(thread.state_changed), record(thread.failed)
    thread.go_on()
    qtbot.waitUntil(lambda: states[-1:] == [(RESTING,)])
    read = "Where training stands cannot be read: the device is gone"
    assert failed == [("Training stopped: the device is gone",), (read,)]
    thread.go_on(steps=1)
    qtbot.waitUntil(lambda: len(states) == 4 and states[-1] == (RESTING,))
    thread.close()
    qtbot.waitUntil(lambda: len(failed) >= 4)
    assert failed[-1] == (read,) and not left


def test_what_is_asked_of_the_trainer_and_fails_ends_nothing(start, look, qtbot, record):
    thread = start()
    failed = record(thread.failed)

    def ask(trainer):
        raise ValueError("no such figure")

    thread.with_trainer(ask)
    qtbot.waitUntil(lambda: bool(failed))
    assert look(thread, step) == 0


def test_closing_ends_training_but_not_before_what_was_asked(start, qtbot, record):
    thread, seen = start(), []
    states = record(thread.state_changed)
    thread.go_on()
    qtbot.waitUntil(lambda: states == [(RUNNING,)])
    thread.with_trainer(lambda trainer: seen.append(trainer.step))
    thread.close()
    assert len(seen) == 1
    assert not any(thread.name == "latentlab-training" for thread in threading.enumerate())
