"""Each panel shows what core computes, and answers the hand."""

import sys
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage, QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWhatsThis

from latentlab.core.neighbours import knn_accuracy_within
from latentlab.core.requests import MeasureSplit, Reconstruct
from latentlab.gui import theme
from latentlab.gui.widgets.curve_axis import figure_text
from latentlab.gui.widgets.picture_sheet import PictureSheet
from tests.gui.conftest import Hand


@pytest.fixture
def window(trained):
    trained.put_back()
    trained.main.comparison.parentWidget().raise_()
    trained.main.reconstructions.classes.setCurrentIndex(0)
    trained.main.reconstructions.classes.activated.emit(0)
    return trained


def pixel_of(view, positions, point):
    """Where a point lies on a plane's viewport."""
    pixel = view.frame.to_pixels(*map(float, positions[point]))
    return pixel.x(), pixel.y()


def free_corner(view):
    """How far down the left edge nothing but background is: the manifold's rectangle may reach to the upper corner."""
    return next(low for low in range(view.viewport().height() - 8, 0, -8) if view.itemAt(8, low) is None)


def lonely_point(view, positions):
    """A point in view that no other and no handle stands close to, so that the hand can mean nothing else."""
    distances = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    np.fill_diagonal(distances, np.inf)
    inside = view.viewport().rect().adjusted(60, 20, -20, -20)

    def is_free(point):
        pixel = QPoint(*map(round, pixel_of(view, positions, point)))
        return inside.contains(pixel) and view.itemAt(pixel) is None

    return next(int(point) for point in np.argsort(-distances.min(1)) if is_free(point))


