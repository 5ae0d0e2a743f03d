"""A run is continued as another one, by hand."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from tests.gui.several_runs import CONTROL, open_runs


@pytest.fixture
def window(window_of_runs):
    return window_of_runs


def test_a_fork_goes_on_with_other_settings_from_where_its_parent_was(window):
    window.train("vae", steps=60)
    window.pause()
    parent = window.control.run
    at = parent.newest.step
    QTest.keyClick(window.main, Qt.Key.Key_B, CONTROL)
    page = window.main.runs.page
    assert page.isVisible() and page.name.hasFocus()
    QTest.keyClicks(page.name, "gentler")
    model = page.forms[0]
    assert model.field("free_bits").isVisible() and not model.field("hidden").isVisible()
    field = model.field("free_bits").lineEdit()
    field.selectAll()
    QTest.keyClicks(field, "2")
    QTest.keyClick(field, Qt.Key.Key_Return)
    window.click(page.fork)
    assert not window.main.messages.texts()
    window.wait(lambda: len(open_runs(window)) == 2, 5)
    child = open_runs(window)[1]
    assert window.control.run is child and child.title == "gentler"
    assert window.main.runs.view.current_run() is child  # in view, and the keys begin there
    assert child.settings.model.free_bits == 2.0 and child.origin.step == at
    # Its film begins with its parent's frames, which are there once and end at a line.
    past = parent.film.frames
    assert past and all(one.weights is other.weights for one, other in zip(child.film.frames, past, strict=False))
    line = window.main.film_bar.timeline
    window.wait(lambda: parent.title in line.toolTip() and f"{at:,}" in line.toolTip())
    window.wait(lambda: child.newest.step > at + 30)
    window.pause()
    assert (parent.state, parent.newest.step) == ("resting", at)
    # The history before the fork is both's, and is drawn once.
    shared = [row for row in parent.history if row.step <= at]
    assert child.history[: len(shared)] == shared
    curves = window.main.curves
    window.wait(lambda: len(curves.drawn("kl", "train", child)[0]) > 1)
    assert curves.drawn("kl", "train", parent)[0][0] < curves.drawn("kl", "train", child)[0][0]
    assert curves.drawn("kl", "train", child)[0][0] >= shared[-1].epoch - 1e-9
    # Esc leaves the page, and nothing is begun.
    window.click(window.main.runs.branch)
    QTest.keyClick(page.name, Qt.Key.Key_Escape)
    assert window.main.runs.view.isVisible() and len(open_runs(window)) == 2


def test_a_fork_from_a_filmed_moment_begins_with_its_weights(window):
    window.train("vae", steps=60)
    window.wait(lambda: len(window.main.filming.film) >= 3)
    window.pause()
    parent, filming = window.control.run, window.main.filming
    frame = filming.film.frames[1]
    filming.show_step(frame.step)
    QTest.keyClick(window.main, Qt.Key.Key_B, CONTROL)
    page = window.main.runs.page
    window.click(page.queue)
    window.wait(lambda: len(open_runs(window)) == 2)
    child = open_runs(window)[1]
    assert child.origin.step == frame.step < parent.newest.step
    for name, tensor in frame.weights.items():
        assert torch.equal(child.moment.weights[name], tensor)
    bound = window.control.runs.film_bytes
    assert [run.film.most_bytes for run in (parent, child)] == [bound // 2, bound // 2]
    assert [each.step for each in child.film.frames[:2]] == [each.step for each in filming.film.frames[:2]]
