"""Curves of several runs: what is the same quantity stands in one plot, and dots leave lines to be seen."""

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QEvent, QObject

from latentlab.gui.colours import LIGHT
from latentlab.gui.widgets.curve_columns import thinned
from latentlab.gui.widgets.curve_plot import CurvePlot
from tests.gui.several_runs import click_row, rename


@pytest.fixture
def window(window_of_runs):
    return window_of_runs


def rows(run, split, *names):
    return [sum(row.figures[name] for name in names) for row in run.history if row.split == split]


def train(window, model, epochs):
    window.train(model, steps=0, epochs=epochs)
    run = window.control.run
    window.wait(lambda: run.state == "finished" and len(rows(run, "test", "total")) == epochs)
    return run


def titles(window):
    return [plot._title for plot in window.main.curves._plots.values()]


def drawn(window, name, split, run):
    return window.main.curves.drawn(name, split, run)[1].tolist()


def test_a_weighted_objective_is_drawn_apart_from_the_bound(window):
    beta = train(window, "beta_vae", 3)
    window.wait(lambda: titles(window) == ["Objective", "−ELBO", "Reconstruction", "KL"])
    window.wait(lambda: drawn(window, "−ELBO", "test", beta) == rows(beta, "test", "total"))
    assert drawn(window, "total", "train", beta) == rows(beta, "train", "total")
    assert drawn(window, "total", "test", beta) == []
    line = drawn(window, "−ELBO", "train", beta)
    np.testing.assert_allclose(line, rows(beta, "train", "reconstruction", "kl"))
    assert not np.allclose(line, rows(beta, "train", "total"))


def test_beside_it_a_plain_run_is_drawn_in_the_same_way_and_alone_as_ever(window):
    plain = train(window, "vae", 2)
    window.wait(lambda: drawn(window, "total", "test", plain) == rows(plain, "test", "total"))
    assert titles(window) == ["Objective", "Reconstruction", "KL"]
    beta = train(window, "beta_vae", 2)
    window.wait(lambda: drawn(window, "−ELBO", "test", beta) == rows(beta, "test", "total"))
    window.wait(lambda: drawn(window, "−ELBO", "test", plain) == rows(plain, "test", "total"))
    assert drawn(window, "total", "test", plain) == []
    np.testing.assert_allclose(drawn(window, "−ELBO", "train", plain), rows(plain, "train", "total"), rtol=1e-5)
    click_row(window, beta, "check")
    window.wait(lambda: drawn(window, "total", "test", plain) == rows(plain, "test", "total"))
    assert titles(window) == ["Objective", "Reconstruction", "KL"]


def test_the_legend_calls_runs_as_they_are_called_now(window, tmp_path):
    first, second = train(window, "vae", 1), train(window, "ae", 1)
    legend = window.main.curves.legend
    window.wait(lambda: legend.isVisible() and "VAE" in legend.text())
    rename(window, first, "Ada")
    window.wait(lambda: "Ada" in legend.text() and "VAE" not in legend.text())
    assert window.control.run is first  # whose new name is told of otherwise than that of the others
    rename(window, first, "Bea")
    window.wait(lambda: "Bea" in legend.text() and "Ada" not in legend.text())
    click_row(window, second)
    window.control.save(tmp_path / "Cleo")
    window.wait(lambda: "Cleo" in legend.text())
    assert "AE" not in legend.text()
    click_row(window, first)
    window.control.keeping.save_in(second, tmp_path / "Dora")
    window.wait(lambda: second.folder == tmp_path / "Dora" and second.title in legend.text())
    assert "Cleo" not in legend.text()


@pytest.mark.parametrize(
    "count, width, marked",
    [
        (0, 100.0, []),
        (1, 0.0, [0]),
        (5, 40.0, [0, 1, 2, 3, 4]),  # ten pixels apart
        (5, 20.0, [0, 2, 4]),
        (7, 24.0, [0, 4, 6]),
        (10, 36.0, [0, 4, 9]),  # the one before the last is too near
        (300, 0.0, [0, 299]),
    ],
)
def test_dots_are_thinned_to_a_pitch(count, width, marked):
    assert thinned(count, width, 9.0).tolist() == marked


def test_dots_stay_where_they_are_while_others_are_added():
    assert set(thinned(64, 300.0, 9.0)[:-2]) <= set(thinned(70, 330.0, 9.0))


@pytest.fixture
def layout(qtbot):
    import pyqtgraph as pg

    layout = pg.GraphicsLayoutWidget()
    qtbot.addWidget(layout)
    layout.resize(400, 200)
    with qtbot.waitExposed(layout):
        layout.show()
    return layout


@pytest.fixture
def plot(layout):
    plot = CurvePlot(layout.addPlot(), "Objective", LIGHT, last=True)
    plot.add("run", "#0000ff", "#000000")
    return plot


def test_the_dots_of_a_long_training_leave_its_line_to_be_seen(qtbot, layout, plot):
    def show(count):
        epochs = np.arange(1.0, count + 1)
        plot.show({("run", "train"): (epochs, 5 / epochs), ("run", "test"): (epochs, 6 / epochs)}, 1.25 * count)
        return plot.dots("run")

    epochs, sizes = show(10)
    assert epochs.tolist() == list(range(1, 11)) and len(set(sizes)) == 1
    full = sizes[0]
    epochs, sizes = show(200)
    per_epoch = plot.item.vb.width() / 250
    assert epochs[-1] == 200 and sizes[-1] == full and (sizes[:-1] < full).all()
    assert np.diff(epochs[:-1]).min() * per_epoch >= 9 and len(epochs) > 10
    assert len(plot.drawn(("run", "test"))[0]) == 200
    layout.resize(1600, 200)
    qtbot.waitUntil(lambda: len(plot.dots("run")[0]) > 2 * len(epochs))
    values = np.full(3, np.nan)
    plot.show({("run", "test"): (np.arange(3.0), values)}, 3.0)
    assert len(plot.dots("run")[0]) == 0


def test_dots_are_drawn_anew_where_there_are_others(plot):
    told = []
    plot._dots["run"].sigPlotChanged.connect(lambda: told.append(plot.dots("run")[0].tolist()))

    def show(rows, tests):
        plot.show({("run", "train"): (np.arange(rows) / 4, np.arange(rows) + 1.0), ("run", "test"): tests}, 10.0)

    show(4, (np.array([1.0]), np.array([3.0])))
    show(6, (np.array([1.0]), np.array([3.0])))
    assert told == [[1.0]]
    show(8, (np.array([1.0, 2.0]), np.array([3.0, 2.0])))
    assert told == [[1.0], [1.0, 2.0]]
    show(9, (np.array([1.0, 2.0]), np.array([3.0, 2.5])))
    assert len(told) == 3  # another value


def test_new_axes_have_a_plot_painted_once(qtbot, layout, plot):
    painted = []

    class Watch(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Paint:
                painted.append(plot.item.viewRange()[0])
            return False

    watch = Watch()
    qtbot.wait(100)
    layout.viewport().installEventFilter(watch)
    for rows, right in ((400, 5.0), (410, 5.0), (600, 10.0), (610, 30.0), (620, 10.0)):
        painted.clear()
        epochs = np.arange(1, rows) / 100
        plot.show({("run", "train"): (epochs, 5 / epochs), ("run", "test"): (epochs[::100], 6 / epochs[::100])}, right)
        qtbot.waitUntil(lambda: bool(painted))
        qtbot.wait(100)
        assert painted == [[0.0, right]]
