"""Several runs in one window: chosen, plotted, forked, lined up, compared, renamed, put away and deleted by hand."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

import torch
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox

from latentlab import paths
from latentlab.core import reopening, runs
from latentlab.core.data import DataConfig
from latentlab.core.models import model_info
from latentlab.core.runs import RunSettings
from latentlab.core.training import TrainingConfig
from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_list import RunList, colour_of
from tests.core.sets import digits
from tests.gui.window import opened

_NO_KEYS = Qt.KeyboardModifier.NoModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier
_ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(qtbot):
    with opened(qtbot) as window:
        window.main.bring_up("runs")
        yield window


def open_runs(window):
    return list(window.control.runs)


def click_row(window, run, part="title", button=Qt.MouseButton.LeftButton):
    """A click on a part of a run's row: its title, its check box."""
    view = window.main.runs.view
    place = getattr(view.places(run), part).center()
    assert view.viewport().rect().contains(place), "the row is in view"
    QTest.mouseClick(view.viewport(), button, _NO_KEYS, place)


def press(window, key, keys=_NO_KEYS):
    """A key on the list."""
    QTest.keyClick(window.main.runs.view, key, keys)


def entry(window, run, text):
    """The entry of a run's menu that begins so."""
    menu = window.main.runs.menu_of(run)
    return next(action for action in menu.actions() if action.text().startswith(text))


def answer(monkeypatch, text):
    """Answers the questions to come with the button of this text; returns a list of what was asked."""
    asked = []

    def execute(box):
        asked.append(box.text())
        next(button for button in box.buttons() if button.text().replace("&", "") == text).click()
        return 0

    monkeypatch.setattr(QMessageBox, "exec", execute)
    return asked


def train_two(window):
    """A VAE that rests, and an AE beside it that trains."""
    window.train("vae", steps=40)
    window.pause()
    window.choose("ae")
    window.click(window.bar.train)
    window.wait(lambda: window.control.run.settings.model_name == "ae" and window.session.source_title == "AE")
    return open_runs(window)


def test_a_run_is_chosen_while_another_trains_and_goes_on_as_if_never_parked(window):
    assert not window.main.runs.view.isVisible()  # the empty panel says what to do
    vae, ae = train_two(window)
    assert (vae.state, ae.state) == ("resting", "running")
    step = vae.newest.step
    moment = window.control.keeping.moment(vae)
    click_row(window, vae)
    window.wait(lambda: window.session.source_title == "VAE" and window.session.step == step)
    window.wait_for_points()
    np.testing.assert_allclose(
        window.session.placed.positions, window.server().encode(window.session.images.split.images), atol=1e-4
    )
    assert window.main.experiment.settings() == vae.settings and window.bar.train.text() == "Continue"
    seen = ae.newest.step
    window.wait(lambda: ae.newest.step > seen + 20)
    assert window.session.step == step and vae.newest.step == step
    # Steps by hand take the training thread; the other run makes room and keeps where it was.
    for count in range(1, 4):
        window.click(window.bar.step)
        window.wait(lambda count=count: vae.newest.step == step + count and vae.state == "resting")
    assert ae.state == "resting" and ae.moment.step == ae.newest.step
    oracle = reopening.restored(moment, vae.settings, digits())
    oracle.advance(1), oracle.advance(1), oracle.advance(1)
    for name, tensor in oracle.weights().items():
        assert np.array_equal(tensor.numpy(), window.weights()[name].numpy()), name
    # By keys: down to the other run, look at it, go on with it.
    press(window, Qt.Key.Key_Down)
    press(window, Qt.Key.Key_Return)
    assert window.control.run is ae and window.bar.train.text() == "Continue"
    rested = ae.newest.step
    QTest.keyClick(window.main, Qt.Key.Key_F5)
    window.wait(lambda: ae.newest.step > rested and ae.state == "running")


def test_checked_runs_are_drawn_over_each_other_and_told_apart(window):
    vae, ae = train_two(window)
    window.pause()
    curves = window.main.curves
    window.wait(lambda: all(len(curves.drawn("total", "train", run)[0]) > 0 for run in (vae, ae)))
    window.control.runs.rename(vae, "VQ-VAE on it")
    window.wait(lambda: "VQ\N{NON-BREAKING HYPHEN}VAE&nbsp;on&nbsp;it" in curves.legend.text())  # never broken
    assert curves.legend.isVisible()
    # One has nats and the other squared errors: they have axes of their own.
    units = [unit for name, unit in curves._plots if name == "total"]
    assert units == ["squared error per image", "nats per image"]  # those of the run that is looked at first
    click_row(window, vae, "check")
    assert not vae.plotted and window.control.run is ae
    window.wait(lambda: len(curves.drawn("total", "train", vae)[0]) == 0)
    press(window, Qt.Key.Key_Space)
    assert vae.plotted
    window.wait(lambda: len(curves.drawn("total", "train", vae)[0]) > 0)


