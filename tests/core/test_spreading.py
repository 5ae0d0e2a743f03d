import numpy as np
import pytest

from latentlab.core.density import density
from latentlab.core.spreading import NEVER, STEP, fill, first_levels, foremost, with_coarser
from tests.core.test_density import clusters


def one_by_one(points, priority, coarsest, levels):
    """The same by its definition: each in turn, compared with all that stand."""
    first = np.full(len(points), levels)
    turn = np.argsort(-priority, kind="stable")
    standing = []
    for level in range(levels):
        side = coarsest / STEP**level
        for point in turn:
            others = np.abs(points[standing].astype(float) - points[point].astype(float))
            if first[point] == levels and not (others < side).all(1).any():
                first[point] = level
                standing.append(point)
    return first


@pytest.mark.parametrize("seed", range(4))
def test_each_stands_where_it_would_if_they_came_one_by_one(seed):
    points = clusters(400)
    priority = density(points) if seed == 0 else np.random.default_rng(seed).integers(0, 50, 400).astype(np.float32)
    found = first_levels(points, priority, 3.0, 9)
    assert len(np.unique(found)) > 6
    np.testing.assert_array_equal(found, one_by_one(points, priority, 3.0, 9))


def test_points_without_a_place_or_a_priority_never_stand():
    points, priority = clusters(50), np.ones(50)
    points[3], priority[7] = np.nan, np.nan
    found = first_levels(points, priority, 1.0, 30)
    assert found[3] == found[7] == 30 and (np.delete(found, [3, 7]) < 30).all()


def test_no_points_and_equal_points_are_no_error():
    assert first_levels(np.empty((0, 2), np.float32), np.empty(0), 1.0, 4).shape == (0,)
    assert first_levels(np.ones((5, 2), np.float32), np.ones(5), 1.0, 4).tolist() == [0, 4, 4, 4, 4]


def test_filled_where_one_looks_more_stand_none_overlap_and_those_that_stood_stay():
    points = clusters(3000)
    priority = density(points)
    x0, y0 = points.min(0)
    x1, y1 = points.max(0)
    first = np.full(len(points), NEVER, np.int8)
    whole = (float(x0), float(y0), float(x1), float(y1))
    middle = float(points[:, 0].mean())
    for until, region in ((4, whole), (9, (middle, *whole[1:])), (9, (*whole[:2], middle, whole[3])), (12, whole)):
        filled = fill(first, points, priority, 3.0, until, region)
        stood = first != NEVER
        np.testing.assert_array_equal(filled[stood], first[stood])
        new = np.flatnonzero(filled != first)
        assert len(new) and (filled[new] <= until).all()
        assert all(region[0] <= x <= region[2] and region[1] <= y <= region[3] for x, y in points[new].tolist())
        first = filled
        for level in range(until + 1):
            drawn = points[first <= level].astype(float)
            apart = np.abs(drawn[:, None] - drawn).max(2)[~np.eye(len(drawn), dtype=bool)]
            assert len(drawn) < 2 or apart.min() >= 3.0 / STEP**level
    # Wherever one looks closely enough, each has its turn.
    spread_out = fill(first, points, priority, 3.0, 60, whole)
    assert (spread_out != NEVER).all()


def test_the_densest_point_stands_from_the_first_level_on_however_many_there_are():
    points = clusters(20_000)
    priority = density(points)
    region = tuple(float(edge) for edge in (*points.min(0), *points.max(0)))
    first = fill(np.full(len(points), NEVER, np.int8), points, priority, 3.0, 5, region)
    assert first[priority.argmax()] == 0


def test_the_foremost_of_each_cell():
    points = np.array([[0.0, 0.0], [0.9, 0.2], [1.1, 0.3], [1.9, 0.9], [5.0, 5.0]], np.float32)
    assert foremost(points, np.array([1.0, 3.0, 2.0, 2.0, 0.0]), 1.0).tolist() == [1, 2, 4]


def test_from_afar_fewer_and_fewer_of_the_same_stand():
    points = clusters(3000)
    priority = density(points)
    region = tuple(float(edge) for edge in (*points.min(0), *points.max(0)))
    before = fill(np.full(len(points), NEVER, np.int8), points, priority, 1.0, 5, region)
    first = with_coarser(before, points, priority, 1.0, 12)
    for level in range(6):
        np.testing.assert_array_equal(first <= level + 12, before <= level)
    for level in range(13):
        drawn = points[first <= level].astype(float)
        apart = np.abs(drawn[:, None] - drawn).max(2)[~np.eye(len(drawn), dtype=bool)]
        assert len(drawn) < 2 or apart.min() >= STEP ** (12 - level)
    standing = before == 0
    turn = one_by_one(points[standing], priority[standing], STEP**12, 12)
    np.testing.assert_array_equal(first[standing], turn)
    assert (first == 0).sum() == 1 and first[np.where(standing, priority, -1).argmax()] == 0
    # Those that are filled in later keep their distance, too.
    more = fill(first, points, priority, STEP**12, 20, region)
    assert ((more != first) <= (more > 12)).all()
