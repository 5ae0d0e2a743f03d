"""The figures of panels as tables: what is copied and saved is what the window knows, with all its digits."""

import csv
import io

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from latentlab.gui.evaluating import QUICK
from tests.gui.several_runs import train_two

PANELS = ("curves", "runs", "diagnostics")


@pytest.fixture
def window(window_of_runs, monkeypatch, tmp_path):
    """The window that the tests of a file share, without a run; files go to a folder of the test's own."""
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda window, title, start, kinds: (str(tmp_path / "figures.csv"), kinds)
    )
    return window_of_runs


def entry(window, panel, text):
    """An entry of the menu of a panel's picture button."""
    (action,) = (action for action in panel._picture_button.menu().actions() if action.text() == text)
    return action


def saved(path):
    """The rows of a table that was saved."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_panels_with_figures_offer_them(window):
    offer = {
        name
        for name, panel in window.main.panels.items()
        if panel.has_picture and "Save figures…" in [each.text() for each in panel._picture_button.menu().actions()]
    }
    assert offer == set(PANELS)
    (view,) = (action.menu() for action in window.main.menuBar().actions() if action.text() == "&View")
    view.aboutToShow.emit()
    (menu,) = (action.menu() for action in view.actions() if action.text() == "Save &figures of")
    assert [action.text() for action in menu.actions()] == ["Curves…", "Runs…", "Diagnostics…"]


@pytest.mark.parametrize("name", PANELS)
def test_before_there_are_figures_it_says_so(window, tmp_path, record, name):
    panel = window.main.panels[name]
    said = record(panel.said)
    for text in ("Copy figures", "Save figures…"):
        entry(window, panel, text).trigger()
    assert said == [(f"{panel.title} has no figures yet.",)] * 2
    assert not list(tmp_path.glob("**/figures*"))


def test_curves_are_the_histories_of_the_checked_runs(window, tmp_path):
    train_two(window)
    window.pause()
    runs = list(window.control.runs)
    entry(window, window.main.curves, "Save figures…").trigger()
    rows = saved(tmp_path / "figures.csv")
    assert [row["run"] for row in rows] == [run.title for run in runs for _ in run.history]
    history = [row for run in runs for row in run.history]
    assert [float(row["total"]) for row in rows] == [row.figures["total"] for row in history]
    assert [(int(row["step"]), row["split"]) for row in rows] == [(row.step, row.split) for row in history]
    window.control.runs.plot(runs[0], False)
    entry(window, window.main.curves, "Copy figures").trigger()
    pasted = list(csv.DictReader(io.StringIO(QGuiApplication.clipboard().text(), newline=""), delimiter="\t"))
    assert {row["run"] for row in pasted} == {runs[1].title}


def test_runs_are_a_row_each_with_their_settings(window, tmp_path):
    first, second = train_two(window)
    window.pause()
    entry(window, window.main.runs, "Save figures…").trigger()
    rows = saved(tmp_path / "figures.csv")
    assert [row["run"] for row in rows] == [first.title, second.title]
    assert [row["model"] for row in rows] == ["VAE", "AE"]
    assert [row["model.hidden"] for row in rows] == ["32", "32"]
    assert rows[0]["model.binarisation"] == first.settings.model.binarisation and rows[1]["model.binarisation"] == ""
    assert int(rows[0]["step"]) == first.history[-1].step


def test_diagnostics_are_figures_with_their_errors(window, tmp_path):
    window.train("vae", steps=40)
    window.pause()
    window.main.evaluating.evaluate(QUICK)
    window.wait(lambda: window.main.evaluating.newest is not None and not window.main.evaluating.busy)
    evaluated = window.main.evaluating.newest
    entry(window, window.main.diagnostics, "Save figures…").trigger()
    rows = saved(tmp_path / "figures.csv")
    figures = evaluated.evaluation.figures
    assert [(row["figure"], float(row["value"])) for row in rows[: len(figures)]] == [
        (figure.name, figure.value) for figure in figures
    ]
    assert len(rows) == len(figures) + len(evaluated.evaluation.latents)
    assert {(row["run"], row["step"]) for row in rows} == {(window.control.run.title, str(evaluated.step))}


@pytest.mark.parametrize(
    "name, sentence", [("figures.png", "are saved as .csv; choose such a name."), ("nowhere/figures.csv", "could not")]
)
def test_figures_that_cannot_be_saved_are_one_sentence(window, tmp_path, monkeypatch, name, sentence):
    window.train("vae", steps=20)
    window.pause()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / name), ""))
    entry(window, window.main.curves, "Save figures…").trigger()
    assert sentence in window.main.messages.text()
    assert not list(tmp_path.glob("**/figures*"))
