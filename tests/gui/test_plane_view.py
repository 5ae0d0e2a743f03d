"""The plane under the hand: real presses, wheels and keys, and where they leave the view."""

import sys

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from latentlab.gui.colours import DARK, LIGHT
from latentlab.gui.widgets.plane_grid import tick_step, tick_text, ticks
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.points_item import PointsItem
from latentlab.gui.widgets.probe_handle import ProbeHandle
from latentlab.gui.widgets.tiles_item import TilesItem
from latentlab.gui.widgets.voronoi_item import VoronoiItem
from latentlab.gui.widgets.window_rect import WindowRect
from tests.gui.pixels import colour_at, pixel, shot

MIDDLE, RIGHT = Qt.MouseButton.MiddleButton, Qt.MouseButton.RightButton


@pytest.fixture
def view(shown_plane):
    return shown_plane


@pytest.fixture
def hand(view, hand_on):
    return hand_on(view.viewport())


def data_at(view, pixel):
    return view.frame.to_data(QPointF(*pixel))


def test_the_wanted_rectangle_is_wholly_in_view_with_equal_units(view):
    view.set_view((0.0, 0.0, 8.0, 1.0))
    x0, y0, x1, y1 = view.view_rect()
    assert (x0, x1) == (0.0, 8.0)
    assert y0 < 0.0
    assert y1 > 1.0
    assert (x1 - x0) / 400 == pytest.approx((y1 - y0) / 300)


@pytest.mark.parametrize("rect", [(0, 0, float("nan"), 1), (0, 0, float("inf"), 1), (1, 0, 0, 1)])
def test_a_view_that_is_no_rectangle_is_refused(view, rect):
    before = view.view_rect()
    with pytest.raises(ValueError, match="finite rectangle"):
        view.set_view(rect)
    assert view.view_rect() == before


def test_a_drag_of_the_background_carries_the_plane_along(view, hand, record):
    grabbed = data_at(view, (100, 100))
    moved, changed, clicked = record(view.user_moved), record(view.view_changed), record(view.clicked)
    hand.drag((100, 100), (120, 110), (180, 160))
    assert data_at(view, (180, 160)) == pytest.approx(grabbed)
    assert len(moved) == len(changed) == 2
    assert changed[-1][0] == view.view_rect()
    assert not clicked


def test_the_middle_button_pans_and_the_right_one_does_not(view, hand):
    before = view.view_rect()
    hand.drag((100, 100), (150, 150), button=RIGHT)
    assert view.view_rect() == before
    hand.drag((100, 100), (150, 150), button=MIDDLE)
    assert view.view_rect() != before


def test_a_click_is_told_with_its_place_and_keys_and_moves_nothing(view, hand, record):
    before, clicked = view.view_rect(), record(view.clicked)
    hand.click(300, 75, Qt.KeyboardModifier.ControlModifier)
    assert clicked == [(1.0, 0.75, Qt.KeyboardModifier.ControlModifier)]
    hand.drag((100, 100), (102, 101))
    assert len(clicked) == 2
    assert view.view_rect() == before


class Pen:
    """A tool that notes what it is told."""

    def __init__(self):
        self.told = []

    def begin(self, pixel, keys):
        self.told.append(("begin", pixel.toTuple(), keys))

    def move(self, pixel):
        self.told.append(("move", pixel.toTuple()))

    def finish(self):
        self.told.append("finish")

    def drop(self):
        self.told.append("drop")


def test_a_tool_takes_the_left_buttons_drags_and_nothing_else(view, hand, record):
    before, clicked, pen = view.view_rect(), record(view.clicked), Pen()
    view.set_tool(pen)
    assert view.viewport().cursor().shape() == Qt.CursorShape.CrossCursor
    hand.press(100, 100, keys=Qt.KeyboardModifier.ShiftModifier)
    hand.move((101, 101), (120, 110), (180, 160))
    hand.release(180, 160)
    begun = ("begin", (100, 100), Qt.KeyboardModifier.ShiftModifier)
    assert pen.told == [begun, ("move", (120, 110)), ("move", (180, 160)), "finish"]
    hand.click(50, 50)
    assert len(clicked) == 1 and len(pen.told) == 4 and view.view_rect() == before
    hand.press(100, 100)
    hand.move((150, 150))
    assert view.drop_gesture() and pen.told[-1] == "drop"
    hand.move((160, 160))
    hand.release(160, 160)
    assert pen.told[-1] == "drop"
    hand.drag((100, 100), (150, 150), button=MIDDLE)
    assert view.view_rect() != before and pen.told[-1] == "drop"
    view.set_tool(None)
    assert view.viewport().cursor().shape() != Qt.CursorShape.CrossCursor


