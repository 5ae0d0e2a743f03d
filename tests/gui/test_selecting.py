"""What the hand selects, by drawing, by class, by number and by neighbours, and what is then shown and saved of it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPolygonF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from sklearn.neighbors import NearestNeighbors

from latentlab.gui.tools import BOX, LASSO, MOVE
from tests.gui.conftest import Hand
from tests.gui.test_panels import free_corner, window

__all__ = ["window"]

NONE, CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def draw(view, corners, keys=NONE):
    """Drags with the left button along straight lines from corner to corner, a few pixels at a time."""
    hand = Hand(view.viewport())
    hand.press(*corners[0], keys=keys)
    for start, end in itertools.pairwise(corners):
        steps = max(2, round(np.hypot(end[0] - start[0], end[1] - start[1]) / 4))
        hand.move(*np.linspace(start, end, steps + 1)[1:].tolist())
    hand.release(*corners[-1])


def inside(view, positions, corners):
    """Which points Qt finds in a polygon of pixels."""
    polygon = QPolygonF([QPointF(*corner) for corner in corners])
    pixels = [view.frame.to_pixels(*map(float, position)) for position in positions]
    return [n for n, pixel in enumerate(pixels) if polygon.containsPoint(pixel, Qt.FillRule.OddEvenFill)]


def selected(window):
    return window.session.exploration.selection.points.tolist()


def press_key(window, key, keys=NONE):
    QTest.keyClick(window.main, key, keys)


def test_training_steps_aside_when_the_hand_selects(window, monkeypatch):
    asked = []
    monkeypatch.setattr(window.control.training.live, "step_aside", lambda: asked.append(True))
    view, positions = window.main.scatter.view, window.session.placed.positions
    pixel = next(
        pixel
        for pixel in (view.frame.to_pixels(*map(float, position)).toPoint() for position in positions)
        if view.rect().contains(pixel) and not view.itemAt(pixel)
    )
    Hand(view.viewport()).click(pixel.x(), pixel.y())
    assert selected(window)
    assert asked


def test_what_is_drawn_around_is_selected_everywhere(window):
    scatter, session = window.main.scatter, window.session
    view, positions, labels = scatter.view, session.placed.positions, session.images.split.labels
    before = view.view_rect()
    assert session.tool is MOVE and not scatter.drawing.outline.rule
    press_key(window, Qt.Key.Key_L)
    assert session.tool is LASSO and scatter.tools.buttons[LASSO].isChecked()
    assert window.main.explore_menu.selection.tools.actions[LASSO].isChecked()
    assert "Shift adds" in scatter.drawing.outline.rule and "Esc while drawing" in scatter.drawing.outline.rule
    # Over most of the points, wherever they got to in training.
    pixels = np.array([view.frame.to_pixels(*map(float, position)).toTuple() for position in positions])
    low, high = np.quantile(pixels, (0.05, 0.95), axis=0)
    tips = np.array([(0.55, 0.0), (0.2, 1.0), (1.0, 0.35), (0.0, 0.4), (0.8, 1.0)])
    star = [tuple(corner) for corner in np.rint(low + tips * (high - low)).tolist()]
    while view.itemAt(*star[0]) is not None:  # the manifold's rectangle would be drawn instead
        star = [*star[1:], star[0]]
    draw(view, star)
    lassoed = inside(view, positions, star)
    assert 20 < len(lassoed) < len(positions) / 2 and selected(window) == lassoed
    assert view.view_rect() == before and not len(scatter.drawing.outline.corners)
    assert all(side.points.selected.tolist() == lassoed for side in window.main.comparison.sides)
    assert window.main.reconstructions.points[:20] == lassoed[:20]

    press_key(window, Qt.Key.Key_B)
    assert session.tool is BOX
    box = [(150, 60), (260, 60), (260, 220), (150, 220)]
    boxed = inside(view, positions, box)
    draw(view, [box[0], box[2]], SHIFT)
    assert selected(window) == sorted({*lassoed, *boxed}) != lassoed
    draw(view, [box[2], box[0]], ALT)
    assert selected(window) == sorted({*lassoed} - {*boxed})
    session.dim(frozenset({3, 4}))
    draw(view, [box[0], box[2]])
    assert selected(window) == [n for n in boxed if labels[n] not in (3, 4)] != boxed
    assert session.undo_act == "selecting"

    known, hand = selected(window), Hand(view.viewport())
    hand.press(*box[0])
    hand.move((170, 90), (260, 220))
    assert len(scatter.drawing.outline.corners) == 4 and "Esc drops it" in scatter.drawing.outline.rule
    QTest.keyClick(view, Qt.Key.Key_Escape)
    hand.move((270, 230))
    hand.release(270, 230)
    assert selected(window) == known and not len(scatter.drawing.outline.corners)

    side = window.main.comparison.sides[1]
    draw(side.view, [(40, 20), (120, 100)])
    corners = [(40, 20), (120, 20), (120, 100), (40, 100)]
    assert selected(window) == [n for n in inside(side.view, positions, corners) if labels[n] not in (3, 4)]
    press_key(window, Qt.Key.Key_V)
    draw(view, [(8, free_corner(view)), (38, free_corner(view))])
    assert view.view_rect() != before


def test_all_but_a_class_and_the_image_of_a_number(window):
    session, legend = window.session, window.main.scatter.legend
    labels = session.images.split.labels

    def click(value, keys):
        place = legend.visualRect(legend.model().index(value, 0)).center()
        QTest.mouseClick(legend.viewport(), Qt.MouseButton.LeftButton, keys, place)

    click(3, CTRL)
    assert selected(window) == np.flatnonzero(labels == 3).tolist() and not session.exploration.dimmed
    click(7, SHIFT)
    assert selected(window) == np.flatnonzero(np.isin(labels, (3, 7))).tolist()
    click(3, ALT)
    assert selected(window) == np.flatnonzero(labels == 7).tolist()
    assert window.main.selection.words.text() == f"{(labels == 7).sum()} images selected, all of class 7"
    press_key(window, Qt.Key.Key_A, CTRL | SHIFT)
    assert selected(window) == np.flatnonzero(labels != 7).tolist()
    click(5, NONE)
    press_key(window, Qt.Key.Key_A, CTRL)
    assert session.exploration.dimmed == {5} and selected(window) == np.flatnonzero(labels != 5).tolist()
    window.main.explore_menu.selection.classes.actions()[2].trigger()
    assert selected(window) == np.flatnonzero(labels == 2).tolist()
    press_key(window, Qt.Key.Key_D, CTRL)
    assert not selected(window)

    panel = window.main.selection
    press_key(window, Qt.Key.Key_F, CTRL)
    assert panel.is_seen()
    QTest.keyClicks(panel.number, "41")
    QTest.keyClick(panel.number, Qt.Key.Key_Return)
    point = session.images.indices.tolist().index(41)
    assert session.exploration.selected == point
    panel.number.setText("99999")
    QTest.keyClick(panel.number, Qt.Key.Key_Return)
    assert session.exploration.selected == point
    assert window.main.statusBar().currentMessage().startswith("Image 99,999 is not among the 360 test images")
    assert session.tool is MOVE  # what is typed into a field, or looked for in a list, chooses no tool
    window.main.reconstructions.classes.setFocus()
    QTest.keyClick(window.main.reconstructions.classes, Qt.Key.Key_B)
    assert session.tool is MOVE


def test_the_probe_is_put_where_the_selected_image_is(window):
    session, panel = window.session, window.main.selection
    panel.ask_for_number()
    session.select(None)
    session.move_probe((0.1, 0.2))
    assert not panel.probe.isEnabled()
    press_key(window, Qt.Key.Key_M)
    assert window.main.statusBar().currentMessage().startswith("Select an image first")
    assert session.exploration.probe == (0.1, 0.2)
    session.select(17)
    window.click(panel.probe)
    # Two latents span the plane: the place is the latent itself.
    latents = window.server().encode(session.images.split.images[[17, 40]])
    assert session.exploration.probe == pytest.approx(latents[0].tolist(), abs=1e-4)
    decoded = window.server().decode_latents(latents[:1])[0].astype(int)
    window.wait(lambda: np.abs(window.main.probe.image.pixels().astype(int) - decoded).max() <= 1)
    session.select(40)
    press_key(window, Qt.Key.Key_M)
    assert session.exploration.probe == pytest.approx(latents[1].tolist(), abs=1e-4)
    assert session.undo_act == "moving the probe"
    session.undo()
    assert session.exploration.probe == pytest.approx(latents[0].tolist(), abs=1e-4)
    assert "class" not in panel.probe.toolTip()


def test_a_point_is_shown_with_its_neighbours(window):
    session, panel = window.session, window.main.selection
    panel.ask_for_number()
    panel.count.setValue(8)
    session.select(None)
    assert panel.several.accessibleDescription().startswith("Click a point")
    session.select(17)
    window.wait(lambda: panel.shown == 17 and len(panel.pixel.points))
    images, server = session.images.split.images, window.server()
    latents = server.encode(images)
    pixels = (images / session.dataset.full_scale).reshape(len(images), -1)
    for strip, vectors in ((panel.latent, latents), (panel.pixel, pixels)):
        distances, indices = NearestNeighbors(n_neighbors=9).fit(vectors).kneighbors(vectors[[17]])
        assert strip.points.tolist() == indices[0][1:].tolist()
        assert [float(label) for label in strip.labels()] == pytest.approx(distances[0][1:], rel=6e-3, abs=6e-4)
    x, output = images[17] / session.dataset.full_scale, server.reconstruct(images[[17]])[0] / 255
    facts = panel.facts.text().splitlines()
    assert facts[:2] == [session.images.title(17), f"class {session.class_name(17)}"]
    assert float(facts[2].split()[1]) == pytest.approx(((x - output) ** 2).mean(), abs=1e-3)

    alike = panel.pixel.points.tolist()
    session.select(None)
    session.select(17)  # once more
    window.wait(lambda: panel.shown == 17 and panel.pixel.points.tolist() == alike)

    panel.count.setValue(4)
    window.wait(lambda: len(panel.latent.points) == len(panel.pixel.points) == 4)
    nearest, place = panel.latent.points.tolist(), panel.pixel.column_rect(1).center().toPoint()
    press_key(window, Qt.Key.Key_K, CTRL)
    window.wait(lambda: selected(window) == sorted([17, *nearest]))
    assert session.exploration.selected == 17 and window.main.reconstructions.points[0] == 17
    assert sorted(window.main.reconstructions.points[:5]) == sorted([17, *nearest])
    window.main.dock("reconstructions").raise_()
    window.wait(lambda: window.main.reconstructions.strip.marked() == 5)
    window.main.dock("selection").raise_()
    window.wait(panel.is_seen)
    wanted = int(panel.pixel.points[1])
    QTest.mouseMove(panel.pixel, place)
    QTest.mouseClick(panel.pixel, Qt.MouseButton.LeftButton, pos=place)
    assert session.exploration.selected == wanted and selected(window) == [wanted]
    window.wait(lambda: panel.facts.text().startswith(session.images.title(wanted)))

    session.select_points([5, 80, 9])
    assert panel.several.isVisible() and panel.several.count() == 3
    place = panel.several.image_rect(1).center().toPoint()
    QTest.mouseClick(panel.several.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert session.exploration.selected == 9 and selected(window) == [5, 9, 80]


def test_what_is_selected_is_saved(window, tmp_path, monkeypatch):
    session, said = window.session, []
    window.main.selection.saving.said.connect(said.append)
    points = np.array([4, 30, 31])
    press_key(window, Qt.Key.Key_E, CTRL | SHIFT)
    assert said == ["Select some points first; what is selected can then be saved."]
    session.select_points(points)
    kinds = ("NumPy arrays (*.npz)", "CSV table (*.csv)", "Picture of the images (*.png)")
    for kind, name in zip(kinds, ("codes", "codes.csv", "sheet.png"), strict=True):
        answer = str(tmp_path / name), kind
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, answer=answer: answer)
        press_key(window, Qt.Key.Key_E, CTRL | SHIFT)
        path = tmp_path / (name if "." in name else f"{name}.npz")
        window.wait(lambda path=path: said[-1] == f"Saved {path}.")
    with np.load(tmp_path / "codes.npz") as file:
        np.testing.assert_array_equal(file["index"], session.images.indices[points])
        np.testing.assert_array_equal(file["label"], session.images.split.labels[points])
        expected = window.server().encode(session.images.split.images[points])
        np.testing.assert_allclose(file["latents"], expected, rtol=1e-4, atol=1e-5)
    assert len((tmp_path / "codes.csv").read_text().splitlines()) == 1 + len(points)
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")

    messages = window.main.messages
    window.main.selection.saving.save_to(tmp_path / "codes.txt")
    assert "codes.txt ends in none of them" in messages.text()
    window.main.selection.saving.save_to(tmp_path / "nowhere" / "codes.csv")
    window.wait(lambda: messages.text().startswith("The selection could not be saved: No such file"))
    window.main.selection.saving.save_to(tmp_path / "other.csv")
    session.source_changed.emit()  # the window is others' too: nothing else is really looked at
    assert messages.text().startswith("The selection was not saved: another model is looked at now")
