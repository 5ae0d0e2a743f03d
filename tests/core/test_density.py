import numpy as np
import pytest

from latentlab.core.density import bandwidth, density
from latentlab.core.geometry import density_extent


def clusters(count=3000):
    rng = np.random.default_rng(0)
    centres = np.array([(0, 0), (4, 1), (1, 5)])[rng.integers(0, 3, count)]
    return (centres + rng.normal(0, (0.4, 0.7), (count, 2))).astype(np.float32)


def test_density_is_the_sum_of_normal_kernels():
    points = clusters()
    width = bandwidth(points)
    squares = np.square(points[:, None].astype(np.float64) - points[None]).sum(2)
    exact = np.exp(-squares / (2 * width**2)).sum(1) / (2 * np.pi * width**2)
    x0, y0, x1, y1 = density_extent(points)
    # Points beyond the extent count for nothing, and kernels end at four bandwidths.
    inner = (np.abs(points - ((x0 + x1) / 2, (y0 + y1) / 2)) < np.array([x1 - x0, y1 - y0]) / 2 - 4 * width).all(1)
    assert inner.sum() > 2500
    np.testing.assert_allclose(density(points)[inner], exact[inner], rtol=0.05, atol=0.01 * exact.max())


@pytest.mark.parametrize("scale", [1e-3, 50.0])
def test_density_is_per_square_unit(scale):
    points = clusters()
    np.testing.assert_allclose(density(scale * points) * scale**2, density(points), rtol=0.02, atol=1.0)


def test_density_is_unknown_where_a_point_has_no_place_and_0_far_away():
    points = clusters()
    points[3], points[5] = np.nan, (1e4, -1e4)
    found = density(points)
    assert np.isnan(found[3]) and found[5] == 0 and np.isfinite(np.delete(found, 3)).all()


@pytest.mark.parametrize("points", [np.full((4, 2), np.nan), np.ones((7, 2)), np.arange(10.0).repeat(2).reshape(10, 2)])
def test_density_of_few_or_equal_points_is_no_error(points):
    found = density(points.astype(np.float32))
    assert found.shape == (len(points),) and not np.isinf(found).any()
