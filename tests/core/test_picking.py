"""Which point is nearest to the hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentlab.core.picking import pick
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
