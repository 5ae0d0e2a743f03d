"""Points on the plane: where they are drawn, what a pan and a change leave to be drawn, and what the hand marks."""

import threading
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage

from latentlab.core import sheet
from latentlab.core.disc import disc_style
from latentlab.gui.colours import DARK, LIGHT
from latentlab.gui.widgets.class_names import ClassMembers, PlacedNames
from latentlab.gui.widgets.halo_text import HALO
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.points_item import PointsItem
from latentlab.gui.widgets.points_picture import PointsState
from latentlab.gui.widgets.qimages import to_array
from tests.gui.pixels import colour_at, shot

PALETTE = np.array([[200, 30, 30], [30, 160, 30]], np.uint8)
FEW = np.array([[0.0, 0.0], [1.0, 0.5], [-1.0, -0.5]], np.float32)


@pytest.fixture
def points(shown_plane):
    shown_plane.set_axes_visible(False)
    item = PointsItem()
    shown_plane.add_item(item)
    return item


@pytest.fixture
def cloud(qtbot, points, shown_plane):
    """Five thousand points whose picture is on the plane, nothing of them being drawn any more."""
    rng = np.random.default_rng(3)
    with qtbot.waitSignal(points.drawn):
        points.set_points(rng.normal(0, 1.2, (5000, 2)).astype(np.float32), rng.integers(0, 2, 5000), PALETTE)
    shown_plane.grab()
    return points


def is_ground(colour):
    return colour.name() == LIGHT.plot


def is_grey(colour):
    return max(colour.getRgb()[:3]) - min(colour.getRgb()[:3]) < 25


def is_ringed(view, x, y, ink):
    colour = colour_at(view, x + 7, y).getRgb()
    return all(abs(part - wanted) < 40 for part, wanted in zip(colour, QColor(ink).getRgb(), strict=True))


def test_points_are_drawn_where_they_are_in_their_class_colour(shown_plane, points):
    points.set_points(FEW, np.array([0, 1, 0]), PALETTE)
    points.settle()
    middle, upper = colour_at(shown_plane, 200, 150), colour_at(shown_plane, 300, 100)
    assert middle.red() > middle.green() + 50
    assert upper.green() > upper.red() + 50
    assert is_ground(colour_at(shown_plane, 250, 150))


def test_on_a_dark_ground_they_are_more_solid(shown_plane, points):
    """As the style of the disc says, over the plot's own colour; and light again with the theme."""
    crowd, alone = np.zeros((12_000, 2), np.float32), np.array([[1.9, 1.2]], np.float32)
    points.set_points(np.concatenate([crowd, alone]), np.array([1] * 12_000 + [0]), PALETTE)
    for colours in (DARK, LIGHT):
        shown_plane.set_colours(colours)
        points.settle()
        _, opacity = disc_style(12_001, (400, 300), on_dark=colours is DARK)
        ground = np.array(QColor(colours.plot).getRgb()[:3])
        expected = ground + opacity * (PALETTE[0] - ground.astype(float))
        seen = np.array(colour_at(shown_plane, 390, 30).getRgb()[:3])
        np.testing.assert_allclose(seen, expected, atol=20)
        assert (opacity >= 0.65) == (colours is DARK)


def test_they_come_by_themselves_without_blocking(qtbot, shown_plane, points):
    with qtbot.waitSignal(points.drawn):
        points.set_points(FEW, None, PALETTE)
    assert not is_ground(colour_at(shown_plane, 200, 150))


def test_nothing_is_drawn_anew_while_nothing_changes(qtbot, monkeypatch, shown_plane, cloud):
    drawn, rasterise = [], PointsState._rasterise
    monkeypatch.setattr(PointsState, "_rasterise", lambda *given: (drawn.append(given[0]), rasterise(*given))[1])
    cloud.set_ring(3)
    for _ in range(5):
        shown_plane.viewport().repaint()
    qtbot.wait(50)
    assert not any(state is cloud._state for state in drawn)


@pytest.mark.parametrize("stop", [(137, 77), (60, 170), (100, 40), (180, 100)])
def test_a_pan_shifts_the_picture_and_draws_what_it_uncovers(shown_plane, hand_on, cloud, stop):
    hand_on(shown_plane.viewport()).drag((100, 100), (110, 95), stop)
    shifted = to_array(shot(shown_plane)).astype(int)
    cloud.settle()
    picture = cloud._state.draw_here(shown_plane.frame, shown_plane.devicePixelRatioF())
    cloud._take(picture)
    fresh = to_array(shot(shown_plane)).astype(int)
    # Rounding may put a point on the border of two pixels into the other one.
    assert (np.abs(shifted - fresh).max(axis=2) > 40).mean() < 0.002


