"""Several runs in one window: chosen, plotted, compared, told apart."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from latentlab.core import reopening
from latentlab.core.attribute import Attribute
from latentlab.core.data import DataConfig
from latentlab.core.exploration import Exploration
from latentlab.core.models import model_info
from latentlab.core.run import RunSettings
from latentlab.core.selection import Selection
from latentlab.core.training_config import TrainingConfig
from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_list import RunList, colour_of
from tests.core.sets import digits
from tests.gui.several_runs import click_row, entry, open_runs, press, train_two


@pytest.fixture
def window(window_of_runs):
    return window_of_runs


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


def run_on(data, name="vae", **more):
    model = model_info(name).config()
    return OpenRun(RunSettings(DataConfig(data), name, model, TrainingConfig()), data, **more)


def test_runs_of_other_data_leave_the_curves_to_a_new_one_and_can_be_checked_again():
    runs, told = RunList(), []
    runs.curves_changed.connect(lambda: told.append(True))
    one, other, new = run_on("mnist"), run_on("mnist", "ae"), run_on("cifar10")
    runs.add(one)
    runs.add(other)
    assert one.plotted and other.plotted and not told
    runs.add(new)
    assert (one.plotted, other.plotted, new.plotted) == (False, False, True) and told
    runs.plot(one, True)
    assert one.plotted and new.plotted
    runs.close()


def test_a_part_of_the_same_data_stays_among_the_curves():
    runs, whole, part = RunList(), run_on("mnist"), run_on("mnist")
    part.settings = replace(part.settings, data=DataConfig("mnist", train_images=1000))
    runs.add(whole)
    runs.add(part)
    assert whole.plotted and part.plotted
    runs.close()


def test_a_run_that_is_lined_up_takes_nothing_from_the_curves():
    runs, shown = RunList(), run_on("mnist")
    alike, unlike = run_on("mnist", from_queue=True), run_on("cifar10", from_queue=True)
    for run in (shown, alike, unlike):
        runs.add(run)
    assert (shown.plotted, alike.plotted, unlike.plotted) == (True, True, False)
    runs.close()


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


def test_a_linear_run_stands_beside_pcas_subspace_whichever_run_is_looked_at(window):
    window.train("linear_ae", steps=300)
    window.pause()
    linear = window.control.run
    window.train("ae", steps=10)
    window.pause()
    assert window.control.run is not linear
    window.main.bring_up("comparison")
    left, right = window.main.comparison.sides
    left.chooser.setCurrentIndex(left.chooser.findText(linear.title))
    left.chooser.activated.emit(left.chooser.currentIndex())
    window.wait(lambda: "PCA's subspace" in left.figures.text())
    assert "PCA's" not in right.figures.text()
    train = window.session.dataset.train.images.reshape(len(window.session.dataset.train), -1) / 16.0
    pca, weight = PCA(2).fit(train), linear.newest.weights["decoder.weight"].numpy()
    angles = sorted(np.degrees(subspace_angles(weight.astype(np.float64), pca.components_.T)))
    assert f"{angles[0]:.1f}°, {angles[1]:.1f}° from PCA's subspace" in left.figures.text()
    of_elsewhere = left.figures.text().partition("15-NN")[2]
    click_row(window, linear)
    window.wait(lambda: "PCA's subspace" in right.figures.text())
    assert right.figures.text().partition("15-NN")[2] == of_elsewhere


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


def text_of(model, run):
    return model.data(model.index(model.row_of(run)), Qt.ItemDataRole.ToolTipRole)


def test_the_list_shows_each_manifold_and_its_menu_comes_by_mouse(window):
    window.main.bring_up("reconstructions")
    thumbnails = window.main.runs.thumbnails
    thumbnails._timer.setInterval(100)
    vae, _ = train_two(window)
    window.pause()
    window.qtbot.wait(2 * thumbnails._timer.interval())  # nothing is told any more, and nobody looks
    assert thumbnails.picture(vae) is None
    window.main.bring_up("runs")
    window.wait(lambda: all(thumbnails.picture(run) is not None for run in open_runs(window)))
    assert thumbnails.picture(vae).width() == 4 * 8
    # How well each restores, whatever it was trained for; what learns on has no such figure until it rests again.
    window.wait(lambda: all(thumbnails.error(run) is not None for run in open_runs(window)))
    split, model = window.session.dataset.test, window.main.runs.view.model()
    for run in open_runs(window):
        window.control.choose(run)
        restored = window.server().reconstruct(split.images) / 255
        error = np.square(restored - split.images / 16).mean()
        assert thumbnails.error(run) == pytest.approx(error, rel=0.01)
        words = f"error {thumbnails.error(run):.4f} per pixel over 360 test images"
        window.wait(lambda run=run, words=words: words in text_of(model, run))
    assert window.main.runs._note.text() == "errors over 360 test images"
    window.click(window.bar.step)
    window.wait(lambda: thumbnails.error(run) != pytest.approx(error, rel=1e-9) and thumbnails.error(run) is not None)
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


def test_what_training_cannot_change_on_its_way_asks_for_another_run(window):
    window.train("vae", steps=20)
    window.pause()
    form = window.main.experiment._training
    form.set_more_open(True)
    precision = form.field("precision")
    QTest.keyClick(precision, Qt.Key.Key_Down)
    assert form.config().precision == "full" and window.bar.train.text() == "Train"
    QTest.keyClick(precision, Qt.Key.Key_Up)
    assert form.config().precision == "fast" and window.bar.train.text() == "Continue"


def test_other_data_beside_a_run_are_loaded_when_training_begins(window, tmp_path):
    window.train("vae", steps=20)
    window.pause()
    experiment = window.main.experiment
    loaded = experiment._data_note.text()
    experiment._data.field("name").setFocus()
    experiment.show_own_data(str(tmp_path))
    assert "Loaded when training begins" in experiment._data_note.text()
    assert window.main.focusWidget() is experiment._data.field("name")
    experiment.show_run_settings()
    assert experiment._data_note.text() == loaded


def test_what_was_said_of_test_images_is_not_said_of_training_images(window):
    """Which are known by their indices alone: groups of an attribute, the points that the plane goes through."""
    window.train("vae-5", steps=20)
    window.pause()
    control, session = window.control, window.session
    first = control.run
    having, lacking = Selection.of([1, 2, 3]), Selection.of([4, 5])
    session.set_attribute("an attribute", Attribute("A", having, lacking))
    session.select(5)
    session.cut_plane((0, 1), 7)
    window.train("ae", steps=20)
    window.pause()
    session.select(9)
    control.show_other_images(replace(session.view_config, points_from="train"))
    session.select(11)
    control.choose(first)
    found = session.exploration
    assert found.shown_from == "train" and found.axes == (0, 1)
    assert found.attribute == Exploration().attribute and found.base is None
    assert found.selected == 11  # of the images that are shown now
    session.cut_plane((0, 1), 3)
    other = next(run for run in control.runs if run is not first)
    control.choose(other)
    control.choose(first)
    assert session.exploration.base == 3
