"""The Samples panel in the real window: sheets from a prior, from codes, and the prior that is trained for them."""

import shutil

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from latentlab.core import runs
from latentlab.core.point_cloud import PointCloud
from latentlab.core.sampling import SHEET, DrawSamples
from latentlab.gui import prior_control
from tests.gui.conftest import Hand
from tests.gui.window import opened, save_trained


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Runs that the tests open copies of: model -> folder."""
    home = tmp_path_factory.mktemp("runs")
    return {model: save_trained(home / model, model) for model in ("vae", "cvae", "vqvae", "vqvae-1x1")}


@pytest.fixture
def window(shared_window):
    """The window that the tests share, without a run; the panel follows without the pause that spares the eye."""
    panel = shared_window.main.samples
    panel._timer.setInterval(20)
    panel.number.set_value(1)
    panel.temperature.set_value(1.0)
    shared_window.main.bring_up("samples")
    shared_window.control.look_at_none()
    yield shared_window
    shared_window.forget_runs()
    panel.classes.setCurrentIndex(0)
    panel.fits.setChecked(False)
    shared_window.put_back()


@pytest.fixture
def rest(window, folders, tmp_path):
    """Opens a model that has learned a little and rests; returns its run once the panel shows samples of it."""

    def open_run(model):
        folder = tmp_path / model
        run = window.open(shutil.copytree(folders[model], folder))
        window.wait(lambda: drawn_samples(window) is not None and drawn_samples(window).sampler)
        settle(window)
        return run

    return open_run


def drawn_samples(window):
    """What the panel shows by now."""
    return window.main.samples.samples


def settle(window):
    """Waits until the sheet is of the newest weights, which rest, and of what the panel's fields say."""
    wanted = expected(window)
    window.wait(lambda: same(drawn_samples(window), wanted))


def expected(window, server=None, **changes):
    """The sheet that the panel should show, drawn by an independent server."""
    panel = window.main.samples
    classes = tuple(range(10))
    request = {"seed": panel.number.value(), "temperature": panel.temperature.value(), "classes": classes}
    wanted = DrawSamples(**{**request, "prior": window.main.prior.learned, **changes})
    *_, samples = wanted.answers(server or window.server())
    return samples


def same(samples, others):
    return (
        samples is not None
        and samples.sampler == others.sampler
        and np.array_equal(samples.images, others.images)
        and (samples.uniform is None) == (others.uniform is None)
    )


def with_points(window):
    """An independent server of the newest weights, with all shown points encoded."""
    server, split = window.server(), window.session.images.split
    server.cloud = PointCloud(split.images, split.labels)
    while server.cloud.stale:
        server.cloud.encode_some(server, 1.0)
    return server


def shows_fitted(window, **changes):
    """The sheets are those of the newest weights and of a normal that is fitted to all points' codes under them."""
    samples, wanted = drawn_samples(window), expected(window, with_points(window), **changes)
    if samples is None or samples.fitted is None or samples.sampler != wanted.sampler:
        return False
    # The points were encoded in other parts, which round otherwise.
    pairs = (samples.images, wanted.images), (samples.fitted, wanted.fitted)
    return all(np.abs(shown.astype(int) - other).max() <= 1 for shown, other in pairs)


def test_pca_is_sampled_without_a_prior(window):
    panel = window.main.samples
    window.wait(lambda: panel.words_of_none.isVisible() and panel.words_of_none.text().startswith("PCA has no prior"))
    window.wait(lambda: panel.beside.isVisible() and panel.beside.grid.count() == panel.sheet.grid.count() == SHEET)
    assert not panel.bar_of_prior.isVisible() and not panel.fits.isVisible()
    assert panel.number.isVisible() and panel.temperature.isVisible()