def test_a_fork_goes_on_with_other_settings_from_where_its_parent_was(window):
    window.train("vae", steps=60)
    window.pause()
    parent = window.control.run
    at = parent.newest.step
    QTest.keyClick(window.main, Qt.Key.Key_B, _CONTROL)
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
    assert window.control.run is first and window.session.step == first.newest.step
    assert second not in window.control.runs and not window.control.queue.waiting


def test_a_queue_is_held_while_its_run_is_paused_and_closing_asks_once(window, monkeypatch):
    window.train("vae")
    for model in ("ae", "vqvae-1x1"):
        window.choose(model, epochs=1)
        QTest.keyClick(window.main, Qt.Key.Key_F5, _CONTROL | Qt.KeyboardModifier.ShiftModifier)
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


def test_a_fork_from_a_filmed_moment_begins_with_its_weights(window):
    window.train("vae", steps=60)
    window.wait(lambda: len(window.main.filming.film) >= 3)
    window.pause()
    parent, filming = window.control.run, window.main.filming
    frame = filming.film.frames[1]
    filming.show_step(frame.step)
    QTest.keyClick(window.main, Qt.Key.Key_B, _CONTROL)
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


def test_closing_saves_all_that_is_unsaved_where_that_is_wanted(window, monkeypatch):
    vae, ae = train_two(window)
    window.pause()
    asked = answer(monkeypatch, "Save all")
    window.main.close()
    assert len(asked) == 1 and "2 runs are not saved" in asked[0] and str(paths.runs()) in asked[0]
    assert not window.main.isVisible()
    kept = {runs.load(folder).settings.model_name: runs.load(folder).step for folder in paths.runs().iterdir()}
    assert kept == {"vae": vae.newest.step, "ae": ae.newest.step}
    assert not list(paths.autosaves().iterdir())


def test_names_folders_and_what_becomes_of_them(window, tmp_path, monkeypatch):
    vae, ae = train_two(window)
    window.pause()
    # Renamed in place, and the name is kept with the run.
    click_row(window, vae)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(tmp_path / "kept"), ""))
    with window.qtbot.waitSignal(window.control.saved, timeout=10_000):
        window.main.actions_.save()
    press(window, Qt.Key.Key_F2)
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    QTest.keyClicks(editor, "the good one")
    window.control.runs.changed.emit(vae)  # as it is five times a second while something trains
    QTest.keyClick(editor, Qt.Key.Key_Return)
    window.wait(lambda: vae.title == "the good one" and window.main.windowTitle().startswith("the good one"))
    window.wait(lambda: runs.load(tmp_path / "kept").title == "the good one")
    # Closed: one without a folder is given one, nothing is asked and nothing is lost.
    asked = answer(monkeypatch, "Cancel")
    step = ae.newest.step
    entry(window, ae, "Close").trigger()
    assert open_runs(window) == [vae] and asked == []
    (folder,) = paths.runs().iterdir()
    assert runs.load(folder).step == step and not list(paths.autosaves().iterdir())
    # Deleted: only after asking.
    press(window, Qt.Key.Key_Delete)
    assert len(asked) == 1 and str(tmp_path / "kept") in asked[0] and open_runs(window) == [vae]
    answer(monkeypatch, "Delete")
    press(window, Qt.Key.Key_Delete)
    assert open_runs(window) == [] and not (tmp_path / "kept").exists()
    window.wait(lambda: window.session.source_title == "PCA")
    # And the closed one is opened again.
    window.main.actions_.open_folder(folder)
    window.wait(lambda: open_runs(window) and window.session.step == step)


