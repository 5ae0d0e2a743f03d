"""Arcs beside scipy's great circles and Shoemake's formula; places along a chain by plain arithmetic."""

import numpy as np
import pytest
from scipy.spatial import geometric_slerp

from latentlab.core.interpolation import arc_lengths, places_along, points_at, slerp

SHARES = np.linspace(0.0, 1.0, 9)


def unit(rng, size):
    vector = rng.normal(size=size)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize("size", [2, 3, 16])
def test_directions_are_scipys_and_shoemakes(size):
    rng = np.random.default_rng(size)
    for _ in range(20):
        a, b = unit(rng, size), unit(rng, size)
        omega = np.arccos(a @ b)
        shoemake = np.outer(np.sin((1 - SHARES) * omega), a) + np.outer(np.sin(SHARES * omega), b)
        found = slerp(a, b, SHARES)
        np.testing.assert_allclose(found, geometric_slerp(a, b, SHARES), atol=1e-6)
        np.testing.assert_allclose(found, shoemake / np.sin(omega), atol=1e-5)


def test_length_grows_evenly_where_the_straight_line_would_cut_through_the_middle():
    rng = np.random.default_rng(1)
    a, b = 5 * unit(rng, 32), 3 * unit(rng, 32)
    found = slerp(a, b, SHARES)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), np.linspace(5, 3, 9), rtol=1e-5)
    assert np.linalg.norm((a + b) / 2) < 0.8 * np.linalg.norm(found[4])


def test_opposite_ends_go_half_round_and_never_far_away():
    for a in (np.array([2.0, 0.0]), np.array([0.0, -1.5, 0.0]), np.array([1.0, 1.0, 1.0, 1.0])):
        for wobble in (0.0, 1e-12, 1e-6):
            found = slerp(a, -a + wobble, SHARES)
            np.testing.assert_allclose(np.linalg.norm(found, axis=1), np.linalg.norm(a), rtol=1e-4)
            np.testing.assert_allclose(found[[0, -1]], [a, -a], atol=1e-5)
            assert abs(found[4] @ a) < 1e-4


def test_without_a_direction_the_way_is_straight():
    np.testing.assert_allclose(slerp(np.zeros(2), np.array([2.0, 4.0]), SHARES), np.outer(SHARES, [2, 4]))
    np.testing.assert_allclose(slerp(np.array([-1.0]), np.array([3.0]), SHARES)[:, 0], -1 + 4 * SHARES)
    np.testing.assert_allclose(slerp(np.array([1.0, 2.0]), np.array([2.0, 4.0]), SHARES)[4], [1.5, 3.0])


def test_places_are_at_shares_of_the_length():
    chain = np.array([[0, 0], [3, 4], [3, 4], [3, 5], [7, 5]], np.float32)
    assert arc_lengths(chain).tolist() == [0, 5, 5, 6, 10]
    before, share = places_along(chain, np.array([0, 0.25, 0.5, 0.55, 0.8, 1]))
    expected = [[0, 0], [1.5, 2], [3, 4], [3, 4.5], [5, 5], [7, 5]]
    np.testing.assert_allclose(points_at(chain, before, share), expected, atol=1e-6)


def test_a_chain_without_length_is_one_place():
    chain = np.full((3, 2), 1.5, np.float32)
    np.testing.assert_allclose(points_at(chain, *places_along(chain, SHARES)), np.full((9, 2), 1.5))
