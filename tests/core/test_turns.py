"""Turns at Python: one stretch at a time, and nobody waits for ever."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import pytest

from latentlab.core import turns as module
from latentlab.core.turns import Turns

# Longer than any test takes, so that only the other's turn ends a wait.
_FOR_EVER = 60.0


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WINDOW_WAITS", _FOR_EVER)
    monkeypatch.setattr(module, "_TRAINING_WAITS", _FOR_EVER)


class Window:
    """A stretch of the window's in a thread of its own, which stays until told to leave."""

    def __init__(self, turns: Turns) -> None:
        self.entered, self.leave = threading.Event(), threading.Event()
        self._turns = turns
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        with self._turns.window():
            self.entered.set()
            self.leave.wait(_FOR_EVER)

    def end(self) -> None:
        self.leave.set()
        self._thread.join()


@contextlib.contextmanager
def window_of(turns: Turns) -> Iterator[Window]:
    window = Window(turns)
    try:
        yield window
    finally:
        window.end()


@pytest.mark.usefixtures("patient")
def test_the_window_waits_for_the_end_of_a_stretch_of_training_s() -> None:
    turns = Turns()
    with contextlib.ExitStack() as stack:
        with turns.training():
            window = stack.enter_context(window_of(turns))
            assert not window.entered.wait(0.1)
        assert window.entered.wait(_FOR_EVER)


@pytest.mark.usefixtures("patient")
def test_the_window_has_its_turn_where_training_needs_none_and_training_waits_for_its_end() -> None:
    turns = Turns()
    with turns.training():
        with turns.apart():
            window = Window(turns)
            assert window.entered.wait(_FOR_EVER)
            threading.Timer(0.05, window.leave.set).start()
        assert window.leave.is_set()  # else training would have its turn again already
        window.end()


def test_nobody_waits_for_ever() -> None:
    turns = Turns()
    with turns.training(), window_of(turns) as window:
        assert window.entered.wait(_FOR_EVER)
        with turns.apart():
            pass  # comes back although the window goes on
    with window_of(turns) as window:
        assert window.entered.wait(_FOR_EVER)
        with turns.training():
            assert not window.leave.is_set()


@pytest.mark.usefixtures("patient")
def test_one_that_went_ahead_leaves_the_other_s_turn_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns()
    monkeypatch.setattr(module, "_TRAINING_WAITS", 0.0)
    with window_of(turns) as window:
        assert window.entered.wait(_FOR_EVER)
        with turns.training():
            pass  # ended without giving away what it did not have
        monkeypatch.setattr(module, "_TRAINING_WAITS", _FOR_EVER)
        threading.Timer(0.05, window.leave.set).start()
        with turns.training():
            assert window.leave.is_set()


def test_a_stretch_of_the_window_s_may_lie_within_another() -> None:
    turns = Turns()
    with turns.window(), turns.window():
        pass
    with turns.training(), turns.apart(), turns.window():
        pass


@pytest.mark.usefixtures("patient")
def test_the_window_takes_no_turn_where_none_is_wanted() -> None:
    turns = Turns(wanted=lambda: False)
    with turns.training(), turns.window():
        pass  # would wait for itself


@pytest.mark.usefixtures("patient")
def test_what_the_hand_waits_for_takes_no_turn() -> None:
    turns = Turns()
    with turns.training(), turns.window(hurries=True):
        pass  # would wait for itself


def test_the_window_does_not_wait_for_stretches_that_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(module, "_TRAINING_WAITS", _FOR_EVER)
    turns = Turns()
    for _ in range(3):
        with turns.training():
            now[0] += 0.05
    waits: list[float] = []

    class Lock:
        def acquire(self, timeout: float) -> bool:
            waits.append(timeout)
            return False

    monkeypatch.setattr(turns, "_lock", Lock())
    with turns.window():
        pass
    assert waits == [0.0]


def test_an_error_within_gives_the_turn_back() -> None:
    turns = Turns()
    with pytest.raises(ValueError, match="odd"), turns.training(), turns.apart():
        raise ValueError("odd")
    with pytest.raises(ValueError, match="odd"), turns.window():
        raise ValueError("odd")
    with turns.window():
        assert turns._lock.locked()
    assert not turns._lock.locked()