def test_a_zoom_shows_the_old_picture_enlarged_until_the_new_one_comes(qtbot, shown_plane, points):
    points.set_points(FEW, np.array([0, 1, 0]), PALETTE)
    points.settle()
    with qtbot.waitSignal(points.drawn):
        shown_plane.zoom(1.5)
        assert not is_ground(colour_at(shown_plane, 350, 75))  # (1, 0.5) is there now
    assert not is_ground(colour_at(shown_plane, 350, 75))


def test_new_positions_move_the_points_and_the_newest_win(qtbot, shown_plane, points):
    points.set_points(FEW, np.array([0, 1, 0]), PALETTE)
    points.settle()
    for step in range(10):
        points.set_positions(FEW + np.float32(0.02 * step))
        shown_plane.viewport().repaint()
    last = FEW + np.float32(1.0)
    points.set_positions(last)
    with qtbot.waitSignal(points.drawn):
        shown_plane.viewport().repaint()
    assert points.points is last or np.array_equal(points.points, last)
    assert is_ground(colour_at(shown_plane, 200, 150))
    assert not is_ground(colour_at(shown_plane, 300, 50))


def test_sizes_that_do_not_match_are_refused_and_change_nothing(points):
    points.set_points(FEW, np.array([0, 1, 0]), PALETTE)
    with pytest.raises(ValueError, match="2 positions do not match 3 points"):
        points.set_positions(FEW[:2])
    with pytest.raises(ValueError, match="labels"):
        points.set_points(FEW, np.array([0, 1]), PALETTE)
    with pytest.raises(ValueError, match="colour"):
        points.set_points(FEW, np.array([0, 1, 2]), PALETTE)
    with pytest.raises(ValueError, match="N, 2"):
        points.set_points(np.zeros((3, 3), np.float32), None, PALETTE)
    assert np.array_equal(points.points, FEW)


def test_no_points_and_points_that_are_not_numbers_draw_nothing(shown_plane, points):
    points.set_points(np.empty((0, 2), np.float32), None, PALETTE)
    points.set_class_names(["a", "b"])
    points.settle()
    assert is_ground(colour_at(shown_plane, 200, 150))
    assert points.pick(0, 0) is None
    points.set_points(np.full((4, 2), np.nan, np.float32), np.array([0, 1, 0, 1]), PALETTE)
    points.settle()
    assert is_ground(colour_at(shown_plane, 200, 150))
    assert points.pick(0, 0) is None


def test_the_nearest_point_within_the_radius_on_screen_is_picked(shown_plane, points):
    points.set_points(FEW, np.array([0, 1, 0]), PALETTE)
    assert points.pick(0.13, 0.0) == 0
    assert points.pick(0.15, 0.0) is None
    assert points.pick(0.6, 0.3, radius_px=60) == 1
    shown_plane.zoom(4.0)
    assert points.pick(0.13, 0.0) is None
    assert points.pick(0.03, 0.0) == 0


def test_dimmed_classes_are_greyed_and_not_picked(shown_plane, points):
    points.set_points(FEW, np.array([0, 1, 0]), PALETTE)
    points.set_dimmed_classes({0})
    points.settle()
    grey = colour_at(shown_plane, 200, 150)
    assert not is_ground(grey)
    assert is_grey(grey)
    assert points.pick(0, 0) is None
    assert points.pick(1, 0.5) == 1
    points.set_dimmed_classes(())
    assert points.pick(0, 0) == 0


def test_two_selected_are_ringed_and_the_others_greyed_not_hidden(shown_plane, points):
    points.set_points(FEW, np.array([0, 1, 0]), PALETTE)
    points.set_selected([1, 2])
    points.settle()
    chosen, other = colour_at(shown_plane, 300, 100), colour_at(shown_plane, 200, 150)
    assert chosen.green() > chosen.red() + 50
    assert not is_ground(other)
    assert is_grey(other)
    assert is_ringed(shown_plane, 300, 100, LIGHT.ring)
    assert is_ringed(shown_plane, 100, 200, LIGHT.ring)
    points.set_selected([])
    points.settle()
    assert not is_ringed(shown_plane, 300, 100, LIGHT.ring)
    assert not is_grey(colour_at(shown_plane, 200, 150))


