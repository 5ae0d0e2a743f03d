"""What follows the hand does so at once, and then at most so often."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QObject

from latentlab.gui.widgets.throttle import Throttle


def test_the_first_request_is_done_at_once_and_a_rush_once_more(qtbot):
    done, parent = [], QObject()
    throttle = Throttle(lambda: done.append(len(done)), 30, parent)
    throttle.request()
    assert done == [0]
    for _ in range(10):
        throttle.request()
    assert done == [0]
    qtbot.waitUntil(lambda: len(done) == 2)
    qtbot.wait(80)
    assert done == [0, 1]
    throttle.request()
    assert done == [0, 1, 2]
    qtbot.wait(60)
