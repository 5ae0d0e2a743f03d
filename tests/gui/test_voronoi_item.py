"""The codebook on the plane."""

import numpy as np
import pytest

from latentlab.gui.colours import LIGHT
from latentlab.gui.widgets.voronoi_item import VoronoiItem
from tests.gui.pixels import colour_at, pixel, shot


@pytest.fixture
def voronoi(shown_plane):
    shown_plane.set_axes_visible(False)
    item = VoronoiItem()
    shown_plane.add_item(item)
    return item


def inked(view, x, y, reach=1):
    """Whether anything is drawn within some pixels of a place."""
    view.settle()
    picture = shot(view)
    around = range(-reach, reach + 1)
    return any(pixel(picture, x + dx, y + dy).name() != LIGHT.plot for dx in around for dy in around)


def settled_colour(view, x, y):
    view.settle()
    return colour_at(view, x, y).name()


def test_borders_lie_between_the_codes_and_reach_the_edge(shown_plane, voronoi):
    voronoi.set_codes(np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array([3, 4]))
    for y in (1, 80, 298):
        assert inked(shown_plane, 200, y)
    assert not inked(shown_plane, 150, 80)


def test_used_codes_are_solid_and_unused_ones_hollow(shown_plane, voronoi):
    voronoi.set_codes(np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array([3, 0]))
    assert settled_colour(shown_plane, 100, 150) == LIGHT.text
    assert settled_colour(shown_plane, 300, 150) == LIGHT.plot
    assert inked(shown_plane, 304, 150)


def test_the_highlighted_cell_is_outlined(shown_plane, voronoi):
    voronoi.set_codes(np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 5.0]]), np.array([1, 1, 1]))
    voronoi.highlight(0)
    assert settled_colour(shown_plane, 100, 150) == LIGHT.ring
    assert settled_colour(shown_plane, 200, 150) == LIGHT.ring
    voronoi.highlight(2)
    assert settled_colour(shown_plane, 200, 150) != LIGHT.ring
    voronoi.highlight(None)
    assert settled_colour(shown_plane, 100, 150) == LIGHT.text


@pytest.mark.parametrize(
    "codes",
    [
        np.empty((0, 2)),
        np.zeros((1, 2)),
        np.zeros((5, 2)),
        np.array([[0.0, 0.0], [1.0, 1.0], [0.5, 0.5]]),
        np.array([[0.0, 0.0], [np.nan, 1.0], [0.5, np.inf]]),
    ],
)
def test_few_equal_collinear_and_broken_codes_are_drawn_as_far_as_they_go(shown_plane, voronoi, codes):
    voronoi.set_codes(codes, np.ones(len(codes)))
    for index in range(len(codes)):
        voronoi.highlight(index)
        shown_plane.settle()
        shown_plane.grab()
    if len(codes):
        assert inked(shown_plane, 200, 150)


def test_codes_may_move_and_become_fewer(shown_plane, voronoi):
    voronoi.set_codes(np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array([1, 1]))
    voronoi.highlight(1)
    shown_plane.grab()
    voronoi.set_codes(np.array([[-1.0, 0.5]]), np.array([1]))
    assert settled_colour(shown_plane, 100, 100) == LIGHT.text
    assert not inked(shown_plane, 200, 150)


def test_sizes_that_do_not_match_are_refused(voronoi):
    with pytest.raises(ValueError, match="codes must be"):
        voronoi.set_codes(np.zeros((3, 2)), np.ones(2))
    with pytest.raises(ValueError, match="codes must be"):
        voronoi.set_codes(np.zeros((3, 3)), np.ones(3))


def test_the_borders_come_by_themselves_and_the_old_ones_stay_until_then(qtbot, shown_plane, voronoi):
    voronoi.set_codes(np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array([1, 1]))

    def border_at(x):
        return colour_at(shown_plane, x, 80).name() != LIGHT.plot

    assert not border_at(200)
    qtbot.waitUntil(lambda: border_at(200))
    voronoi.highlight(1)
    voronoi.set_codes(np.array([[-1.0, 0.0], [0.0, 0.0]]), np.array([1, 1]))
    assert border_at(200)
    qtbot.waitUntil(lambda: border_at(150))
    assert not border_at(200)
    assert settled_colour(shown_plane, 200, 150) == LIGHT.ring
