"""The lattice's arithmetic: cells tile the plane, nest by fours, and are a fitting size on screen."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentlab.core import lattice
from latentlab.core.lattice import CellKey

LEVELS = st.integers(-12, 8)
COORDINATES = st.floats(-500, 500, allow_nan=False, allow_subnormal=False)
KEYS = st.builds(CellKey, LEVELS, st.integers(-1000, 1000), st.integers(-1000, 1000))


@given(COORDINATES, COORDINATES, LEVELS)
def test_a_point_lies_in_its_cell(x, y, level):
    x0, y0, x1, y1 = lattice.cell_rect(lattice.cell_at(x, y, level))
    assert x0 <= x < x1
    assert y0 <= y < y1


@given(KEYS)
def test_a_cell_holds_its_centre_and_its_corner_but_not_the_next_corner(key):
    x0, y0, x1, y1 = lattice.cell_rect(key)
    assert lattice.cell_at(*lattice.cell_centres([key])[0].tolist(), key.level) == key
    assert lattice.cell_at(x0, y0, key.level) == key
    assert lattice.cell_at(x1, y0, key.level) == key._replace(column=key.column + 1)
    assert x1 - x0 == y1 - y0 == 2.0**key.level


@given(st.floats(1e-6, 1e4))
def test_the_chosen_level_gives_cells_of_32_to_64_pixels(units_per_pixel):
    pixels = lattice.cell_side(lattice.level_for(units_per_pixel)) / units_per_pixel
    assert 32 * (1 - 1e-9) <= pixels <= 64 * (1 + 1e-9)


def test_the_level_is_kept_over_a_small_zoom_and_left_over_a_large_one():
    level = lattice.level_for(1 / 40)
    assert lattice.level_for(1 / 40, level) == level
    just_outside = lattice.cell_side(level) / 30
    assert lattice.level_for(just_outside) == level + 1
    assert lattice.level_for(just_outside, level) == level
    assert lattice.level_for(lattice.cell_side(level) / 20, level) == level + 1
    assert lattice.level_for(lattice.cell_side(level) / 90, level) == level - 1


@given(COORDINATES, COORDINATES, st.floats(0.1, 20), st.floats(0.1, 20), st.integers(-2, 4))
def test_the_cells_of_a_view_cover_it_and_nothing_more_centre_first(x, y, width, height, level):
    rect = (x, y, x + width, y + height)
    cells = lattice.cells_in(rect, level)
    column0, row0, column1, row1 = lattice.cell_span(rect, level)
    assert len(cells) == len(set(cells)) == (column1 - column0) * (row1 - row0)
    side = lattice.cell_side(level)
    sliver = 1e-5 * side
    assert column0 * side <= rect[0] + sliver and rect[2] <= column1 * side + sliver
    assert row0 * side <= rect[1] + sliver and rect[3] <= row1 * side + sliver
    assert all(lattice.cell_rect(key)[0] <= rect[2] and lattice.cell_rect(key)[1] <= rect[3] for key in cells)
    middle = (x + width / 2, y + height / 2)
    distances = [math.dist(centre, middle) for centre in lattice.cell_centres(cells).tolist()]
    assert all(near <= far + 1e-6 for near, far in itertools.pairwise(distances))


def test_a_view_without_extent_still_has_the_cell_under_it():
    assert lattice.cells_in((1.0, 2.0, 1.0, 2.0), 0) == [CellKey(0, 1, 2)]


def test_a_key_cannot_be_changed():
    with pytest.raises(AttributeError):
        CellKey(0, 1, 2).level = 3


def test_a_cell_that_only_rounding_brings_into_view_is_left_out():
    assert lattice.cell_span((-1e-15, 0.0, 2.0 + 1e-12, 1.0), 0) == (0, 0, 2, 1)


@given(st.integers(-20, 20), st.lists(st.tuples(st.integers(-50, 50), st.integers(-50, 50)), min_size=1))
def test_what_covers_cells_is_the_union_of_their_squares(level, places):
    keys = [CellKey(level, *place) for place in places]
    rects = np.array([lattice.cell_rect(key) for key in keys])
    assert lattice.covering_rect(keys) == (*rects[:, :2].min(0), *rects[:, 2:].max(0))