def test_another_button_neither_takes_a_drag_over_nor_ends_it(view, record):
    said = []

    class Tool:
        def begin(self, pixel, keys):
            said.append("begin")

        def move(self, pixel):
            said.append("move")

        def finish(self):
            said.append("finish")

        def drop(self):
            said.append("drop")

    def press(button, x, release=False):
        (QTest.mouseRelease if release else QTest.mousePress)(port, button, pos=QPoint(x, 100))

    view.set_tool(Tool())
    port, before = view.viewport(), view.view_rect()
    press(Qt.MouseButton.LeftButton, 100)
    QTest.mouseMove(port, QPoint(140, 100))
    assert said == ["begin", "move"]
    for other in (MIDDLE, RIGHT):
        press(other, 140)
        press(other, 140, release=True)
    QTest.mouseMove(port, QPoint(150, 100))
    assert said == ["begin", "move", "move"] and view.view_rect() == before
    press(Qt.MouseButton.LeftButton, 150, release=True)
    assert said[-1] == "finish" and said.count("finish") == 1
    press(MIDDLE, 100)
    QTest.mouseMove(port, QPoint(140, 100))
    press(MIDDLE, 140, release=True)
    assert view.view_rect() != before  # the next drag begins as ever


def test_the_wheel_zooms_about_the_cursor(view, hand, record):
    under, unit = data_at(view, (310, 40)), view.frame.unit
    moved = record(view.user_moved)
    hand.turn_wheel(310, 40, 120)
    assert data_at(view, (310, 40)) == pytest.approx(under)
    assert view.frame.unit < unit
    assert moved
    hand.turn_wheel(310, 40, -120)
    assert view.frame.unit == pytest.approx(unit)


def test_the_zoom_ends_before_numbers_do(view):
    for factor in (1e12, 1e-15):
        view.zoom(factor)
        assert all(np.isfinite(view.view_rect()))
        assert view.view_rect()[0] < view.view_rect()[2]
        view.grab()


def test_the_view_follows_the_data_until_a_hand_moves_it_and_again_after_a_fit(view, hand, record):
    view.follow((0.0, 0.0, 10.0, 10.0))
    x0, _, x1, _ = view.view_rect()
    assert x0 <= 0.0
    assert x1 >= 10.0
    view.follow((0.2, 0.2, 9.8, 9.8))
    assert view.view_rect()[0] == x0  # data that still fit move nothing
    hand.drag((200, 150), (260, 150))
    panned = view.view_rect()
    view.follow((50.0, 50.0, 60.0, 60.0))
    assert view.view_rect() == panned
    requested = record(view.fit_requested)
    hand.double_click(200, 150)
    assert requested
    assert view.following
    x0, y0, x1, y1 = view.view_rect()
    assert x0 < 50.0 < 60.0 < x1
    assert y0 < 50.0 < 60.0 < y1


def test_one_point_of_data_can_be_followed(view):
    view.follow((3.0, 3.0, 3.0, 3.0))
    assert data_at(view, (200, 150)) == pytest.approx((3.0, 3.0))
    assert view.frame.unit > 1e-3


@pytest.mark.parametrize("key", [Qt.Key.Key_Home, Qt.Key.Key_0])
def test_home_and_zero_fit(view, key, record):
    view.pan(50, 50)
    requested = record(view.fit_requested)
    QTest.keyClick(view, key)
    assert requested
    assert view.following


def test_keys_pan_and_zoom(view):
    left, unit = view.frame.left, view.frame.unit
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.frame.left == pytest.approx(left + 40 * unit)
    QTest.keyClick(view, Qt.Key.Key_Left)
    QTest.keyClick(view, Qt.Key.Key_Up)
    assert view.frame.left == pytest.approx(left)
    assert view.frame.top == pytest.approx(1.5 + 40 * unit)
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert view.frame.unit == pytest.approx(unit / 1.25)
    QTest.keyClick(view, Qt.Key.Key_Minus)
    assert view.frame.unit == pytest.approx(unit)


def test_escape_takes_a_pan_back(view, hand, record):
    view.follow((-1.9, -1.4, 1.9, 1.4))
    before, dropped = view.view_rect(), record(view.gesture_dropped)
    hand.press(*(100, 100))
    hand.move((150, 130))
    assert view.view_rect() != before
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert dropped
    assert view.view_rect() == before
    assert view.following
    hand.move((200, 200))
    hand.release(200, 200)
    assert view.view_rect() == before


def test_escape_without_a_gesture_is_left_to_the_window(qtbot, record):
    keys = []

    class Window(QWidget):
        def keyPressEvent(self, event):
            keys.append(event.key())

    window = Window()
    qtbot.addWidget(window)
    view = PlaneView()
    QVBoxLayout(window).addWidget(view)
    with qtbot.waitExposed(window):
        window.show()
    dropped = record(view.gesture_dropped)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.keyClick(view, Qt.Key.Key_Plus)
    assert keys == [Qt.Key.Key_Escape]
    assert not dropped


