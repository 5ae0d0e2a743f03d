"""Views that fit points."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentlab.core.geometry import density_extent, reaching
from tests.core.points import floats

coordinates = st.floats(-50, 50, width=32, allow_subnormal=False) | st.sampled_from([math.nan, math.inf, -math.inf])


class TestDensityExtent:
    def test_outliers_do_not_widen_it(self):
        points = np.random.default_rng(9).normal(size=(10_000, 2)).astype(np.float32)
        points[:20] *= 1000
        x0, y0, x1, y1 = density_extent(points)
        assert -4 < x0 < -2.4 and 2.4 < x1 < 4
        assert -4 < y0 < -2.4 and 2.4 < y1 < 4

    def test_points_without_outliers_are_all_inside(self):
        points = np.random.default_rng(10).uniform((-3, 10), (5, 11), (3000, 2)).astype(np.float32)
        x0, y0, x1, y1 = density_extent(points)
        assert -4 < x0 <= points[:, 0].min() and points[:, 0].max() <= x1 < 6
        assert 9.8 < y0 <= points[:, 1].min() and points[:, 1].max() <= y1 < 11.2

    @given(st.lists(st.tuples(coordinates, coordinates), max_size=30))
    def test_is_never_empty(self, rows):
        x0, y0, x1, y1 = density_extent(floats(*rows))
        assert math.isfinite(x0 + y0 + x1 + y1)
        assert x0 < x1 and y0 < y1

    @pytest.mark.parametrize("count", [2, 3, 50, 51, 101, 1234])
    def test_it_reaches_beyond_the_quantiles_but_not_far_beyond_the_points(self, count):
        points = np.random.default_rng(count).standard_cauchy((count, 2)).astype(np.float32)
        low, high = np.quantile(points.astype(np.float64), [0.01, 0.99], axis=0)
        span = high - low
        x0, y0, x1, y1 = density_extent(points)
        np.testing.assert_allclose((x0, y0), np.maximum(low - 0.15 * span, points.min(0) - 0.05 * span), rtol=1e-5)
        np.testing.assert_allclose((x1, y1), np.minimum(high + 0.15 * span, points.max(0) + 0.05 * span), rtol=1e-5)

    def test_a_collapsed_axis_stays_flat(self):
        points = np.random.default_rng(11).normal(size=(500, 2)).astype(np.float32) * (1, 1e-6)
        x0, y0, x1, y1 = density_extent(points.astype(np.float32))
        assert y1 - y0 == pytest.approx(x1 - x0)

    def test_reads_a_sample_of_very_many(self):
        points = np.random.default_rng(12).normal(size=(300_000, 2)).astype(np.float32)
        assert density_extent(points) == pytest.approx(density_extent(points[:20_000]), abs=0.25)


def test_an_extent_reaches_at_least_so_far_and_loses_nothing():
    assert reaching((-0.1, 0.2, 3.0, 0.3), 1.0) == (-1.0, -1.0, 3.0, 1.0)