def test_a_single_selected_one_is_ringed_and_the_others_keep_their_colours(shown_plane, points):
    points.set_points(FEW, np.array([0, 1, 0]), PALETTE)
    points.set_selected([1])
    points.settle()
    assert is_ringed(shown_plane, 300, 100, LIGHT.ring)
    assert not is_grey(colour_at(shown_plane, 200, 150))


def test_the_point_under_the_hand_is_ringed_at_once(shown_plane, points):
    points.set_points(FEW, None, PALETTE)
    points.set_ring(1)
    assert is_ringed(shown_plane, 300, 100, LIGHT.text)
    points.set_ring(2)
    assert not is_ringed(shown_plane, 300, 100, LIGHT.text)
    assert is_ringed(shown_plane, 100, 200, LIGHT.text)
    points.set_ring(None)
    assert not is_ringed(shown_plane, 100, 200, LIGHT.text)


def test_other_points_take_the_old_ones_marks_away(shown_plane, points):
    points.set_points(FEW, np.array([0, 1, 0]), PALETTE)
    points.set_ring(2)
    points.set_selected([2])
    points.set_dimmed_classes({1})
    points.set_points(FEW[:1], None, PALETTE)
    points.settle()
    assert points.pick(0, 0) == 0
    assert not is_ringed(shown_plane, 100, 200, LIGHT.text)


def test_points_that_move_are_painted_once(qtbot, monkeypatch, shown_plane, points):
    with qtbot.waitSignal(points.drawn):
        points.set_points(FEW, None, PALETTE)
    qtbot.wait(50)  # painted what was set
    painted, draw = [], points.draw
    monkeypatch.setattr(points, "draw", lambda *arguments: (painted.append(1), draw(*arguments)))
    with qtbot.waitSignal(points.drawn):
        points.set_positions(FEW + np.float32(0.1))
    qtbot.wait(50)
    assert painted == [1] and points.is_up_to_date


def test_class_names_stand_at_the_medians(shown_plane, points):
    rng = np.random.default_rng(0)
    spots = np.array([[-1.0, 0.0], [1.0, 0.0]])
    labels = rng.integers(0, 2, 20_000)
    positions = (spots[labels] + rng.normal(0, 0.05, (20_000, 2))).astype(np.float32)
    positions[:50] = 1e6  # far away from all others
    positions[50] = np.nan
    centres = ClassMembers(labels).centres(positions, 3)
    assert set(centres) == {0, 1}
    assert centres[0] == pytest.approx((-1.0, 0.0), abs=0.02)
    assert centres[1] == pytest.approx((1.0, 0.0), abs=0.02)
    points.set_points(positions, labels, PALETTE)
    points.settle()
    plain = shot(shown_plane)
    points.set_class_names(["zero", "one"])
    named = shot(shown_plane)
    changed = to_array(plain) != to_array(named)
    columns = np.flatnonzero(changed.any(axis=(0, 2))) / plain.devicePixelRatio()
    assert abs(columns[columns < 200].mean() - 100) < 6
    assert abs(columns[columns > 200].mean() - 300) < 6


def test_names_in_one_place_stand_one_below_the_other():
    frame, font = Frame.around((-1.0, -1.0, 1.0, 1.0), 400, 400), QFont()
    names = ["six", "seven", "eight", "nine", "ten"]
    centres = {0: (0.0, 0.0), 1: (0.01, 0.005), 2: (0.0, 0.01), 3: (0.9, 0.0), 4: (0.0, -0.02)}
    placed = PlacedNames.at(centres, frame, names, font)
    bold = QFont()
    bold.fromString(placed.key)
    metrics = QFontMetricsF(bold)
    assert bold.weight() > font.weight()
    boxes = {}
    for label, (x, y) in placed.places.items():
        width, height = metrics.horizontalAdvance(names[label]), metrics.height()
        boxes[label] = QRectF(x - width / 2, y - height / 2, width, height)
        covered = QRectF(QPointF(*placed.covered[label][:2]), QPointF(*placed.covered[label][2:]))
        assert covered.toAlignedRect() == boxes[label].adjusted(-HALO, -HALO, HALO, HALO).toAlignedRect()
    assert placed.places[2] == pytest.approx((200.0, 198.0))  # the uppermost, and the one that has room
    assert placed.places[3] == pytest.approx((380.0, 200.0))
    column = [boxes[label] for label in (2, 1, 0, 4)]
    for above, below in pairwise(column):
        assert below.top() == pytest.approx(above.bottom())
    assert placed.suits(frame, names, QFont()) and not placed.suits(frame, list(names), font)
    font.setPointSizeF(2 * font.pointSizeF())
    assert not placed.suits(frame, names, font)