def test_two_runs_in_the_comparison_with_what_sets_them_apart(window):
    vae, _ = train_two(window)
    window.pause()
    window.main.bring_up("comparison")
    panel = window.main.comparison
    left, right = panel.sides
    left.chooser.setCurrentIndex(left.chooser.findText(vae.title))
    left.chooser.activated.emit(left.chooser.currentIndex())
    window.wait(lambda: "15-NN" in left.figures.text() and np.isfinite(left.points.points).all())
    from latentlab.core.models import ImageShape, create
    from latentlab.core.serving import LatentServer

    dataset = window.session.dataset
    model = create("vae", vae.settings.model, ImageShape(*dataset.shape, dataset.classes))
    model.load_state_dict(vae.newest.weights)
    latents = LatentServer(model.eval(), dataset.full_scale).encode(window.session.images.split.images)
    np.testing.assert_allclose(left.points.points, latents, atol=1e-5)
    np.testing.assert_array_equal(right.points.points, window.session.placed.positions)
    assert "Model VAE → AE" in panel.difference.text() and panel.difference.isVisible()
    # What is chosen on one side is chosen on the other.
    window.session.select(7)
    assert left.points.selected.tolist() == right.points.selected.tolist() == [7]
    entry(window, vae, "Close").trigger()
    assert left.choice.name == "model" and not panel.difference.isVisible()


def test_a_run_of_other_images_brings_its_data_set_with_it(window):
    window.train("vae", steps=40)
    window.pause()
    first = window.control.run
    fewer = DataConfig("digits", train_images=200)
    window.main.experiment.show_settings(replace(first.settings, data=fewer))
    window.click(window.bar.train)
    window.wait(lambda: window.control.run is not first and window.control.newest is not None)
    window.pause()
    assert len(window.session.dataset.train) == 200
    click_row(window, first)
    window.wait(lambda: window.session.step == first.newest.step)
    assert window.session.dataset is first.dataset and window.control.data == first.settings.data
    window.wait_for_points()


def test_the_list_shows_each_manifold_and_its_menu_comes_by_mouse(window):
    vae, _ = train_two(window)
    window.pause()
    thumbnails = window.main.runs.thumbnails
    window.wait(lambda: all(thumbnails.picture(run) is not None for run in open_runs(window)))
    assert thumbnails.picture(vae).width() == 4 * 8
    view, shown = window.main.runs.view, []
    view.menu_wanted.connect(lambda run, place: shown.append((run, place)))
    place = view.places(vae).title.center()
    from PySide6.QtGui import QContextMenuEvent

    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, place, view.viewport().mapToGlobal(place))
    QApplication.sendEvent(view.viewport(), event)
    assert shown[0][0] is vae and isinstance(shown[0][1], QPoint)
    QApplication.activePopupWidget().close()


def test_no_two_runs_have_the_same_colour_and_one_that_is_free_is_taken_again():
    runs_of_window = RunList()
    settings = RunSettings(DataConfig("digits"), "vae", model_info("vae").config(), TrainingConfig())
    for _ in range(30):
        runs_of_window.add(OpenRun(settings, "Digits"))
    assert len({colour_of(run) for run in runs_of_window}) == 30
    seventh = list(runs_of_window)[6]
    runs_of_window.remove(seventh)
    runs_of_window.add(again := OpenRun(settings, "Digits"))
    assert colour_of(again) == colour_of(seventh)
    runs_of_window.close()


def test_changes_in_the_form_wait_for_their_run(window):
    vae, ae = train_two(window)
    window.pause()
    experiment = window.main.experiment
    experiment.show_settings(replace(ae.settings, model=replace(ae.settings.model, latent_dim=7)))
    drafted = experiment.settings()
    click_row(window, vae)
    assert experiment.settings() == vae.settings
    window.wait(lambda: "are kept" in window.main.statusBar().currentMessage())
    assert ae.title in window.main.statusBar().currentMessage()
    click_row(window, ae)
    assert experiment.settings() == drafted and window.bar.train.text() == "Train"
    # What waits in the queue is no draft any more.
    window.click(window.bar.queue)
    click_row(window, vae)
    click_row(window, ae)
    assert experiment.settings() == ae.settings


def test_other_data_beside_a_run_are_loaded_when_training_begins(window, tmp_path):
    window.train("vae", steps=20)
    window.pause()
    experiment = window.main.experiment
    loaded = experiment._data_note.text()
    experiment._data.field("name").setFocus()
    experiment.show_folder(str(tmp_path))
    assert "Loaded when training begins" in experiment._data_note.text()
    assert window.main.focusWidget() is experiment._data.field("name")
    experiment.show_run_settings()
    assert experiment._data_note.text() == loaded
