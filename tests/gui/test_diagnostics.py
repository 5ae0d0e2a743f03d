"""The diagnostics panel in the real window: what it shows is what core computes, and it is in nobody's way."""

import time
from dataclasses import replace

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from latentlab.core.evaluation import EvaluationConfig, evaluate
from latentlab.core.figures import Figure
from latentlab.core.latent_use import Latent
from latentlab.core.runs import load
from latentlab.gui import evaluating
from latentlab.gui.evaluating import QUICK
from tests.gui.window import opened

FEW = EvaluationConfig(train_images=500, quadrature=True, likelihood_images=50, samples=1)
LONG = EvaluationConfig(samples=10_000)


@pytest.fixture
def window(shared_window):
    """The window that the tests share, without a run."""
    samples = shared_window.main.diagnostics.likelihood.samples
    offered = samples.currentIndex()
    shared_window.main.evaluating.thorough = FEW
    shared_window.main.bring_up("diagnostics")
    shared_window.control.look_at_none()
    yield shared_window
    samples.setCurrentIndex(offered)
    shared_window.forget_runs()
    shared_window.put_back()


def seen(window):
    """Waits for an evaluation and returns it."""
    window.wait(lambda: window.main.evaluating.newest is not None and not window.main.evaluating.busy)
    return window.main.evaluating.newest


def test_before_training_it_says_what_to_do(window):
    panel = window.main.diagnostics
    assert panel.empty.isVisible() and panel.empty.text().startswith("PCA has nothing to diagnose. Press Train")
    assert not panel.button.isEnabled()


def test_the_button_evaluates_the_newest_weights(window):
    window.train("vae", steps=60)
    window.pause()
    panel = window.main.diagnostics
    assert window.main.evaluating.newest is None  # a rest is no end
    panel.likelihood.samples.setFocus()
    QTest.keyClicks(panel.likelihood.samples, "50")
    window.click(panel.button)
    evaluated = seen(window)
    ours = evaluate(window.server().source, window.session.dataset, replace(FEW, importance_samples=50))
    assert evaluated.step == window.control.newest.step
    assert [figure.name for figure in evaluated.evaluation.figures] == [figure.name for figure in ours.figures]
    for shown, expected in zip(evaluated.evaluation.figures, ours.figures, strict=True):
        assert shown.value == pytest.approx(expected.value, rel=1e-3, abs=1e-4), shown.name
    for figure in evaluated.evaluation.figures:
        assert f"{figure.title}\t{figure.number()}" in panel.table.text()
    assert panel.note.text() == f"As of step {evaluated.step:,} · over 360 test images"
    assert panel.bars.isVisible() and panel.content.isEnabled()


def test_it_comes_by_itself_when_training_is_done_and_when_a_run_is_opened(qtbot, tmp_path, monkeypatch):
    asked = []
    real = evaluating.Evaluating.evaluate

    def evaluate(self, config):
        asked.append(config)
        real(self, config)

    monkeypatch.setattr(evaluating.Evaluating, "evaluate", evaluate)
    folder = tmp_path / "run"
    with opened(qtbot) as window:
        window.choose("ae", epochs=1)
        window.click(window.bar.train)
        window.wait(lambda: window.control.state == "finished")
        first = seen(window)
        assert asked == [QUICK]
        assert "Squared error" in window.main.diagnostics.table.text()
        assert not window.main.diagnostics.bars.isVisible()  # an autoencoder has no KL
        window.control.save(folder)
        window.wait(lambda: (folder / "config.json").exists() and not window.control.unsaved)
        assert window.main.evaluating.newest is first  # a name changes nothing
    with opened(qtbot, run=folder) as window:
        again = seen(window)
        assert again.step == first.step == load(folder).step
        assert again.evaluation.mse == pytest.approx(first.evaluation.mse)


