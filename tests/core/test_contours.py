"""Zero lines of fields whose zeros are known."""

import numpy as np

from latentlab.core.contours import zero_lines


def test_a_circle():
    y, x = np.mgrid[0:41, 0:61]
    lines = zero_lines(np.hypot(x - 30.3, y - 19.6) - 12)
    ends = lines.reshape(-1, 2)
    np.testing.assert_allclose(np.hypot(*(ends - (30.3, 19.6)).T), 12, atol=0.02)
    np.testing.assert_allclose(np.linalg.norm(lines[:, 2:] - lines[:, :2], axis=1).sum(), 2 * np.pi * 12, rtol=5e-3)
    # A closed line: every end is met by one other.
    _, times = np.unique(ends.round(9), axis=0, return_counts=True)
    assert (times == 2).all()


def test_a_slope_is_cut_straight_and_a_saddle_twice():
    y, x = np.mgrid[0:5, 0:4].astype(float)
    lines = zero_lines(2 * x - 3.0 + 0 * y)
    np.testing.assert_allclose(lines[:, [0, 2]], 1.5)
    assert len(lines) == 4
    np.testing.assert_allclose(
        zero_lines(np.array([[-1.0, 1.0], [1.0, -1.0]])), [[0.5, 0, 0, 0.5], [1, 0.5, 0.5, 1]]
    )


def test_no_zero_no_line():
    assert zero_lines(np.ones((3, 4))).shape == zero_lines(-np.ones((3, 4))).shape == (0, 4)
