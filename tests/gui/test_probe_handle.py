"""The probe under the hand."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from latentlab.gui.colours import LIGHT
from latentlab.gui.widgets.probe_handle import ProbeHandle
from tests.gui.pixels import pixel, shot


@pytest.fixture
def probe(shown_plane):
    item = ProbeHandle()
    shown_plane.add_item(item)
    return item


@pytest.fixture
def hand(shown_plane, hand_on):
    return hand_on(shown_plane.viewport())


def test_a_drag_moves_it_and_says_so_at_every_step(shown_plane, hand, record, probe):
    moved, started, ended = record(probe.moved), record(probe.drag_started), record(probe.drag_ended)
    before = shown_plane.view_rect()
    hand.press(200, 150)
    assert not started
    hand.move((230, 150), (300, 75))
    assert [len(seen) for seen in (started, moved, ended)] == [1, 2, 0]
    hand.release(300, 75)
    assert moved[-1] == probe.position() == pytest.approx((1.0, 0.75))
    assert len(ended) == 1
    assert shown_plane.view_rect() == before


def test_it_is_held_where_it_was_taken(hand, probe):
    hand.drag((208, 145), (308, 145))
    assert probe.position() == pytest.approx((1.0, 0.0))


@pytest.mark.parametrize("distance, is_held", [(0, True), (14, True), (17, False)])
def test_a_press_close_by_takes_hold_and_farther_away_pans(shown_plane, hand, record, probe, distance, is_held):
    moved = record(shown_plane.user_moved)
    hand.drag((200 + distance, 150), (250 + distance, 150))
    assert (probe.position() != (0.0, 0.0)) == is_held
    assert bool(moved) != is_held


def test_a_click_on_it_moves_nothing_and_is_no_click_on_the_plane(shown_plane, hand, record, probe):
    moved, started, clicked = record(probe.moved), record(probe.drag_started), record(shown_plane.clicked)
    hand.click(203, 150)
    assert not moved + started + clicked


def test_a_double_click_on_it_does_not_fit(shown_plane, hand, record, probe):
    fits = record(shown_plane.fit_requested)
    hand.double_click(200, 150)
    assert not fits


def test_escape_takes_a_drag_back(shown_plane, hand, record, probe):
    moved, ended, dropped = record(probe.moved), record(probe.drag_ended), record(shown_plane.gesture_dropped)
    hand.press(200, 150)
    hand.move((250, 100))
    QTest.keyClick(shown_plane, Qt.Key.Key_Escape)
    assert probe.position() == (0.0, 0.0)
    assert moved[-1] == (0.0, 0.0)
    assert len(ended) == len(dropped) == 1
    hand.move((280, 100))
    hand.release(280, 100)
    assert probe.position() == (0.0, 0.0)
    assert len(ended) == 1
    hand.drag((200, 150), (300, 150))
    assert probe.position() == pytest.approx((1.0, 0.0))


def test_it_cannot_be_lost_beyond_the_edge(hand, probe):
    hand.drag((200, 150), (900, -300))
    assert probe.position() == pytest.approx((2.0, 1.5))


def test_arrow_keys_nudge_it_once_it_has_been_touched(shown_plane, hand, record, probe):
    before, moved = shown_plane.view_rect(), record(probe.moved)
    QTest.keyClick(shown_plane, Qt.Key.Key_Right)
    assert not moved
    assert shown_plane.view_rect() != before
    shown_plane.set_view((-2.0, -1.5, 2.0, 1.5))
    hand.click(200, 150)
    QTest.keyClick(shown_plane, Qt.Key.Key_Right)
    QTest.keyClick(shown_plane, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert moved == [pytest.approx((0.01, 0.0)), pytest.approx((0.01, 0.1))]
    assert shown_plane.view_rect() == before
    hand.click(50, 50)
    QTest.keyClick(shown_plane, Qt.Key.Key_Right)
    assert len(moved) == 2
    assert shown_plane.view_rect() != before


def test_putting_it_somewhere_is_silent(record, probe):
    moved = record(probe.moved)
    probe.set_position(1.0, -0.5)
    assert probe.position() == (1.0, -0.5)
    assert not moved


def test_it_stays_at_its_data_point_and_keeps_its_size(shown_plane, probe):
    shown_plane.set_axes_visible(False)
    probe.set_position(0.5, 0.5)
    sizes = []
    for factor in (1.0, 1.5):
        shown_plane.zoom(factor)
        centre = shown_plane.frame.to_pixels(0.5, 0.5)
        picture = shot(shown_plane)
        around = range(-14, 15)
        inked = [x for x in around if pixel(picture, centre.x() + x, centre.y()) == QColor(LIGHT.ring)]
        assert inked
        sizes.append((inked[0], inked[-1]))
    assert sizes[0] == pytest.approx(sizes[1], abs=1)


def test_another_button_leaves_the_focus_where_it_is(shown_plane, probe):
    QTest.mouseClick(shown_plane.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    assert probe.hasFocus()
    for button in (Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
        QTest.mouseClick(shown_plane.viewport(), button, pos=QPoint(200, 150))
        assert probe.hasFocus()


def test_the_tab_key_comes_back_to_the_handle_that_it_left(qtbot, shown_plane, probe):
    other = QPushButton(shown_plane.parentWidget() or shown_plane)
    other.show()
    QTest.mouseClick(shown_plane.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    other.setFocus(Qt.FocusReason.TabFocusReason)
    assert not probe.hasFocus()
    shown_plane.setFocus(Qt.FocusReason.BacktabFocusReason)
    qtbot.waitUntil(probe.hasFocus)
    before, view = probe.position(), shown_plane.view_rect()
    QTest.keyClick(shown_plane, Qt.Key.Key_Right)
    assert probe.position()[0] > before[0] and shown_plane.view_rect() == view
