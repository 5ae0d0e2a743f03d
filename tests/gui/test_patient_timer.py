"""What waits for the hand: done at its time, or once the hand rests, or when it has waited long enough."""

import time

import pytest
from PySide6.QtCore import QObject

from latentlab.gui.widgets.patient_timer import PatientTimer


@pytest.fixture
def parent(qapp):
    return QObject()


def test_does_it_once_at_its_time(qtbot, parent):
    done = []
    timer = PatientTimer(lambda: done.append(time.monotonic()), lambda: False, 5.0, parent)
    began = time.monotonic()
    timer.start(30)
    assert timer.is_active()
    qtbot.waitUntil(lambda: bool(done), timeout=2000)
    assert done[0] - began >= 0.025
    assert not timer.is_active()
    qtbot.wait(100)
    assert len(done) == 1


def test_waits_while_the_hand_is_busy(qtbot, parent):
    done, busy = [], [True]
    timer = PatientTimer(lambda: done.append(True), lambda: busy[0], 60.0, parent)
    timer.start(0)
    qtbot.wait(250)
    assert not done
    assert timer.is_active()
    busy[0] = False
    qtbot.waitUntil(lambda: bool(done), timeout=2000)


def test_does_not_wait_for_ever(qtbot, parent):
    done = []
    timer = PatientTimer(lambda: done.append(True), lambda: True, 0.2, parent)
    timer.start(0)
    qtbot.waitUntil(lambda: bool(done), timeout=2000)
