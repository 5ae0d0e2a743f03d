"""Runs are lined up, and trained one after the other."""

import time
from dataclasses import replace

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentlab.core import catalogue
from latentlab.core.data import DataConfig
from latentlab.core.errors import Cancelled
from latentlab.gui.runs.run_delegate import ROW
from latentlab.gui.widgets.busy_note import BusyNote
from tests.gui.several_runs import CONTROL, answer, click_row, entry, open_runs, press

_ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(window_of_runs):
    return window_of_runs


def test_a_sweep_trains_one_after_the_other_and_an_error_does_not_stop_it(window):
    window.choose("vae", epochs=1)
    window.click(window.bar.sweep)
    sweep = window.main.experiment.sweep
    sweep.chooser.setCurrentIndex(sweep.chooser.findData("free_bits"))
    sweep.chooser.activated.emit(sweep.chooser.currentIndex())
    QTest.keyClicks(sweep.values, "0, -1")
    window.click(sweep.add)
    assert not open_runs(window) and sweep.isVisible()  # the sentence stands there, nothing was begun
    sweep.values.selectAll()
    QTest.keyClicks(sweep.values, "0, 0.5, 1, 2")
    assert "4 runs" in sweep.add.text()
    order = []
    window.control.runs.changed.connect(lambda run: order.append(run) if run.state == "running" else None)
    QTest.keyClick(sweep.values, Qt.Key.Key_Return)
    first, second, third, fourth = runs_of_sweep = open_runs(window)
    assert [run.settings.model.free_bits for run in runs_of_sweep] == [0.0, 0.5, 1.0, 2.0]
    assert second.title == "VAE, Free bits 0.5" and second.state == "waiting"
    # The last comes before the others, one is cancelled, one cannot be trained here.
    view, model = window.main.runs.view, window.main.runs.view.model()
    view.setCurrentIndex(model.index(model.row_of(fourth)))
    press(window, Qt.Key.Key_Up, _ALT)
    press(window, Qt.Key.Key_Up, _ALT)
    assert window.control.queue.waiting == (fourth, second, third)
    entry(window, second, "Cancel").trigger()
    third.settings = replace(third.settings, data=DataConfig("nowhere/at/all"))
    third.dataset = None
    window.choose("ae", epochs=1)
    window.click(window.bar.queue)
    last = open_runs(window)[-1]
    assert last.settings.model_name == "ae"
    window.wait(lambda: first.state == "finished")
    click_row(window, first)
    assert window.control.run is first
    window.wait(lambda: last.state == "finished")
    assert list(dict.fromkeys(order)) == [first, fourth, last]
    # Those that were cancelled, or failed before they began, take no memory from the others' films.
    assert first.film.most_bytes == window.control.runs.film_bytes // 3
    assert third.state == "failed" and "nowhere" in third.problem
    assert window.control.run is first
    window.wait(lambda: window.session.step == first.newest.step)
    assert second not in window.control.runs and not window.control.queue.waiting


