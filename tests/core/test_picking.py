"""Which point is nearest to the hand, and which it draws around."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentlab.core.picking import enclosed, pick
from latentlab.core.raster import Rasteriser
from tests.core.points import floats

VIEW, SIZE = (0.0, 0.0, 40.0, 30.0), (40, 30)
coordinates = st.floats(-50, 50, width=32, allow_subnormal=False) | st.sampled_from([math.nan, math.inf, -math.inf])


class TestPick:
    @given(
        rows=st.lists(st.tuples(coordinates, coordinates), max_size=40),
        cursor=st.tuples(st.floats(-20, 120, allow_subnormal=False), st.floats(-20, 120, allow_subnormal=False)),
        radius=st.floats(0.1, 60),
        data=st.data(),
    )
    def test_finds_what_comparing_all_finds(self, rows, cursor, radius, data):
        points = floats(*rows)
        ignored = np.array(data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows))), bool)
        view, size = (-40.0, -10.0, 30.0, 45.0), (100, 90)
        x = (points[:, 0].astype(np.float64) + 40) / 70 * 100
        y = (45 - points[:, 1].astype(np.float64)) / 55 * 90
        distances = np.hypot(x - cursor[0], y - cursor[1])
        distances[ignored | ~np.isfinite(points).all(axis=1)] = math.inf
        found = pick(points, view, size, *cursor, radius, ignored)
        nearest = distances.min(initial=math.inf)
        if found is None:
            assert nearest > radius * (1 - 1e-9)
        else:
            assert distances[found] <= min(radius, nearest) * (1 + 1e-9) + 1e-9

    def test_finds_the_point_that_was_drawn(self):
        points = floats((1000.125, 1000.25), (1000.375, 1000.75))
        view, size = (1000.0, 1000.0, 1000.5, 1001.0), (64, 64)
        raster = Rasteriser(np.zeros((1, 3), np.uint8), np.zeros(2, np.int64))
        drawn = np.argwhere(raster.draw(points, view, size, 0)[..., 3])
        assert [pick(points, view, size, column + 0.5, row + 0.5, 2) for row, column in drawn] == [1, 0]

    @pytest.mark.parametrize("angle", range(0, 360, 30))
    def test_the_radius_is_round(self, angle):
        view, size, cursor = (-3.0, 10.0, 5.0, 12.0), (400, 300), (200.0, 150.0)
        for distance, found in ((13.99, 0), (14.01, None)):
            x, y = (cursor[0] + distance * np.cos(np.radians(angle)), cursor[1] + distance * np.sin(np.radians(angle)))
            point = floats((view[0] + x / 400 * 8, view[3] - y / 300 * 2))
            assert pick(point, view, size, *cursor, 14) == found

    def test_nothing_is_near(self):
        assert pick(floats(), VIEW, SIZE, 5, 5, 100) is None
        assert pick(floats((5, 5)), VIEW, SIZE, 30, 5, 14) is None
        assert pick(floats((5, 25)), VIEW, SIZE, 5, 5, 14, np.array([True])) is None


def crossings_above(corners, x, y):
    """How many edges of the outline pass above a place, in whole numbers; None where it lies on one."""
    count = 0
    for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
        side = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)
        if side == 0 and min(x0, x1) <= x <= max(x0, x1) and min(y0, y1) <= y <= max(y0, y1):
            return None
        if (x0 <= x) != (x1 <= x):
            count += (side < 0) == (x1 > x0)
    return count


class TestEnclosed:
    @given(
        places=st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), max_size=40),
        corners=st.lists(st.tuples(st.integers(-8, 8), st.integers(-8, 8)), min_size=3, max_size=12),
        data=st.data(),
    )
    def test_finds_what_counting_crossings_the_other_way_finds(self, places, corners, data):
        ignored = np.array(data.draw(st.lists(st.booleans(), min_size=len(places), max_size=len(places))), bool)
        found = enclosed(floats(*places), np.array(corners, float), ignored).tolist()
        for number, place in enumerate(places):
            crossings = crossings_above(corners, *place)
            if crossings is not None:  # a point on the line itself may be on either side
                assert (number in found) == (crossings % 2 == 1 and not ignored[number])
        assert found == sorted(set(found))

    def test_a_circle_holds_what_is_near_its_middle(self):
        points = np.random.default_rng(0).uniform(-2, 2, (5000, 2)).astype(np.float32)
        turn = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
        found = enclosed(points, np.stack([0.5 + np.cos(turn), np.sin(turn)], 1))
        distances = np.hypot(points[:, 0] - 0.5, points[:, 1])
        assert np.isin(np.flatnonzero(distances < 0.999), found).all() and distances[found].max() < 1

    def test_the_middle_of_a_star_drawn_in_one_go_is_outside(self):
        turn = np.radians(90 + 144 * np.arange(5))
        star = np.stack([np.cos(turn), np.sin(turn)], 1)
        assert enclosed(floats((0, 0), (0, 0.6), (0.55, 0.2), (0, -0.6)), star).tolist() == [1, 2]

    def test_what_is_nowhere_or_an_outline_of_nothing(self):
        points = floats((0, 0), (math.nan, 0), (0, math.inf))
        square = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)])
        assert enclosed(points, square).tolist() == [0]
        assert enclosed(points, square[:2]).tolist() == []
        assert enclosed(floats(), square).tolist() == []