def test_medians_are_of_the_points_that_have_a_place():
    rng = np.random.default_rng(1)
    labels = rng.choice([-1, 0, 1, 3, 4], 400, p=[0.1, 0.4, 0.1, 0.3, 0.1])
    positions = rng.normal(size=(400, 2)).astype(np.float32)
    positions[rng.random((400, 2)) < 0.1] = np.nan
    positions[labels == 4] = np.nan
    centres = ClassMembers(labels).centres(positions, 4)
    for label in (0, 1, 3):
        known = positions[(labels == label) & np.isfinite(positions).all(1)]
        assert centres.pop(label) == tuple(np.sort(known, 0)[len(known) // 2].tolist())
    assert not centres
    assert ClassMembers(labels).centres(positions, 0) == {}
    assert ClassMembers(np.full(3, -1)).centres(positions[:3], 4) == {}


def test_a_picture_at_twice_the_size_is_drawn_not_enlarged(points):
    points.set_points(FEW, np.array([0, 1, 0]), PALETTE)
    fine = points._state.draw_here(points.frame, 2.0).image
    assert (fine.width(), fine.height()) == (800, 600)
    coarse = points._state.draw_here(points.frame, 1.0).image
    enlarged = coarse.scaled(fine.size())
    assert fine.pixelColor(QPoint(400, 300)).alpha() > 150
    assert fine.format() == QImage.Format.Format_ARGB32_Premultiplied
    assert fine != enlarged


def test_new_positions_are_drawn_at_once_and_are_up_to_date_only_then(qtbot, cloud):
    assert cloud.is_up_to_date
    with qtbot.waitSignal(cloud.drawn):
        cloud.set_positions(cloud.points + np.float32(0.1))
        assert not cloud.is_up_to_date
    assert cloud.is_up_to_date


def test_a_picture_of_a_view_that_the_hand_has_left_is_not_painted_by_itself(qtbot, monkeypatch, shown_plane, cloud):
    left = cloud._state.draw_here(shown_plane.frame, 1.0)
    shown_plane.zoom(1.5)
    updates = []
    monkeypatch.setattr(cloud, "update", lambda *area: updates.append(area))
    cloud._take(left)
    assert not updates
    cloud.settle()
    assert updates
    assert cloud.is_up_to_date


def test_points_that_the_hand_steers_are_there_as_soon_as_they_are_painted(shown_plane, cloud):
    moved = cloud.points + np.float32(0.4)
    cloud.steered = True
    cloud.set_positions(moved)
    assert not cloud.is_up_to_date
    shown_plane.viewport().repaint()
    assert cloud.is_up_to_date and cloud.pictured is moved
    steered = shot(shown_plane)
    cloud.steered = False
    cloud.set_points(moved, cloud._labels, PALETTE)
    cloud.settle()
    assert np.array_equal(to_array(steered), to_array(shot(shown_plane)))


def test_points_that_only_follow_a_training_are_drawn_thriftily_a_view_that_the_hand_moves_is_not(
    qtbot, points, shown_plane, monkeypatch
):
    monkeypatch.setattr(sheet, "_STRIP_CELLS", 1 << 12)
    rng, asked = np.random.default_rng(3), []
    places = rng.normal(0, 1.2, (500, 2)).astype(np.float32)

    def thrift():
        asked.append(threading.current_thread() is threading.main_thread())
        return 1.0

    points.thrift = thrift
    with qtbot.waitSignal(points.drawn):
        points.set_points(places, rng.integers(0, 2, 500), PALETTE)
    with qtbot.waitSignal(points.drawn):
        shown_plane.zoom(1.5)
        shown_plane.grab()
    assert not asked
    with qtbot.waitSignal(points.drawn):
        points.set_positions(places + np.float32(0.1))
    assert len(asked) > 10 and not any(asked)