def test_a_new_size_keeps_what_was_asked_for_in_view(view):
    view.resize(200, 400)
    x0, y0, x1, y1 = view.view_rect()
    assert x0 <= -2.0 < 2.0 <= x1
    assert y0 <= -1.5 < 1.5 <= y1
    view.resize(800, 200)
    assert view.view_rect()[1] == pytest.approx(-1.5)


def test_a_new_size_keeps_the_middle_and_the_scale_that_a_hand_chose(view, hand):
    hand.drag((100, 100), (150, 130))
    middle, unit = data_at(view, (200, 150)), view.frame.unit
    view.resize(640, 480)
    assert data_at(view, (320, 240)) == pytest.approx(middle)
    assert view.frame.unit == unit


def test_hovering_is_told_but_not_over_a_handle_nor_in_a_gesture(view, hand, record):
    probe = ProbeHandle()
    view.add_item(probe)
    hovered, left = record(view.hovered), record(view.hover_left)
    hand.move((300, 75))
    assert hovered[-1] == pytest.approx((1.0, 0.75))
    hand.move((203, 152))
    assert len(left) == 1
    count = len(hovered)
    hand.move((50, 75))
    assert len(hovered) == count + 1
    hand.drag((50, 75), (90, 75))
    assert len(left) == 2
    assert len(hovered) == count + 1


def test_new_colours_reach_the_plane_and_its_items(view):
    probe = ProbeHandle()
    view.add_item(probe)
    view.set_axes_visible(False)
    for colours in (DARK, LIGHT):
        view.set_colours(colours)
        assert colour_at(view, 20, 20) == QColor(colours.plot)
        assert probe.colours is colours


def test_a_frame_shows_the_focus_that_keys_brought(qtbot):
    window, line, view = QWidget(), QLineEdit(), PlaneView()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.addWidget(line)
    column.addWidget(view)
    with qtbot.waitActive(window):
        window.show()
    line.setFocus()
    plain = colour_at(view.viewport(), 1, 40)
    assert plain != QColor(LIGHT.ring)
    QTest.keyClick(line, Qt.Key.Key_Tab)
    qtbot.waitUntil(view.hasFocus)
    assert colour_at(view.viewport(), 1, 40) == QColor(LIGHT.ring)
    QTest.mouseClick(line, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(line.hasFocus)
    assert colour_at(view.viewport(), 1, 40) == plain
    view.setFocus(Qt.FocusReason.MouseFocusReason)
    assert colour_at(view.viewport(), 1, 40) == plain


def test_axes_can_be_left_out(view):
    corner = shot(view)
    assert any(pixel(corner, x, 20) != QColor(LIGHT.plot) for x in range(400))
    view.set_axes_visible(False)
    plain = shot(view)
    assert all(pixel(plain, x, 20) == QColor(LIGHT.plot) for x in range(400))


@pytest.mark.parametrize("unit, step", [(0.01, 1.0), (0.02, 2.0), (0.05, 5.0), (0.1, 10.0), (0.0001, 0.01)])
def test_figures_stand_at_round_steps(unit, step):
    assert tick_step(unit) == pytest.approx(step)
    assert ticks(-2.5 * step, 2.5 * step, step) == pytest.approx([-2 * step, -step, 0, step, 2 * step])


def test_figures_have_the_decimals_they_need():
    assert [tick_text(value, 0.5) for value in (-1.0, 0.0, 0.5)] == ["−1.0", "0.0", "0.5"]
    assert tick_text(-4.0, 2.0) == "−4"
    assert tick_text(2e6, 1e6) == "2e+06"


def test_five_hundred_repaints_do_not_eat_references_to_none(view):
    rng = np.random.default_rng(0)
    points = PointsItem()
    points.set_points(rng.normal(size=(500, 2)).astype(np.float32), rng.integers(0, 3, 500), np.eye(3, dtype=np.uint8))
    points.set_class_names(["a", "b", "c"])
    points.set_selected([1, 2])
    points.set_ring(3)
    tiles, voronoi, window = TilesItem(), VoronoiItem(), WindowRect("Manifold")
    voronoi.set_codes(rng.normal(size=(16, 2)), np.arange(16))
    voronoi.highlight(2)
    window.set_extent((-1.0, -1.0, 1.0, 1.0))
    for item in (tiles, points, voronoi, window, ProbeHandle()):
        view.add_item(item)
    tiles.invalidate(0)
    keys = tiles.wanted()
    tiles.set_cells(0, keys, rng.integers(0, 255, (len(keys), 1, 8, 8), dtype=np.uint8))
    view.settle()
    view.viewport().repaint()
    before = sys.getrefcount(None)
    for _ in range(500):
        view.viewport().repaint()
    assert sys.getrefcount(None) > before - 100