def test_a_queue_is_held_while_its_run_is_paused_and_closing_asks_once(window, monkeypatch):
    window.train("vae")
    for model in ("ae", "vqvae-1x1"):
        window.choose(model, epochs=1)
        QTest.keyClick(window.main, Qt.Key.Key_F5, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    vae, ae, vqvae = open_runs(window)
    assert window.control.run is vae and vae.state == "running"
    assert (ae.state, vqvae.state) == ("waiting", "waiting")
    window.click(window.bar.pause)
    window.wait(lambda: vae.state == "resting")
    assert window.control.queue.held and ae.state == "waiting"
    asked = answer(monkeypatch, "Cancel")
    window.main.close()
    assert len(asked) == 1 and "is not saved" in asked[0] and "2 trainings wait" in asked[0]
    assert window.main.isVisible()
    window.click(window.main.runs.hold)
    window.wait(lambda: vqvae.state == "finished" and ae.state == "finished")
    assert window.control.run is vae


def test_a_queue_goes_on_where_it_was_overtaken(window):
    window.train("vae", steps=40)
    window.pause()
    window.choose("ae")
    window.click(window.bar.queue)
    vae, ae = open_runs(window)
    window.wait(lambda: ae.newest is not None and ae.newest.step > 20)
    assert window.control.run is vae
    entry(window, vae, "Continue now").trigger()
    assert ae.state == "waiting" and window.control.queue.waiting == (ae,)
    at = ae.newest.step
    window.wait(lambda: vae.state == "running")
    window.pause()
    assert window.control.queue.held and ae.newest.step == at
    window.click(window.main.runs.hold)
    window.wait(lambda: ae.newest.step > at and ae.state == "running")
    assert vae.state == "resting"


def test_stop_ends_a_run_and_calls_the_next_where_pause_has_it_wait(window):
    window.train("vae", steps=20)
    window.choose("ae", epochs=1)
    window.click(window.bar.queue)
    vae, ae = open_runs(window)
    window.click(window.bar.stop)
    window.wait(lambda: ae.state == "finished")
    assert vae.state == "resting" and window.control.run is vae
    window.wait(lambda: window.main.statusBar().currentMessage() == f"“{ae.title}” is done; what is in view stays so.")
    window.wait(lambda: window.main.evaluating.newest is not None)
    assert window.main.evaluating.newest.step == vae.newest.step


def test_pause_and_stop_say_what_each_of_them_did(window):
    def says(words):
        window.wait(lambda: window.main.statusBar().currentMessage().startswith(words))
        return window.main.statusBar().currentMessage()

    window.train("vae", steps=20)
    (vae,) = open_runs(window)
    listed = window.main.runs.view.model()
    window.choose("ae", epochs=1)
    window.click(window.bar.queue)
    window.pause()
    assert "nothing is lost" in says("Paused after") and "the queue waits" in says("Paused after")
    assert listed.index(0, 0).data(ROW).state.startswith("Paused at epoch")
    window.control.queue.cancel(open_runs(window)[1])

    window.main.experiment.show_settings(vae.settings)
    step = vae.newest.step
    window.click(window.bar.step)
    window.wait(lambda: vae.newest.step == step + 1 and vae.state == "resting")
    says("Training rests")
    assert listed.index(0, 0).data(ROW).state.startswith("Rests at epoch")

    window.click(window.bar.train)
    window.wait(lambda: vae.state == "running" and vae.newest.step > step + 1)
    assert not vae.halted
    window.click(window.bar.stop)
    assert "has ended and is evaluated" in says("Stopped after")
    assert listed.index(0, 0).data(ROW).state.startswith("Stopped at epoch")
    window.wait(lambda: window.main.evaluating.newest is not None)
    assert vae.halted == "stopped"


def test_cancelling_the_data_of_the_next_run_has_it_wait_until_the_queue_goes_on(window, monkeypatch):
    window.train("vae", steps=20)
    for _ in range(2):
        window.choose("ae", epochs=1)
        window.click(window.bar.queue)
    _, ae, other = open_runs(window)
    for run in (ae, other):
        run.settings, run.dataset = replace(run.settings, data=DataConfig("digits", train_images=300)), None

    def endless(name, progress, cancelled):
        while not cancelled():
            progress("Downloading…", 0.5)
            time.sleep(0.01)
        raise Cancelled("Downloading was cancelled.")

    with monkeypatch.context() as patched:
        patched.setattr(catalogue, "load", endless)
        window.click(window.bar.stop)
        note = window.main.statusBar().findChild(BusyNote)
        window.wait(note._cancel.isVisible)
        assert ae.state == "starting"
        window.click(note._cancel)
        window.wait(lambda: ae.state == "waiting")
    assert window.control.queue.held and window.control.queue.waiting == (ae, other)
    window.click(window.main.runs.hold)
    window.wait(lambda: other.state == "finished")
    assert ae.state == "finished"
