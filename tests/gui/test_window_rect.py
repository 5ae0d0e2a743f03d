"""The manifold's window in the scatter: held by its edges, its tab and its corners, and never in the way."""

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.window_rect import WindowRect
from tests.gui.pixels import colour_at


@pytest.fixture
def window(shown_plane):
    item = WindowRect("Manifold")
    shown_plane.add_item(item)
    item.set_extent((-1.0, -0.75, 1.0, 0.75))  # pixels 100 to 300 across, 75 to 225 down
    return item


@pytest.fixture
def hand(shown_plane, hand_on):
    return hand_on(shown_plane.viewport())


@pytest.mark.parametrize("start", [(100, 150), (300, 120), (200, 75), (180, 225), (96, 150), (103, 150)])
def test_an_edge_moves_it(shown_plane, hand, record, window, start):
    moved, ended, before = record(window.moved), record(window.drag_ended), shown_plane.view_rect()
    hand.drag(start, (start[0] + 20, start[1]), (start[0] + 50, start[1] - 25))
    assert window.extent() == pytest.approx((-0.5, -0.5, 1.5, 1.0))
    assert moved[-1] == (window.extent(),)
    assert len(moved) == 2
    assert len(ended) == 1
    assert shown_plane.view_rect() == before


def test_its_inside_belongs_to_the_plane(shown_plane, hand, record, window):
    clicked, moved, hovered = record(shown_plane.clicked), record(window.moved), record(shown_plane.hovered)
    hand.click(200, 150)
    hand.move((210, 150))
    assert clicked
    assert hovered
    before = shown_plane.view_rect()
    hand.drag((200, 150), (230, 150))
    assert shown_plane.view_rect() != before
    assert not moved


def test_a_small_one_still_leaves_its_middle_to_the_plane(shown_plane, hand, record, window):
    window.set_extent((-0.1, -0.1, 0.1, 0.1))
    clicked = record(shown_plane.clicked)
    hand.click(200, 150)
    assert clicked


def test_the_figures_of_the_axes_do_not_cover_its_tab(shown_plane, window):
    window.set_extent((-1.95, -0.75, 1.0, 0.92))  # the tab begins 12 pixels from the left, over the figure at 50 down
    assert colour_at(shown_plane, 14, 50) == QColor(window.colours.ring)


@pytest.mark.parametrize(
    "corner, kept", [((100, 75), (2, 1)), ((300, 75), (0, 1)), ((100, 225), (2, 3)), ((300, 225), (0, 3))]
)
@pytest.mark.parametrize("outward", [40, -40])
def test_a_corner_resizes_it_and_keeps_its_shape_and_the_corner_across(hand, window, corner, kept, outward):
    before = window.extent()
    away = 1 if corner[0] > 200 else -1, 1 if corner[1] > 150 else -1
    hand.drag(corner, (corner[0] + outward * away[0], corner[1] + 0.75 * outward * away[1]))
    after = window.extent()
    width, height = after[2] - after[0], after[3] - after[1]
    assert width / height == pytest.approx(2.0 / 1.5)
    assert width == pytest.approx(2.0 + 0.01 * outward)
    assert [after[edge] for edge in kept] == pytest.approx([before[edge] for edge in kept])


def test_it_cannot_be_turned_inside_out(hand, window):
    hand.drag((300, 225), (20, 10))
    x0, y0, x1, y1 = window.extent()
    assert x0 == pytest.approx(-1.0)
    assert y1 == pytest.approx(0.75)
    assert x1 - x0 >= 0.1
    assert y1 - y0 >= 0.1


def test_its_tab_moves_it_and_can_be_reached_when_the_rest_is_out_of_view(shown_plane, hand, window):
    hand.drag((120, 66), (150, 66))
    assert window.extent() == pytest.approx((-0.7, -0.75, 1.3, 0.75))
    window.set_extent((10.0, 10.0, 12.0, 11.5))
    hand.drag((380, 10), (280, 60))
    assert window.extent() == pytest.approx((9.0, 9.5, 11.0, 11.0))


def test_escape_takes_a_drag_back(shown_plane, hand, record, window):
    before = window.extent()
    moved, ended, dropped = record(window.moved), record(window.drag_ended), record(shown_plane.gesture_dropped)
    hand.press(100, 150)
    hand.move((150, 150))
    QTest.keyClick(shown_plane, Qt.Key.Key_Escape)
    hand.move((180, 150))
    hand.release(180, 150)
    assert window.extent() == before
    assert moved[-1] == (before,)
    assert len(ended) == len(dropped) == 1


def test_arrow_keys_move_it_once_it_has_been_touched(shown_plane, hand, window):
    hand.click(100, 150)
    QTest.keyClick(shown_plane, Qt.Key.Key_Up)
    QTest.keyClick(shown_plane, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert window.extent() == pytest.approx((-1.1, -0.74, 0.9, 0.76))


def test_the_cursor_tells_what_a_press_would_do(hand, window):
    shapes = []
    for spot in [(100, 150), (100, 75), (300, 75), (300, 225)]:
        hand.move((200, 150), spot)
        shapes.append(window.cursor().shape())
    assert shapes == [
        Qt.CursorShape.SizeAllCursor,
        Qt.CursorShape.SizeFDiagCursor,
        Qt.CursorShape.SizeBDiagCursor,
        Qt.CursorShape.SizeFDiagCursor,
    ]


def test_before_it_is_set_it_is_nowhere(shown_plane, hand, record):
    item = WindowRect("Manifold")
    shown_plane.add_item(item)
    moved = record(item.moved)
    hand.drag((200, 150), (220, 150))
    QTest.keyClick(shown_plane, Qt.Key.Key_Left)
    shown_plane.grab()
    assert not moved


def test_linked_with_another_plane_dragging_either_moves_both(qtbot, shown_plane, hand, hand_on, window):
    manifold = PlaneView()
    qtbot.addWidget(manifold)
    manifold.resize(200, 150)
    window.moved.connect(manifold.set_view)
    manifold.view_changed.connect(window.set_extent)
    with qtbot.waitExposed(manifold):
        manifold.show()
    manifold.set_view((-1.0, -0.75, 1.0, 0.75))
    assert window.extent() == pytest.approx((-1.0, -0.75, 1.0, 0.75))
    hand.drag((100, 150), (150, 150))
    assert manifold.view_rect() == pytest.approx((-0.5, -0.75, 1.5, 0.75))
    hand_on(manifold.viewport()).drag((100, 75), (150, 75))
    assert window.extent() == pytest.approx(manifold.view_rect())
    assert window.extent()[0] == pytest.approx(-1.0)
    assert shown_plane.frame.to_pixels(*window.extent()[:2]) == QPointF(100, 225)