def test_an_autoencoder_is_sampled_as_an_experiment_that_follows_its_codes(window):
    panel = window.main.samples
    window.train("ae")
    window.pause()
    window.wait(lambda: shows_fitted(window))
    assert panel.words_of_none.isVisible() and panel.words_of_none.text().startswith("AE has no prior")
    assert panel.beside.isVisible() and not panel.fits.isVisible()
    before = drawn_samples(window)
    window.click(window.bar.step)
    window.wait(lambda: not np.array_equal(drawn_samples(window).fitted_latents, before.fitted_latents))
    np.testing.assert_array_equal(drawn_samples(window).latents, before.latents)
    window.wait(lambda: shows_fitted(window))


def test_a_click_on_a_fitted_sample_puts_the_probe_there(window):
    panel = window.main.samples
    window.train("ae")
    window.pause()
    window.wait(lambda: shows_fitted(window))
    click(panel.sheet.grid, 2)
    np.testing.assert_allclose(window.session.exploration.probe, drawn_samples(window).latents[2], atol=1e-6)
    click(panel.beside.grid, 7)
    expected_probe = drawn_samples(window).fitted_latents[7]
    np.testing.assert_allclose(window.session.exploration.probe, expected_probe, atol=1e-6)
    assert panel.beside.grid.selected() == 7 and panel.sheet.grid.selected() is None


def click(grid, place):
    centre = grid.image_rect(place).center()
    Hand(grid.viewport()).click(centre.x(), centre.y())


def test_a_normal_beside_a_prior_where_it_is_wanted(window, rest):
    rest("vae")
    panel, alone = window.main.samples, drawn_samples(window)

    size = window.main.size()
    window.main.resize(1600, size.height())  # at less, the docks beside it may need the room

    def is_wide() -> bool:
        # In a narrow panel the button would be in a menu. While docks are still finding their places, Qt does not heed
        # what is asked.
        window.main.resizeDocks([window.main.dock("samples")], [600], Qt.Orientation.Horizontal)
        return panel.fits.isVisible()

    window.wait(is_wide)
    assert not panel.beside.isVisible() and not panel.words_of_none.isVisible()
    window.click(panel.fits)
    window.wait(lambda: shows_fitted(window, fitted=True))
    assert panel.beside.isVisible() and not panel.words_of_none.isVisible()
    np.testing.assert_array_equal(drawn_samples(window).images, alone.images)
    window.click(panel.fits)
    window.wait(lambda: drawn_samples(window).fitted is None)
    assert not panel.beside.isVisible()
    window.main.resize(size)


@pytest.mark.parametrize("model", ["cvae", "vqvae"])
def test_other_samplers_are_not_fitted(window, rest, model):
    window.main.samples.fits.setChecked(True)  # it was chosen for a VAE before
    rest(model)
    assert drawn_samples(window).fitted is None
    assert not window.main.samples.fits.isVisible() and not window.main.samples.words_of_none.isVisible()


def test_a_vae_is_sampled_while_it_trains(window):
    window.train("vae")
    window.wait(lambda: drawn_samples(window) is not None and drawn_samples(window).sampler == "prior")
    first = drawn_samples(window)
    window.wait(lambda: not np.array_equal(drawn_samples(window).images, first.images))
    window.pause()
    settle(window)


