"""What lies in cycles is destroyed in the window's thread, whoever makes the object that is one too many."""

import gc
import threading

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QObject

from latentlab.gui.garbage import GarbageRounds


class Cycle:
    """Refers to itself, and notes in which thread it ends."""

    def __init__(self, ended):
        self.itself, self.ended = self, ended

    def __del__(self):
        self.ended.append(threading.current_thread())


def allocate_beside(ended):
    """Leaves a cycle behind in another thread, and makes so many objects that a round is due; returns these."""
    made = []

    def work():
        Cycle(ended)
        made.extend([] for _ in range(5000))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return made


def test_rounds_are_in_the_windows_thread_alone(qtbot):
    owner, ended = QObject(), []
    rounds = GarbageRounds(owner)
    made = allocate_beside(ended)
    assert made and not ended and not gc.isenabled()
    qtbot.waitUntil(lambda: bool(ended))
    assert ended == [threading.main_thread()]
    rounds.end()
    assert gc.isenabled()


def test_left_to_python_the_thread_that_allocates_would_do_it():
    ended = []
    assert allocate_beside(ended)
    assert ended and ended[0] is not threading.main_thread()


def test_a_program_that_had_turned_it_off_keeps_it_off(qapp):
    owner = QObject()
    gc.disable()
    try:
        GarbageRounds(owner).end()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_two_windows_have_them_until_the_last_has_closed(qapp):
    windows = QObject(), QObject()
    first, second = map(GarbageRounds, windows)
    first.end()
    assert not gc.isenabled()
    second.end()
    assert gc.isenabled()
