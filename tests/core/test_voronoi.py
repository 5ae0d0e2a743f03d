"""Voronoi cells against what defines them, and the point sets that the algorithm beneath refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from latentlab.core.voronoi import clipped, voronoi_cells

POINTS = hnp.arrays(np.float64, st.tuples(st.integers(1, 30), st.just(2)), elements=st.integers(-20, 20))


@settings(deadline=None)
@given(POINTS)
def test_a_border_is_as_far_from_both_its_cells_and_no_nearer_to_any_other(points):
    cells = voronoi_cells(points)
    sites = np.array([points[cells.site_of == site][0] for site in range(cells.site_of.max() + 1)])
    assert len(sites) == len(np.unique(points, axis=0))
    near = np.abs(cells.borders).max(axis=(1, 2)) < 500  # far ends are rounded at their own scale
    for border, pair in zip(cells.borders[near], cells.sites[near], strict=True):
        for spot in (*border, border.mean(axis=0)):
            distances = np.linalg.norm(sites - spot, axis=1)
            assert distances[pair] == pytest.approx(np.full(2, distances.min()), rel=1e-6, abs=1e-6)


def test_two_points_are_parted_by_their_bisector():
    cells = voronoi_cells(np.array([[0.0, 0.0], [2.0, 0.0]]))
    assert cells.borders.shape == (1, 2, 2)
    assert cells.borders[0, :, 0] == pytest.approx([1.0, 1.0], abs=1e-6)
    assert np.ptp(cells.borders[0, :, 1]) > 500


def test_points_on_a_line_are_parted_in_turn():
    points = np.stack([np.arange(5.0), 2 * np.arange(5.0)], axis=1)
    cells = voronoi_cells(points)
    assert {tuple(sorted(pair)) for pair in cells.sites} == {(0, 1), (1, 2), (2, 3), (3, 4)}


@pytest.mark.parametrize("points", [np.empty((0, 2)), np.zeros((1, 2)), np.ones((7, 2)), np.full((3, 2), np.nan)])
def test_one_point_or_none_has_no_borders(points):
    cells = voronoi_cells(points)
    assert len(cells.borders) == 0
    assert len(cells.site_of) == len(points)


def test_points_that_are_the_same_share_a_cell_and_those_that_are_none_have_none():
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [np.inf, 0.0], [0.0, 1.0]])
    cells = voronoi_cells(points)
    assert cells.site_of[0] == cells.site_of[2]
    assert len({cells.site_of[index] for index in (0, 1, 4)}) == 3
    assert np.array_equal(cells.sides_of(0), cells.sides_of(2))
    assert len(cells.sides_of(0)) == 2
    assert len(cells.sides_of(3)) == 0


def test_tiny_and_far_off_points_are_parted_as_well():
    grid = np.stack(np.meshgrid(np.arange(3.0), np.arange(3.0)), axis=-1).reshape(-1, 2)
    cells = voronoi_cells(grid * 1e-4 + 1e3)
    assert len(cells.sides_of(4)) == 4


RECT = (-1.0, -2.0, 3.0, 1.0)


@settings(deadline=None)
@given(hnp.arrays(np.float64, (6, 2, 2), elements=st.floats(-6, 6)))
def test_what_is_clipped_lies_within_and_on_its_segment(segments):
    pieces = clipped(segments, RECT)
    assert (pieces >= np.array(RECT[:2]) - 1e-9).all()
    assert (pieces <= np.array(RECT[2:]) + 1e-9).all()
    within = ((segments >= RECT[:2]) & (segments <= RECT[2:])).all(axis=(1, 2))
    long = np.abs(segments[:, 1] - segments[:, 0]).max(axis=1) > 0
    whole = segments[within & long]
    assert all((np.abs(pieces - segment).max(axis=(1, 2)) < 1e-9).any() for segment in whole)


def test_a_segment_through_the_rectangle_is_cut_at_its_edges_and_one_beside_it_left_out():
    through, beside = [[-5.0, 0.0], [5.0, 0.0]], [[-5.0, 3.0], [5.0, 3.0]]
    assert clipped(np.array([through, beside]), RECT).tolist() == [[[-1.0, 0.0], [3.0, 0.0]]]