def test_the_likelihood_is_offered_where_there_is_one(window):
    row = window.main.diagnostics.likelihood
    assert not row.samples.isVisible() and not row.words()
    window.train("ae", steps=10)
    window.pause()
    window.wait(lambda: "gives images no probability" in row.words())
    assert not row.samples.isVisible()
    window.train("vae", steps=10)
    window.pause()
    window.wait(row.samples.isVisible)
    assert "quadrature" in row.words()
    row.samples.setFocus()
    QTest.keyClicks(row.samples, "N")
    window.click(window.main.diagnostics.button)
    evaluation = seen(window).evaluation
    assert evaluation.value("nll_importance") is None and evaluation.value("nll_quadrature") is not None
    row.offer(False)
    assert "quadrature" not in row.words()


def test_a_model_that_has_run_away_is_a_sentence_where_the_figures_would_be(window):
    window.train("vae", steps=10)
    window.pause()
    newest = window.control.newest
    window.control.run.newest = replace(newest, weights={name: 1e30 * each for name, each in newest.weights.items()})
    panel = window.main.diagnostics
    window.click(panel.button)
    window.wait(lambda: "smaller learning rate" in panel.empty.text())
    assert panel.empty.isVisible() and panel.empty.text() in window.main.messages.text()


def test_what_is_wrong_is_said_in_plain_words_with_the_remedy(window):
    window.train("vae", steps=600)  # its latents say nothing at first
    window.pause()
    newest, panel = window.control.newest, window.main.diagnostics
    window.click(panel.button)
    seen(window)
    assert "collapsed" not in panel.findings.text()
    # An encoder that says the same of every image.
    silent = {name: 0 * each if name.startswith("encoder.") else each for name, each in newest.weights.items()}
    window.control.run.newest = replace(newest, weights=silent)
    before = window.main.evaluating.newest
    window.click(panel.button)
    window.wait(lambda: window.main.evaluating.newest is not before)
    (collapse,) = (each for each in seen(window).evaluation.findings if each.name == "posterior_collapse")
    lines = panel.findings.text().splitlines()
    assert lines[lines.index(collapse.sentence) + 1] == collapse.remedy
    assert collapse.sentence.startswith("The posterior has collapsed") and "warm-up" in collapse.remedy


def test_figures_of_older_weights_are_grey_and_those_of_another_run_are_gone(window):
    window.train("vae", steps=30)
    window.pause()
    window.click(window.main.diagnostics.button)
    step = seen(window).step
    window.click(window.bar.step)
    panel = window.main.diagnostics
    window.wait(lambda: not panel.content.isEnabled())
    assert panel.note.text() == f"As of step {step:,}; now {step + 1:,} · over 360 test images"
    window.control.load_data(window.control.data, window.session.view_config)
    window.wait(lambda: window.control.run is None and panel.empty.isVisible())
    assert panel.empty.text().startswith("PCA")


def test_each_run_has_its_own_figures_and_a_run_at_rest_gets_its_first_when_it_is_chosen(window, monkeypatch):
    window.train("vae", steps=30)
    window.pause()
    vae = window.control.run
    window.choose("ae", epochs=1)
    window.click(window.bar.train)
    window.wait(lambda: window.control.run is not vae and window.control.state == "finished")
    ae, of_ae = window.control.run, seen(window)
    window.control.choose(vae)
    assert window.main.evaluating.newest is None
    of_vae = seen(window)
    assert of_vae.step == vae.newest.step and "KL" in window.main.diagnostics.table.text()
    asked = []
    monkeypatch.setattr(evaluating.Evaluating, "evaluate", lambda *_: asked.append(1))
    window.control.choose(ae)
    assert window.main.evaluating.newest is of_ae and "KL" not in window.main.diagnostics.table.text()
    window.qtbot.wait(50)
    window.control.choose(vae)
    assert window.main.evaluating.newest is of_vae and not asked


def test_it_can_be_cancelled_and_shows_its_progress(window):
    window.train("vae", steps=30)
    window.pause()
    window.main.evaluating.thorough = LONG
    panel = window.main.diagnostics
    window.click(panel.button)
    assert panel.empty.text() == "Evaluating…" and not panel.likelihood.isVisible()
    window.wait(panel.busy_note.isVisible)
    window.wait(panel.busy_note._cancel.isVisible)
    window.click(panel.busy_note._cancel)
    window.wait(lambda: not window.main.evaluating.busy)
    assert window.main.evaluating.newest is None
    window.wait(lambda: not panel.busy_note.isVisible())
    assert panel.empty.text().startswith("Press Evaluate") and panel.likelihood.isVisible()


