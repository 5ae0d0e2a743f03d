"""The comparison: any two of the model and the projections, fitted beside the window, linked, kept."""

import threading
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from scipy.linalg import orthogonal_procrustes

from latentlab.core.errors import Cancelled
from latentlab.core.models import Capabilities
from latentlab.core.neighbours import knn_accuracy_within
from latentlab.core.projections import PCA, apart
from latentlab.core.requests import MeasureSplit
from latentlab.core.serving import LatentServer
from latentlab.core.view_config import ViewConfig
from latentlab.gui.comparing import pca_figures
from latentlab.gui.widgets.busy_note import BusyNote
from tests.gui.conftest import Hand
from tests.gui.window import opened


@pytest.fixture
def window(qtbot):
    with opened(qtbot) as window:
        window.main.dock("comparison").raise_()
        window.main.comparison.model_figures._timer.setInterval(50)
        yield window


@pytest.fixture
def processes(monkeypatch):
    """The processes that fits start from here on."""
    started, start = [], apart.subprocess.Popen

    def note(*arguments, **options):
        started.append(start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(apart.subprocess, "Popen", note)
    return started


def sides(window):
    return window.main.comparison.sides


def choose(side, title):
    """Chooses an entry of a side's list by its first letters, as a keyboard does."""
    side.chooser.setFocus()
    QTest.keyClicks(side.chooser, title)
    if side.chooser.currentText() != title:
        side.chooser.setCurrentText(title)
    side.chooser.activated.emit(side.chooser.currentIndex())


def fill(side, **settings):
    form = side.page.form
    form.set_config(replace(form.config(), **settings))


def placed(side):
    return np.isfinite(side.points.points).all(1)


def test_untouched_it_is_pca_beside_the_model(window):
    left, right = sides(window)
    assert (left.chooser.currentText(), right.chooser.currentText()) == ("PCA", "Model")
    assert right.empty.isVisible() and "Press Train" in right.empty.text()
    window.wait(lambda: "trustworthiness" in left.figures.text())
    np.testing.assert_array_equal(left.points.points, window.session.pca_positions)
    assert "variance explained" in left.figures.text() and left.settings.isHidden()
    window.train("ae")
    window.pause()
    assert right.chooser.currentText() == "AE"
    np.testing.assert_array_equal(right.points.points, window.session.placed.positions)


@pytest.mark.parametrize("model, words", [("vae-5", "by 5 latents · "), ("vqvae", "% · error")])
def test_it_says_from_how_many_numbers_images_are_restored(window, model, words):
    left, right = sides(window)
    window.train(model)
    window.pause()
    window.wait(lambda: words in right.figures.text())
    window.wait(lambda: "by 2 latents · " in left.figures.text())


def test_tsne_is_chosen_cancelled_fitted_and_linked(window, processes):
    left, right = sides(window)
    choose(left, "t-SNE")
    assert left.page.fit.isVisible() and not processes
    fill(left, images=120, iterations=10_000)
    window.click(left.page.fit)
    window.wait(left.page.cancel.isVisible)
    assert not left.page.fit.isVisible()
    window.wait(lambda: "left" in left.page._doing.text())
    window.click(left.page.cancel)
    assert left.page.fit.isVisible()
    window.wait(lambda: processes[0].poll() is not None)
    assert not window.main.messages.isVisible()
    assert left.page.form.config().images == 120  # the settings are still there

    fill(left, images=120, iterations=250)
    window.click(left.page.fit)
    window.wait(lambda: "15-NN" in left.figures.text() and left.view.isVisible())
    assert placed(left).tolist() == [True] * 120 + [False] * 240
    assert left.figures.text().startswith("places 120 of 360 images")
    accuracy = knn_accuracy_within(left.points.points[:120], window.session.images.split.labels[:120], 15)
    assert f"15-NN {accuracy:.3f}" in left.figures.text() and "error" not in left.figures.text()

    choose(right, "PCA")
    distances = np.linalg.norm(left.points.points[:120, None] - left.points.points[None, :120], axis=2)
    np.fill_diagonal(distances, np.inf)
    point = int(distances.min(1).argmax())
    pixel = left.view.frame.to_pixels(*map(float, left.points.points[point]))
    Hand(left.view.viewport()).move((pixel.x() + 30, pixel.y()), (pixel.x(), pixel.y()))
    assert window.session.hovered == point == right.points.ring
    Hand(left.view.viewport()).click(pixel.x(), pixel.y())
    assert right.points.selected.tolist() == [point]


def test_what_was_fitted_is_kept_until_another_data_set(window, processes):
    left, right = sides(window)
    choose(left, "LDA")
    window.click(left.page.fit)
    window.wait(lambda: placed(left).all())
    assert left.figures.text().startswith("told the labels · 15-NN") and "error" not in left.figures.text()
    choose(left, "PCA")
    assert left.points.points is not None and left.settings.isHidden()
    for side in (left, right):
        choose(side, "LDA")
        assert placed(side).all() and side.view.isVisible()
    np.testing.assert_array_equal(left.points.points, right.points.points)
    window.control.show_other_images(ViewConfig(points_shown=50))
    assert left.page.fit.isVisible()
    window.control.show_other_images(ViewConfig())
    assert placed(left).all() and len(processes) == 1
    window.control.load_data(window.control.data, ViewConfig())
    before = window.session.dataset
    window.wait(lambda: window.session.dataset is not before)
    assert left.page.fit.isVisible()


def test_settings_lead_to_another_fit_and_back(window, processes):
    left, _ = sides(window)
    choose(left, "Kernel PCA")
    fill(left, images=150)
    window.click(left.page.fit)
    window.wait(lambda: "variance explained" in left.figures.text() and left.view.isVisible())
    assert "fitted to 150 of 1,437 images" in left.figures.text()
    window.click(left.settings)
    assert left.page.fit.isVisible() and not left.view.isVisible()
    window.click(left.settings)
    assert left.view.isVisible() and len(processes) == 1
    first = left.points.points.copy()
    window.click(left.settings)
    fill(left, images=150, kernel="poly")
    window.click(left.page.fit)
    window.wait(lambda: left.view.isVisible())
    assert np.abs(left.points.points - first).max() > 0.1
    window.click(left.settings)
    fill(left, images=150, kernel="rbf")
    window.click(left.page.fit)
    np.testing.assert_array_equal(left.points.points, first)
    assert len(processes) == 2


def test_two_settings_stand_side_by_side_and_one_waits_for_the_other(window):
    left, right = sides(window)
    for side, perplexity in ((left, 5.0), (right, 30.0)):
        choose(side, "t-SNE")
        fill(side, images=100, iterations=250, perplexity=perplexity)
        window.click(side.page.fit)
    assert "Waiting" in right.page._doing.text()
    window.click(right.page.cancel)
    assert right.page.fit.isVisible() and left.page.cancel.isVisible()
    window.click(right.page.fit)
    window.wait(lambda: placed(left).any() and placed(right).any())
    assert np.nanmax(np.abs(left.points.points - right.points.points)) > 1


def test_a_fit_that_fails_is_a_sentence_and_can_be_tried_again(window):
    left, _ = sides(window)
    choose(left, "t-SNE")
    fill(left, images=60, perplexity=80.0)
    window.click(left.page.fit)
    window.wait(lambda: "perplexity of 80" in window.main.messages.text())
    assert left.page.fit.isVisible()


def test_another_data_set_ends_a_fit(window, processes):
    left, _ = sides(window)
    choose(left, "t-SNE")
    fill(left, images=300, iterations=10_000)
    window.click(left.page.fit)
    window.wait(lambda: processes)
    window.control.show_other_images(ViewConfig(points_shown=50))
    assert left.page.fit.isVisible()
    window.wait(lambda: processes[0].poll() is not None)


def test_closing_the_window_ends_a_fit(qtbot, processes):
    with opened(qtbot) as window:
        window.main.dock("comparison").raise_()
        left, _ = sides(window)
        choose(left, "t-SNE")
        fill(left, images=300, iterations=10_000)
        window.click(left.page.fit)
        window.wait(lambda: processes)
    assert processes[0].poll() is not None
    assert all(thread.name != "latentlab-fit" for thread in threading.enumerate())


def test_without_labels_lda_says_why_not(window):
    session = window.session
    unlabelled = replace(session.dataset.test, labels=None)
    session.show_dataset(replace(session.dataset, train=unlabelled, test=unlabelled, class_names=()), ViewConfig())
    left, _ = sides(window)
    choose(left, "LDA")
    assert "needs labels" in left.page._doing.text() and not left.page.fit.isVisible()
    choose(left, "t-SNE")
    assert left.page.fit.isVisible()


def test_a_linear_model_stands_beside_pcas_subspace(window):
    left, right = sides(window)
    session = window.session
    pca = PCA.fit(session.dataset.train.images, 16, 2)
    turned = np.radians(25.0)
    third = PCA.fit(session.dataset.train.images, 16, 3).components[2]
    pca.components[1] = np.cos(turned) * pca.components[1] + np.sin(turned) * third
    session.look_at("Linear AE", lambda: LatentServer(pca, 16))
    window.wait(lambda: "PCA's subspace" in right.figures.text())
    assert "0.0°, 25.0° from PCA's subspace" in right.figures.text()
    assert right.chooser.currentText() == "Linear AE"
    window.wait(lambda: "error " in left.figures.text())
    floor = left.figures.text().partition("error ")[2].split()[0]
    assert f"PCA's error {floor}" in right.figures.text()
    # The one more line beneath it takes as much from both planes.
    window.wait(lambda: left.figures.height() == right.figures.height() > 0)
    assert left.view.height() == right.view.height()
    pca.capabilities = Capabilities()
    session.look_at("Other", lambda: LatentServer(pca, 16))
    window.wait(lambda: right.chooser.currentText() == "Other" and "15-NN" in right.figures.text())
    assert "PCA" not in right.figures.text()


def test_a_conditional_models_places_are_said_to_be_told_the_labels(window):
    right, session = sides(window)[1], window.session
    pca = PCA.fit(session.dataset.train.images, 16, 2)
    session.look_at("Model", lambda: LatentServer(pca, 16))
    window.wait(lambda: right.chooser.currentText() == "Model" and "15-NN" in right.figures.text())
    assert "told" not in right.figures.text()
    pca.capabilities = Capabilities(conditional=True)
    session.look_at("Other", lambda: LatentServer(pca, 16))
    window.wait(lambda: right.chooser.currentText() == "Other" and "15-NN" in right.figures.text())
    assert right.figures.text().startswith("told the labels · ")


def test_other_points_on_a_side_fill_it_however_large_those_before_were(window):
    left, right = sides(window)
    session = window.session
    pca = PCA.fit(session.dataset.train.images, 16, 2)
    session.look_at("Model", lambda: LatentServer(pca, 16))
    window.wait(lambda: placed(right).all())
    smaller = PCA.fit(session.dataset.train.images, 16, 2)
    smaller.components *= 0.75  # would be taken for the same points that have come a little closer
    session.look_at("Other", lambda: LatentServer(smaller, 16))
    window.wait(lambda: right.chooser.currentText() == "Other" and placed(right).all())
    window.wait(lambda: np.ptp(right.points.points, axis=0).max() < 0.8 * np.ptp(left.points.points, axis=0).max())

    def filled(side):
        x0, y0, x1, y1 = side.view.view_rect()
        return max(np.ptp(side.points.points, axis=0) / (x1 - x0, y1 - y0))

    assert filled(right) == pytest.approx(filled(left), rel=0.1)


def held_up(window):
    """Keeps the window's errands from going on; returns what lets them."""
    gate, begun = threading.Event(), threading.Event()

    def hold_up(_):
        begun.set()
        gate.wait(60)

    window.control.errands.run("Waiting", hold_up, lambda _: None, str)
    assert begun.wait(60)
    return gate


def test_weights_that_come_while_others_are_measured_have_their_turn(window):
    window.train("ae", steps=40)
    window.pause()
    figures = window.main.comparison.model_figures
    window.wait(lambda: figures.figures is not None and not figures._measuring)
    gate = held_up(window)
    figures.measure_if_wanted()
    window.wait(lambda: figures._measuring)
    placed = window.session.placed
    window.click(window.bar.step)
    window.wait(lambda: window.session.placed is not placed and window.session.placed.complete)
    gate.set()
    *_, newest = MeasureSplit(window.session.images.split.images).answers(window.server())
    window.wait(lambda: figures.figures.measured.mse == pytest.approx(newest.mse, rel=1e-6))


def test_figures_never_stand_beneath_another_model_of_the_same_name(window):
    """One model's figures are still being computed when the other is looked at."""
    _, right = sides(window)
    session, figures = window.session, window.main.comparison.model_figures
    pca = PCA.fit(session.dataset.train.images, 16, 2)
    other = PCA.fit(session.dataset.train.images, 16, 2)
    other.components *= 0.0  # explains nothing
    session.look_at("Model", lambda: LatentServer(pca, 16))
    gate = held_up(window)
    window.wait(lambda: figures._measuring)
    session.look_at("Model", lambda: LatentServer(other, 16))
    window.wait(lambda: session.placed is not None)
    gate.set()
    window.wait(lambda: figures.figures is not None)
    assert figures.figures.measured.explained < 0.01
    window.wait(lambda: f"variance explained {figures.figures.measured.explained:.1%}" in right.figures.text())


def test_cancelled_figures_of_pca_say_so_and_come_when_it_is_chosen_again(window, monkeypatch):
    left, _ = sides(window)
    window.wait(lambda: "variance explained" in left.figures.text())

    def endless(server, images, reporter):
        while not reporter.cancelled():
            reporter.progress("Measuring", 0.5)
            threading.Event().wait(0.01)
        raise Cancelled("Measuring was cancelled.")

    with monkeypatch.context() as patched:
        patched.setattr(pca_figures, "measure", endless)
        window.control.show_other_images(replace(window.session.view_config, points_shown=300))
        note = window.main.statusBar().findChild(BusyNote)
        window.wait(note._cancel.isVisible)
        window.click(note._cancel)
        window.wait(lambda: left.figures.text() == "Measuring was cancelled.")
    choose(left, "LDA")
    choose(left, "PCA")
    window.wait(lambda: "variance explained" in left.figures.text())


def test_the_lists_are_reached_by_keys(window):
    left, _ = sides(window)
    left.chooser.setFocus()
    QTest.keyClick(left.chooser, Qt.Key.Key_Down)
    assert left.chooser.currentText() == "Kernel PCA" and left.page.fit.isVisible()


def test_the_points_travel_from_one_side_to_the_other(window):
    comparison, (left, right) = window.main.comparison, sides(window)
    morph = comparison.morph
    QTest.keyClick(window.main, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert comparison.morphing.isChecked() and morph.view.isVisible() and not left.view.isVisible()
    assert not morph.slider.isEnabled() and "press Train" in morph._note.text()
    window.train("ae")
    window.pause()
    start, other = left.points.points, right.points.points
    window.wait(lambda: np.array_equal(morph.points.points, start))
    mass = start.mean(0)
    turned, scale = orthogonal_procrustes(other - other.mean(0), start - mass)[0], np.linalg.norm(start - mass)
    end = (other - other.mean(0)) @ turned * (scale / np.linalg.norm(other - other.mean(0))) + mass

    morph.slider.setFocus()
    for _ in range(3):
        QTest.keyClick(morph.slider, Qt.Key.Key_PageUp)
    assert morph.share == 0.3
    window.wait(lambda: np.allclose(morph.points.points, 0.7 * start + 0.3 * end, atol=1e-3))
    point = int(np.linalg.norm(morph.points.points - mass, axis=1).argmax())
    pixel = morph.view.frame.to_pixels(*map(float, morph.points.points[point]))
    Hand(morph.view.viewport()).move((pixel.x() + 40, pixel.y()), (pixel.x(), pixel.y()))
    assert window.session.hovered == point == window.main.scatter.points.ring == morph.points.ring
    Hand(morph.view.viewport()).click(pixel.x(), pixel.y())
    assert window.main.scatter.points.selected.tolist() == [point] == morph.points.selected.tolist()

    shares = []
    morph.slider.valueChanged.connect(shares.append)
    window.click(morph.play)
    window.wait(lambda: morph.share == 1 and np.allclose(morph.points.points, end, atol=1e-3))
    assert len(shares) > 10 and shares == sorted(shares)
    window.click(morph.play)
    window.wait(lambda: morph.share < 0.9)
    window.click(morph.play)  # rests
    rests = morph.share
    window.qtbot.wait(100)
    assert morph.share == rests
    window.click(comparison.morphing)
    assert left.view.isVisible() and not morph.view.isVisible()
