import numpy as np
import pytest

from latentlab.core.density import density
from latentlab.core.spreading import STEP, first_levels
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