def test_clicking_a_point_selects_it_everywhere(window):
    view, positions = window.main.scatter.view, window.session.placed.positions
    point = lonely_point(view, positions)
    Hand(view.viewport()).click(*pixel_of(view, positions, point))
    assert window.session.exploration.selected == point
    assert window.main.reconstructions.points[0] == point
    for side in window.main.comparison.sides:
        assert side.points.selected.tolist() == [point]
    QTest.keyClick(window.main, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert window.session.exploration.selected is None


def test_hover_is_linked_and_shows_a_card_after_a_dwell(window):
    view, positions = window.main.scatter.view, window.session.placed.positions
    point = lonely_point(view, positions)
    x, y = pixel_of(view, positions, point)
    Hand(view.viewport()).move((x - 40, y), (x, y))
    assert window.session.hovered == point
    assert all(side.points.ring == point for side in window.main.comparison.sides)
    card = window.main.scatter.hovering.card
    assert not card.isVisible()
    window.wait(card.isVisible)
    main, dock = window.main, window.main.dock("manifold")
    main.bring_up("manifold")
    window.wait(lambda: main.children().index(card) > main.children().index(dock))  # later ones lie in front
    assert card.isVisible()


def test_legend_dims_and_isolates(window):
    legend = window.main.scatter.legend
    rect = legend.visualRect(legend.model().index(3, 0))
    QTest.mouseClick(legend.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert window.session.exploration.dimmed == {3}
    QTest.mouseClick(legend.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
    assert not window.session.exploration.dimmed
    for expected in (frozenset(range(10)) - {3}, frozenset()):
        QTest.mouseClick(legend.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
        QTest.mouseDClick(legend.viewport(), Qt.MouseButton.LeftButton, pos=rect.center())
        assert window.session.exploration.dimmed == expected


def test_pan_is_dropped_by_escape_and_double_click_fits(window):
    view = window.main.scatter.view
    before, hand = view.view_rect(), Hand(view.viewport())
    low = free_corner(view)
    hand.press(8, low)
    hand.move((60, low - 40), (90, low - 50))
    assert view.view_rect() != before
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.view_rect() == before
    hand.release(90, low - 50)
    hand.drag((8, low), (60, low - 40))
    assert not view.following
    hand.double_click(8, free_corner(view))
    assert view.following


def test_rectangle_and_manifold_move_each_other(window):
    scatter, manifold = window.main.scatter, window.main.manifold
    window.session.set_window((-0.5, -0.5, 0.5, 0.5))
    before = manifold.view.view_rect()
    window.wait(lambda: scatter.window_rect.extent() == before)
    box = scatter.view.frame.rect_to_pixels(before)
    # The tab stands on the upper edge's left end, and stays in view.
    x, y = max(box.left() + 7, 2) + 8, max(box.top() - 8, 10)
    Hand(scatter.view.viewport()).drag((x, y), (x + 15, y + 5))
    moved = 15 * scatter.view.frame.unit
    assert manifold.view.view_rect()[0] == pytest.approx(before[0] + moved, rel=1e-3)


def test_a_dropped_pan_of_the_manifold_follows_the_data_as_before(window):
    manifold, scatter = window.main.manifold, window.main.scatter
    manifold.view.fit()
    before, hand = manifold.view.view_rect(), Hand(manifold.view.viewport())
    assert window.session.exploration.window is None
    hand.press(10, 10)
    hand.move((40, 30), (70, 50))
    assert window.session.exploration.window == manifold.view.view_rect() != before
    QTest.keyClick(manifold.view, Qt.Key.Key_Escape)
    hand.release(70, 50)
    assert manifold.view.following and manifold.view.view_rect() == before
    assert window.session.exploration.window is None
    window.wait(lambda: scatter.window_rect.extent() == before)


def write(field, text):
    """Keys as an input method sends them, since QTest knows only those of ASCII."""
    for letter in text:
        QApplication.sendEvent(field, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter))


def test_probe_is_typed_and_nudged(window):
    probe, scatter = window.main.probe, window.main.scatter
    probe.horizontal.setFocus()
    for typed, shown in (("-1.25", "−1.250"), ("−2.5", "−2.500"), ("0.375", "0.375")):
        probe.horizontal.selectAll()
        write(probe.horizontal, typed)
        QTest.keyClick(probe.horizontal, Qt.Key.Key_Return)
        assert window.session.exploration.probe[0] == float(typed.replace("−", "-"))
        assert probe.horizontal.text() == shown
    start = scatter.view.frame.to_pixels(*window.session.exploration.probe)
    window.wait(lambda: scatter.probe.position() == window.session.exploration.probe)
    Hand(scatter.view.viewport()).click(start.x(), start.y())
    scatter.view.setFocus()
    QTest.keyClick(scatter.view, Qt.Key.Key_Right)
    assert window.session.exploration.probe[0] == pytest.approx(0.375 + scatter.view.frame.unit)


def test_neighbours_are_the_nearest(window):
    window.session.move_probe((0.1, 0.1))
    distances = np.linalg.norm(window.session.placed.positions - [0.1, 0.1], axis=1)
    nearest = np.argsort(distances, kind="stable")[:8].tolist()
    window.wait(lambda: window.main.probe.neighbours == nearest)


def test_reconstructions_are_cores(window):
    panel, answers = window.main.reconstructions, []
    window.session.when_answered(Reconstruct, lambda *answered: answers.append(answered))
    before = panel.points
    panel.shuffle()
    assert panel.points != before
    images = window.session.images.split.images[panel.points]
    window.wait(lambda: answers and np.array_equal(answers[-1][0].images, images))
    assert np.abs(answers[-1][1].outputs.astype(int) - window.server().reconstruct(images)).max() <= 1
    panel.classes.setCurrentIndex(1 + 7)
    panel.classes.activated.emit(8)
    assert set(window.session.images.split.labels[panel.points]) == {7}
    column = panel.strip.column_rect(1).center().toPoint()
    wanted = panel.points[1]
    QTest.mouseClick(panel.strip, Qt.MouseButton.LeftButton, pos=column)
    assert window.session.exploration.selected == wanted


def test_comparison_figures_are_cores(window):
    right = window.main.comparison.sides[1]
    window.wait(lambda: "15-NN" in right.figures.text())
    images, labels = window.session.images.split.images, window.session.images.split.labels
    *_, measured = MeasureSplit(images).answers(window.server())
    accuracy = knn_accuracy_within(window.session.placed.positions, labels, 15)
    window.wait(lambda: f"15-NN {accuracy:.3f}" in right.figures.text())
    assert f"error {measured.mse:.4f} per pixel over {len(images):,} test images" in right.figures.text()
    assert f"explained {measured.explained:.1%}" in right.figures.text()


def test_figures_that_nobody_sees_are_not_measured(window, monkeypatch):
    panel, asked = window.main.comparison, []
    panel.model_figures._timer.setInterval(50)
    monkeypatch.setattr(window.session, "measure", lambda: asked.append(True))
    window.main.dock("reconstructions").raise_()
    window.wait(lambda: not panel.is_seen() and window.main.reconstructions.is_seen())
    panel.model_figures.measure_if_wanted()
    assert not asked
    window.main.dock("comparison").raise_()
    window.wait(lambda: asked)


def test_curves_are_the_history(window):
    window.wait(lambda: len(window.main.curves.drawn("total", "train")[0]) > 0)
    window.wait(lambda: len(window.main.curves.drawn("kl", "train")[0]) == _rows(window, "train"))
    _, values = window.main.curves.drawn("kl", "train")
    assert values[-1] == [row for row in window.control.history if row.split == "train"][-1].figures["kl"]


def test_curves_lie_within_their_axes(window):
    curves = window.main.curves
    window.wait(lambda: len(curves.drawn("kl", "train")[0]) == _rows(window, "train"))
    for name in ("total", "reconstruction", "kl"):
        epochs, values = curves.drawn(name, "train")
        (left, right), (low, high) = curves.shown_range(name)
        settled = values[len(values) // 20 :]
        assert left <= epochs[0] and epochs[-1] <= right
        assert low <= settled.min() and settled.max() <= high
        assert settled.max() - settled.min() >= 0.5 * (high - low)


def test_curves_name_the_newest_figure_of_test_images(window):
    plots = window.main.curves.plots.ci.items
    newest = [row for row in window.control.history if row.split == "test"][-1]
    for name in ("total", "reconstruction", "kl"):
        title = {"total": "Objective", "kl": "KL"}.get(name, name.capitalize())
        text = f"{title} {figure_text(newest.figures[name])}"
        window.wait(lambda text=text: any(_title_of(plot).startswith(text) for plot in plots))


def test_curves_have_one_axis_of_epochs_and_few_figures_at_any_height(window):
    curves = window.main.curves
    window.wait(lambda: len({curves.shown_range(name)[0] for name in ("total", "reconstruction", "kl")}) == 1)
    sizes, plots = window.main.size(), curves.plots.ci.items
    for plot in plots:
        plot.setYRange(0.0, 100.0, padding=0)
    try:
        for height, expected in ((1600, {"20", "40", "60", "80"}), (700, {"20", "80"})):
            window.main.resize(sizes.width(), height)
            window.wait(
                lambda expected=expected: all(
                    {text for _, text in plot.getAxis("left")._tickLevels[0]} == expected for plot in plots
                )
            )
    finally:
        window.main.resize(sizes)


def _title_of(plot):
    return " ".join(plot.titleLabel.item.toPlainText().split())


def _rows(window, split):
    return sum(row.split == split for row in window.control.history)


def test_every_panel_explains_itself_and_gives_its_picture(window, tmp_path):
    for name, panel in window.main.panels.items():
        window.main.dock(name).raise_()
        panel.explain()
        assert QWhatsThis.inWhatsThisMode() or any(
            type(widget).__name__ == "QWhatsThat" or widget.isVisible() for widget in QApplication.topLevelWidgets()
        )
        QWhatsThis.hideText()
        assert len(panel.explanation) > 80
        if not panel.has_picture:
            continue
        shown = panel.picture()
        size = 2 * (shown.size if isinstance(shown, PictureSheet) else shown.size())
        panel.write_picture(tmp_path / f"{name}.png")
        assert QImage(str(tmp_path / f"{name}.png")).size() == size
        panel.copy_picture()
        assert QGuiApplication.clipboard().image().size() == size
        if panel.draws_shapes():
            panel.write_picture(tmp_path / f"{name}.svg")
            assert ElementTree.parse(tmp_path / f"{name}.svg").getroot().tag.endswith("svg")


def test_picture_that_cannot_be_saved_is_one_sentence(window, tmp_path):
    window.main.scatter.write_picture(tmp_path / "nowhere" / "picture.png")
    assert "could not be saved" in window.main.messages.text()


@pytest.mark.parametrize("name", ["figure.csv", "figure.v2", "figure"])
def test_a_picture_under_the_name_of_something_else_is_refused(window, tmp_path, name):
    window.main.scatter.write_picture(tmp_path / name)
    assert window.main.messages.text().endswith("is saved as .png or .svg; choose such a name.")
    assert not list(tmp_path.glob("figure*"))


def test_theme_changes_live(window):
    colours = []
    for mode in (theme.Mode.DARK, theme.Mode.LIGHT):
        theme.active().mode = mode
        image = window.main.scatter.view.viewport().grab().toImage()
        # At places across the whole plot: points, the manifold's rectangle and its tab cover some of them.
        places = [QPoint(image.width() * i // 9, image.height() * j // 9) for i in range(9) for j in range(9)]
        colours.append(sorted(image.pixelColor(place).lightness() for place in places)[len(places) // 2])
    assert colours[0] < 100 < 200 < colours[1]


def test_docks_close_float_and_come_back(window):
    dock = window.main.dock("probe")
    dock.close()
    assert not dock.isVisible()
    dock.toggleViewAction().trigger()
    assert dock.isVisible()
    dock.setFloating(True)
    window.main.reset_layout()
    assert not dock.isFloating() and dock.isVisible()


def test_changing_the_model_while_training_asks_first(window):
    window.click(window.bar.train)
    window.wait(lambda: window.control.state == "running")
    model = window.main.experiment.model_field
    model.setFocus()
    QTest.keyClick(model, Qt.Key.Key_Up)
    assert "another training" in window.main.messages.text()
    buttons = window.main.messages.findChildren(QPushButton)
    window.click(next(button for button in buttons if button.text() == "Undo the changes"))
    assert window.main.experiment.settings().model_name == "vae" and window.control.state == "running"
    QTest.keyClick(model, Qt.Key.Key_Up)
    assert "another training" in window.main.messages.text()
    window.click(window.bar.stop)
    window.wait(lambda: window.control.state == "resting")
    assert "another training" not in window.main.messages.text()  # nothing would rest meanwhile
    window.main.experiment.show_settings(window.control.run.settings)


def test_references_to_none_do_not_fall_over_100_repaints_of_every_panel(window):
    """PySide6 6.12 loses one a repaint, until the program aborts."""
    areas = [panel.picture_area for panel in window.main.panels.values()]
    targets = [getattr(area, "viewport", lambda area=area: area)() for area in areas]
    for target in targets:
        target.repaint()
    before = sys.getrefcount(None)
    for _ in range(100):
        for target in targets:
            target.repaint()
    assert sys.getrefcount(None) >= before - 50


def test_the_map_waits_where_the_hand_needs_the_time():
    from latentlab.gui.panels.manifold import refresh_interval

    assert refresh_interval(0.005, hand_is_busy=False) == 300
    assert refresh_interval(0.2, hand_is_busy=False) == 800  # a quarter of the worker's time
    assert refresh_interval(0.005, hand_is_busy=True) == 1000
    assert refresh_interval(0.5, hand_is_busy=True) == 2000