def test_new_samples_by_button_key_and_number(window, rest):
    rest("vae")
    panel, first = window.main.samples, drawn_samples(window)
    QTest.keyClick(window.main, Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    assert panel.number.value() == 2
    settle(window)
    assert not np.array_equal(drawn_samples(window).images, first.images)
    panel.number.lineEdit().selectAll()
    QTest.keyClicks(panel.number, "1")
    QTest.keyClick(panel.number, Qt.Key.Key_Return)
    settle(window)
    np.testing.assert_array_equal(drawn_samples(window).images, first.images)


def test_temperature_makes_samples_bolder(window, rest):
    rest("vae")
    panel = window.main.samples
    latents = drawn_samples(window).latents
    panel.temperature.lineEdit().selectAll()
    QTest.keyClicks(panel.temperature, "2")
    QTest.keyClick(panel.temperature, Qt.Key.Key_Return)
    settle(window)
    np.testing.assert_allclose(drawn_samples(window).latents, 2 * latents)


def test_clicking_a_sample_puts_the_probe_where_it_comes_from(window, rest):
    rest("vae")
    grid, place = window.main.samples.sheet.grid, 5
    click(grid, place)
    np.testing.assert_allclose(window.session.exploration.probe, drawn_samples(window).latents[place])
    assert grid.selected() == place


def test_classes_in_rows_or_one_of_them_by_the_class_chooser(window, rest):
    rest("cvae")
    panel, every = window.main.samples, drawn_samples(window)
    assert panel.classes.isVisible() and panel.classes.count() == 11
    assert every.classes == tuple(range(10)) and len(every.images) == 10 * len(every.latents)
    assert panel.sheet.strip.isVisible() and panel.sheet.strip.count() == len(every.latents)
    assert panel.sheet.strip.accessibleDescription().endswith("rows: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9")
    panel.classes.setFocus()
    QTest.keyClick(panel.classes, Qt.Key.Key_4)
    assert panel.classes.currentText() == "4"
    window.wait(lambda: drawn_samples(window).classes == (4,))
    one = drawn_samples(window)
    np.testing.assert_array_equal(one.images, expected(window, classes=(4,)).images)
    fours = window.server().decode(one.latents, np.full(len(one.latents), 4)).astype(int)
    assert np.abs(one.images.astype(int) - fours).max() <= 1 < len(one.images)


def begin_prior(window, epochs):
    panel = window.main.samples
    for name, number in (("epochs", epochs), ("width", 8)):
        field = panel.bar_of_prior.fields[name]
        field.lineEdit().selectAll()
        QTest.keyClicks(field, str(number))
    window.click(panel.bar_of_prior.train)
    assert window.main.prior.state == prior_control.TRAINING


@pytest.mark.parametrize("model", ["vqvae", "vqvae-1x1"])
def test_a_prior_is_trained_shown_kept_and_past_when_the_model_trains_on(window, rest, model):
    folder = rest(model).folder
    panel, prior = window.main.samples, window.main.prior
    assert drawn_samples(window).sampler == "codes" and drawn_samples(window).uniform is None
    assert "every code is drawn by itself" in panel.bar_of_prior.sentence()
    assert panel.number.isVisible() and not panel.temperature.isVisible()  # uniform codes have none
    begin_prior(window, epochs=2)
    window.wait(lambda: prior.state == prior_control.LEARNED)
    settle(window)
    assert panel.temperature.isVisible()
    assert panel.beside.isVisible() and panel.beside.grid.count() == len(drawn_samples(window).images)
    figures = prior.learned.figures
    assert prior.learned.epochs == 2 and figures.in_words() in panel.bar_of_prior.sentence()
    window.wait(lambda: (folder / "prior.safetensors").exists())
    window.wait(lambda: runs.load(folder).prior is not None)
    assert runs.load(folder).prior.figures == figures
    window.click(window.bar.step)
    window.wait(lambda: prior.state == prior_control.STALE)
    window.wait(lambda: drawn_samples(window).uniform is None)
    assert "Train the prior anew" in panel.bar_of_prior.sentence()
    window.control.save_now()
    window.wait(lambda: not (folder / "prior.safetensors").exists())


def learn_and_close(window, run):
    """Learns a prior that is saved with the run, closes the run and returns what was learned."""
    begin_prior(window, epochs=1)
    window.wait(lambda: window.main.prior.state == prior_control.LEARNED)
    learned = window.main.prior.learned
    window.control.forget(run)
    return learned


def test_an_opened_run_brings_its_prior(window, rest):
    run = rest("vqvae")
    learned = learn_and_close(window, run)
    window.open(run.folder)
    window.wait(lambda: drawn_samples(window) is not None and drawn_samples(window).uniform is not None)
    assert window.main.prior.learned is not learned and window.main.prior.learned.figures == learned.figures
    settle(window)


def test_a_prior_that_was_saved_and_is_broken_is_a_sentence(window, rest):
    run = rest("vqvae")
    learn_and_close(window, run)
    (run.folder / "prior.safetensors").write_bytes(b"nothing")
    window.open(run.folder)
    assert "is damaged; train the prior anew" in window.main.messages.text()
    assert window.main.prior.state == prior_control.NONE and window.main.prior.may_train


def test_pause_go_on_and_stop_keep_what_was_learned(window, rest):
    rest("vqvae")
    panel, prior = window.main.samples, window.main.prior
    begin_prior(window, epochs=1000)
    window.wait(lambda: prior.learned is not None)
    assert panel.bar_of_prior.stop.isVisible() and not panel.bar_of_prior.train.isVisible()
    window.click(panel.bar_of_prior.pause)
    assert prior.state == prior_control.PAUSED
    window.click(panel.bar_of_prior.pause)
    so_far = prior.learned.epochs
    window.wait(lambda: prior.learned.epochs > so_far)
    window.click(panel.bar_of_prior.stop)
    window.wait(lambda: prior.state == prior_control.LEARNED)
    assert 0 < prior.learned.epochs < 1000
    assert panel.bar_of_prior.train.isVisible()


def test_training_the_model_gives_up_a_prior_that_trains(window, rest):
    rest("vqvae")
    prior = window.main.prior
    begin_prior(window, epochs=1000)
    window.click(window.bar.train)
    window.wait(lambda: prior.state == prior_control.NONE and window.control.state == "running")
    assert not window.main.samples.bar_of_prior.train.isEnabled()
    assert "pause training first" in window.main.samples.bar_of_prior.train.toolTip()
    window.pause()
    window.wait(window.main.samples.bar_of_prior.train.isEnabled)


def test_closing_the_window_ends_a_prior_in_training(qtbot, folders):
    with opened(qtbot, run=folders["vqvae"]) as window:
        window.main.bring_up("samples")
        window.wait(window.main.samples.bar_of_prior.train.isVisible)
        begin_prior(window, epochs=1000)
        window.close()
        assert window.main.prior.state != prior_control.TRAINING


def test_a_prior_goes_on_for_its_own_run_while_another_is_looked_at(window, rest):
    first = rest("vqvae")
    prior, bar = window.main.prior, window.main.samples.bar_of_prior
    begin_prior(window, epochs=1000)
    second = rest("vqvae-1x1")
    assert second is not first and prior.state == prior_control.NONE and prior.learned is None
    window.wait(lambda: bar.train.isVisible() and not bar.train.isEnabled())
    assert first.title in bar.train.toolTip()
    window.control.choose(first)
    assert prior.state == prior_control.TRAINING
    window.wait(lambda: bar.stop.isVisible() and prior.learned is not None)
    window.click(bar.stop)
    window.control.choose(second)
    said: list[str] = []
    window.main.statusBar().messageChanged.connect(said.append)
    window.wait(lambda: first.prior is not None)
    assert first.prior.step == first.newest.step and second.prior is None
    # The run is saved with its prior next, which the status bar may say before this thread looks again.
    window.wait(lambda: f"The prior of “{first.title}” is learned." in said)
    assert prior.state == prior_control.NONE
    window.wait(lambda: bar.train.isVisible() and bar.train.isEnabled())
    window.control.choose(first)
    assert prior.state == prior_control.LEARNED and prior.learned is first.prior


def test_closing_a_run_gives_up_the_prior_that_is_trained_for_it(window, rest):
    first = rest("vqvae")
    begin_prior(window, epochs=1000)
    rest("vae")
    assert not window.main.prior.may_train
    window.control.forget(first)
    assert window.main.prior.may_train and window.main.prior.state == prior_control.NONE


def test_a_failure_is_a_sentence(window, rest, monkeypatch):
    from latentlab.core.prior_training import PriorTrainer

    rest("vqvae")

    def fail(*_):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(PriorTrainer, "advance", fail)
    begin_prior(window, epochs=2)
    window.wait(lambda: "Training the prior stopped: out of luck" in window.main.messages.text())
    assert window.main.prior.state == prior_control.NONE
    settle(window)