def test_it_waits_while_the_hand_is_busy(window, monkeypatch):
    monkeypatch.setattr(evaluating, "_HAND_SECONDS", 2.0)  # however long the window takes between two moves
    window.train("vae", steps=30)
    window.pause()
    window.main.evaluating.thorough = LONG
    told = []
    window.main.evaluating.errands.progressed.connect(lambda *_: told.append(time.perf_counter()))
    window.click(window.main.diagnostics.button)
    window.wait(lambda: len(told) > 5)
    window.session.move_probe((0.5, 0.0))
    QTest.qWait(100)  # the piece of work in hand has ended, and what was told before is heard
    heard = len(told)
    for step in range(20):
        window.session.move_probe((0.01 * step, 0.0))
        QTest.qWait(20)
    assert len(told) <= heard + 1
    before = len(told)
    window.wait(lambda: len(told) > before + 3)
    window.main.evaluating.cancel()
    window.wait(lambda: not window.main.evaluating.busy)


def test_training_goes_on_and_is_not_changed(window):
    window.train("vae", steps=30)
    window.click(window.main.diagnostics.button)
    before = window.control.newest.step
    evaluated = seen(window)
    window.wait(lambda: window.control.newest.step > max(before, evaluated.step) + 20)
    assert window.control.state == "running" and not window.main.diagnostics.content.isEnabled()


def test_closing_while_it_works_does_not_wait_for_its_end(qtbot):
    with opened(qtbot) as window:
        window.main.bring_up("diagnostics")
        window.train("vae", steps=30)
        window.pause()
        window.main.evaluating.thorough = LONG
        window.click(window.main.diagnostics.button)
        began = time.perf_counter()
        window.close()
        assert time.perf_counter() - began < 30  # the evaluation would take minutes


def test_bars_are_as_high_as_what_latents_carry(qtbot):
    from latentlab.gui.widgets.kl_bars import KLBars

    bars = KLBars()
    qtbot.addWidget(bars)
    bars.resize(200, 120)
    bars.show_latents([Latent(2.0, 0.1, 0.9), Latent(0.001, 0.0, 1e-5), Latent(1.0, 0.1, 0.5)])
    with qtbot.waitExposed(bars):
        bars.show()
    heights = [bars.bar(index).height() for index in range(3)]
    assert heights[0] == pytest.approx(2 * heights[2]) and heights[1] < 1
    assert bars.caption() == "× 1 inactive"
    assert [bars.latent_at(bars.bar(index).center().x()) for index in range(3)] == [0, 1, 2]
    spot = QPoint(round(bars.bar(1).center().x()), 60)
    QApplication.sendEvent(bars, QHelpEvent(QHelpEvent.Type.ToolTip, spot, bars.mapToGlobal(spot)))
    assert QToolTip.text().startswith("z2, inactive: 0.001")
    QToolTip.hideText()
    picture = bars.grab().toImage()
    column = [picture.pixelColor(spot.x(), y).name() for y in range(picture.height())]
    assert len(set(column)) > 3  # the cross over the inactive one
    bars.show_latents([Latent(0.001, 0.0, 1e-5)])
    assert bars.bar(0).height() < 2  # nothing does not fill the chart
    bars.show_latents([])
    bars.grab()


def test_number_of_digits_follows_the_error():
    def number(value, error=None):
        return Figure("name", "Name", "Codes", value, error).number()

    assert number(140.8912, 0.4812) == "140.89 ± 0.48"
    assert number(0.03752, 0.000187) == "0.03752 ± 0.00019"
    assert number(1234.5, 12.0) == "1,234 ± 12" and number(12.0) == "12" and number(0.0686) == "0.0686"
    assert number(1.0, 0.0) == "1 ± 0"
    assert number(2.517e12, 5.4e10) == "2.52e+12 ± 5e+10" and number(-1e9) == "-1e+09"
