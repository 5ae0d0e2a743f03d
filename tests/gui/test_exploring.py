"""Acts of the hand, taken back and done again by keys, and several points selected by Shift and Alt."""

from __future__ import annotations

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest

from tests.gui.conftest import Hand
from tests.gui.test_panels import free_corner, lonely_point, pixel_of, window

__all__ = ["window"]

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def undo(window):
    QTest.keyClick(window.main, Qt.Key.Key_Z, CTRL)


def redo(window):
    QTest.keyClick(window.main, Qt.Key.Key_Z, CTRL | SHIFT)


def pan(view):
    """Drags the background where no handle is."""
    low = free_corner(view)
    Hand(view.viewport()).drag((8, low), (40, low - 24))


def test_every_act_is_undone_and_redone_in_turn(window):
    main, session = window.main, window.session
    scatter, manifold = main.scatter.view, main.manifold.view
    states = [session.exploration]

    def note():
        assert session.exploration != states[-1]
        states.append(session.exploration)

    point = lonely_point(scatter, session.placed.positions)
    Hand(scatter.viewport()).click(*pixel_of(scatter, session.placed.positions, point))
    note()
    legend = main.scatter.legend
    place = legend.visualRect(legend.model().index(3, 0)).center()
    QTest.mouseClick(legend.viewport(), Qt.MouseButton.LeftButton, pos=place)
    note()
    centre = scatter.frame.to_pixels(*session.exploration.probe)
    Hand(scatter.viewport()).drag((centre.x(), centre.y()), (centre.x() + 30, centre.y() + 20))
    note()
    Hand(manifold.viewport()).drag((10, 10), (40, 30))
    note()
    main.scatter.thumbnails.action.trigger()
    note()
    main.scatter.colours.menu(main).actions()[1].trigger()
    note()
    pan(scatter)
    note()
    assert main.explore_menu.undo_actions.undo.text() == "&Undo moving the scatter"
    shown = scatter.view_rect(), manifold.view_rect()
    for state in states[-2::-1]:
        undo(window)
        assert session.exploration == state
    assert scatter.following and manifold.following and not session.undo_act
    assert not main.explore_menu.undo_actions.undo.isEnabled() and main.explore_menu.undo_actions.redo.isEnabled()
    assert main.scatter.points.selected.tolist() == []
    assert main.scatter.colours.box.currentText() == "Class" and not main.scatter.thumbnails.item.isVisible()
    for state in states[1:]:
        redo(window)
        assert session.exploration == state
    assert scatter.view_rect() == pytest.approx(shown[0]) and manifold.view_rect() == pytest.approx(shown[1])
    assert main.scatter.points.selected.tolist() == [point]
    assert main.scatter.colours.box.currentText() == "Error" and main.scatter.thumbnails.item.isVisible()
    window.wait(lambda: main.scatter.probe.position() == session.exploration.probe)


def test_a_larger_window_is_no_act(window):
    pan(window.main.scatter.view)
    Hand(window.main.manifold.view.viewport()).drag((10, 10), (40, 30))
    before = window.main.scatter.view.view_rect()
    window.main.resize(1500, 900)
    window.wait(lambda: window.main.scatter.view.view_rect() != before)
    assert window.session.undo_act == "moving the manifold"
    undo(window)
    assert window.session.undo_act == "moving the scatter"


def test_shift_adds_a_point_and_alt_takes_it_away(window):
    view, session = window.main.scatter.view, window.session
    first = lonely_point(view, session.placed.positions)
    pixel = pixel_of(view, session.placed.positions, first)
    session.select_points([1, 2])
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, SHIFT, _point(pixel))
    assert session.exploration.selection.points.tolist() == sorted({1, 2, first})
    assert session.exploration.selected == first
    for side in window.main.comparison.sides:
        assert side.points.selected.tolist() == sorted({1, 2, first})
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, ALT, _point(pixel))
    assert session.exploration.selection.points.tolist() == [1, 2]
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=_point(pixel))
    assert session.exploration.selection.points.tolist() == [first]
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=_point(pixel))
    assert not len(session.exploration.selection)


def test_another_model_has_nothing_to_undo(window):
    window.session.move_probe((0.25, 0.5))
    assert window.session.undo_act == "moving the probe"
    window.session.look_at("again", window.server)
    assert window.session.undo_act is None
    # A place of another latent space means nothing in this one.
    assert window.session.exploration.probe == (0.0, 0.0)
    window.wait(lambda: window.main.scatter.probe.position() == (0.0, 0.0))


def _point(pixel):
    from PySide6.QtCore import QPoint

    return QPoint(*map(round, pixel))


def test_the_sheet_names_every_key_of_the_menus(window):
    QTest.keyClick(window.main, Qt.Key.Key_F1)
    sheet = window.main.shortcuts
    assert sheet.isVisible() and not sheet.isModal()
    words = sheet.text.toPlainText()
    keys = [
        action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        for action in window.main.findChildren(QAction)
        if not action.shortcut().isEmpty() and action.text()
    ]
    assert len(keys) > 15 and all(key in words for key in keys)
    assert "Shift+click" in words
