"""The film's timeline: it is painted anew where something is seen to change, and only there."""

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from latentlab.gui.widgets.qimages import to_array
from latentlab.gui.widgets.timeline import Timeline
from tests.gui.pixels import shot

_MANY, _FEW = np.arange(0, 4000, 10), np.arange(0, 100, 10)


@pytest.fixture
def line(qtbot, monkeypatch):
    line = Timeline()
    qtbot.addWidget(line)
    line.resize(300, 24)
    with qtbot.waitExposed(line):
        line.show()
    line.updates = []
    monkeypatch.setattr(line, "update", lambda: line.updates.append(True))
    return line


def begin(line, steps):
    line.set_frames(steps)
    line.set_place(int(steps[-1]), True)
    before = to_array(shot(line))
    line.updates.clear()
    return before


def test_a_film_that_grows_beyond_its_ticks_looks_as_it_did_and_is_not_painted(line):
    before = begin(line, _MANY)
    for last in (4000, 4010, 4020):
        steps = np.append(_MANY, last)
        line.set_place(last, True)
        line.set_frames(steps)
    assert line.updates == []
    assert (to_array(shot(line)) == before).all()


@pytest.mark.parametrize(
    "steps, change",
    [
        (_FEW, lambda line: line.set_frames(_FEW[:-1])),  # a tick less
        (_MANY, lambda line: line.set_place(3990, False)),
        (_MANY, lambda line: line.set_place(2000, True)),
        (_MANY, lambda line: line.set_place(None, True)),
        (_MANY, lambda line: line.set_marks(1000, None)),
        (_MANY, lambda line: line.set_marks(None, 1000)),
        (_MANY, lambda line: line.set_fork(1000, "a")),
    ],
)
def test_what_is_seen_to_change_is_painted(line, steps, change):
    before = begin(line, steps)
    change(line)
    assert line.updates
    assert (to_array(shot(line)) != before).any()
