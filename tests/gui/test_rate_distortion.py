"""Rate against distortion: the switch, what is drawn of which runs, and what the hand learns and does there."""

import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolTip

from latentlab.gui import theme
from latentlab.gui.run_list import colour_of
from latentlab.gui.widgets.curve_axis import figure_text
from latentlab.gui.widgets.label_places import beside
from latentlab.gui.widgets.rate_path_item import RING, along
from tests.gui.conftest import Hand
from tests.gui.pixels import colour_at
from tests.gui.several_runs import click_row, open_runs, rename


@pytest.fixture
def window(window_of_runs):
    yield window_of_runs
    window_of_runs.main.curves.rate.setChecked(False)


def rows_of(run, name):
    return [row.figures[name] for row in run.history if row.split == "test"]


def train(window, model, epochs):
    window.train(model, steps=0, epochs=epochs)
    run = window.control.run
    window.wait(lambda: run.state == "finished" and len(rows_of(run, "total")) == epochs)
    return run


def path_of(window, run):
    return next((entry.path for entry in window.main.curves.rate_plot.entries if entry.whose is run), None)


def test_the_switch_shows_the_test_rows_of_every_run_with_a_kl(window):
    vae, _ = train(window, "vae", 4), train(window, "ae", 2)
    curves, plot = window.main.curves, window.main.curves.rate_plot
    assert not plot.isVisible()
    window.click(curves.rate)
    window.wait(plot.isVisible)
    assert [entry.whose for entry in plot.entries] == [vae]
    assert path_of(window, vae).rate.tolist() == rows_of(vae, "kl")
    assert path_of(window, vae).distortion.tolist() == rows_of(vae, "reconstruction")
    assert not curves.legend.isVisible() and plot.level() is None  # an AE is looked at
    click_row(window, vae)
    window.wait(lambda: plot.level() is not None)
    assert plot.level() == pytest.approx(rows_of(vae, "total")[-1], rel=1e-4)
    ground, newest = QColor(theme.active().colours.plot), plot.place(vae)
    assert colour_at(plot, newest.x(), newest.y()) == QColor(*colour_of(vae)) != ground
    click_row(window, vae, "check")
    window.wait(lambda: not plot.entries)  # and says what it needs
    click_row(window, vae, "check")
    window.wait(lambda: plot.entries)
    window.click(curves.rate)
    window.wait(lambda: not plot.isVisible() and len(curves.drawn("kl", "test", vae)[0]) == 4)
    assert curves.legend.isVisible()


def test_a_dot_says_what_it_is_and_a_click_looks_at_its_run(window):
    first, second = train(window, "vae", 4), train(window, "vae-5", 4)
    window.control.runs.rename(first, "a <first> one")
    window.click(window.main.curves.rate)
    plot = window.main.curves.rate_plot
    window.wait(lambda: plot.isVisible() and {entry.name for entry in plot.entries} == {"a <first> one", second.title})
    newest = plot.place(first)
    assert plot.room().contains(newest)
    Hand(plot).move((newest.x() + 30, newest.y() + 30), (newest.x() + 1, newest.y()))
    figures = [figure_text(rows_of(first, name)[-1]) for name in ("kl", "reconstruction")]
    total = figure_text(rows_of(first, "kl")[-1] + rows_of(first, "reconstruction")[-1])
    assert "a &lt;first&gt; one<br>epoch 4<br>KL {}, reconstruction {}".format(*figures) in QToolTip.text()
    assert QToolTip.text().endswith(f"<br>−ELBO {total}")
    assert window.control.run is second
    Hand(plot).click(newest.x(), newest.y())
    assert window.control.run is first
    window.wait(lambda: plot.level() == pytest.approx(rows_of(first, "total")[-1], rel=1e-4))
    one, other = plot.labels().values()
    assert not one.intersects(other)


def test_it_follows_a_training_once_a_test_row(window, monkeypatch):
    curves, plot, shown, news = window.main.curves, window.main.curves.rate_plot, [], []
    window.train("vae", steps=40)
    run = window.control.run
    window.click(curves.rate)
    window.wait(lambda: plot.entries)
    show = plot.show_paths
    monkeypatch.setattr(plot, "show_paths", lambda *paths: (shown.append(len(paths[0][0].path)), show(*paths)))
    window.control.runs.changed.connect(news.append)
    seen = len(rows_of(run, "kl"))
    window.wait(lambda: len(news) >= 20 and len(shown) >= 3)
    window.pause()
    window.wait(lambda: path_of(window, run).rate.tolist() == rows_of(run, "kl"))
    assert len(shown) <= len(rows_of(run, "kl")) - seen + 1 and sorted(set(shown)) == shown
    monkeypatch.undo()


def test_another_name_is_another_label(window):
    vae, plot = train(window, "vae", 1), window.main.curves.rate_plot
    window.click(window.main.curves.rate)
    window.wait(lambda: plot.entries)
    rename(window, vae, "Ada")
    window.wait(lambda: [entry.name for entry in plot.entries] == ["Ada"])


def test_its_picture_is_a_drawing_too(window, tmp_path):
    train(window, "vae", 2)
    window.click(window.main.curves.rate)
    window.wait(lambda: window.main.curves.rate_plot.entries)
    window.main.curves.write_picture(tmp_path / "rate.svg")
    root = ElementTree.parse(tmp_path / "rate.svg").getroot()
    assert any("KL (rate)" in (text.text or "") for text in root.iter("{http://www.w3.org/2000/svg}text"))


def test_labels_find_room_beside_each_other():
    rng, room, size = np.random.default_rng(2), QRectF(0, 0, 420, 300), QSizeF(90, 15)
    dots = [QPointF(200 + x, 150 + y) for x, y in rng.normal(0, 25, (6, 2))]
    places = beside(dots, [size] * 6, 10.0, room)
    assert all(room.contains(place) for place in places)
    for index, place in enumerate(places):
        assert not any(place.intersects(other) for other in places[:index])
        assert not any(place.contains(dot) for dot in dots)
    corner = beside([QPointF(418, 2)], [size], 10.0, room)[0]
    assert room.contains(corner) and not corner.contains(QPointF(418, 2))


def test_the_line_s_label_keeps_off_the_paths():
    spots = along([QPointF(0, 0), QPointF(100, 0), QPointF(101, 1), QPointF(100, 50)])
    assert spots[0] == QPointF(0, 0) and QPointF(100, 0) in spots and spots[-1] == QPointF(100, 50)
    assert all((end - start).manhattanLength() <= 2 * RING + 1e-6 for start, end in pairwise(spots))
    assert len(along([QPointF(0, 0), QPointF(1e7, 0)])) < 1000 and along([]) == []


def test_a_run_that_came_into_the_window_and_went_is_no_path(window):
    train(window, "vae", 1)
    window.click(window.main.curves.rate)
    window.wait(lambda: window.main.curves.rate_plot.entries)
    window.control.forget(open_runs(window)[0])
    assert not window.main.curves.rate_plot.entries
