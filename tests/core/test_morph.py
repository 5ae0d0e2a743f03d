"""A morph begins at one placing, ends at the other as SciPy lays it over the first, and goes straight between."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.spatial import procrustes

from latentlab.core.morph import Morph


@pytest.fixture
def placings():
    rng = np.random.default_rng(0)
    start = rng.normal((3, -2), (2.0, 0.7), (500, 2)).astype(np.float32)
    angle = np.radians(130.0)
    mirrored_turn = np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), -np.cos(angle)]])
    other = 40 * start @ mirrored_turn + rng.normal((100, 0), 9.0, (500, 2))
    return start, other.astype(np.float32)


def test_it_begins_and_ends_at_the_two_placings(placings):
    start, other = placings
    morph = Morph.between(start, other)
    np.testing.assert_array_equal(morph.at(0.0), start)
    end = morph.at(1.0)
    # The shape at the end is the other placing's: every distance is the same multiple of what it is there.
    ratios = np.linalg.norm(np.diff(end, axis=0), axis=1) / np.linalg.norm(np.diff(other, axis=0), axis=1)
    np.testing.assert_allclose(ratios, ratios.mean(), rtol=1e-3)
    np.testing.assert_allclose(np.linalg.norm(end - end.mean(0)), np.linalg.norm(start - start.mean(0)), rtol=1e-4)


def test_the_end_is_laid_as_scipy_lays_it(placings):
    start, other = placings
    morph = Morph.between(start, other)
    reference, laid, _ = procrustes(start.astype(float), other.astype(float))
    spread = np.linalg.norm(start - start.mean(0))
    _, singular = orthogonal_procrustes(reference, (other - other.mean(0)) / np.linalg.norm(other - other.mean(0)))
    # SciPy also shrinks by how far the two agree, which would make poor agreement look small.
    np.testing.assert_allclose((morph.end - start.mean(0)) / spread * singular, laid, atol=1e-5)


def test_it_goes_straight(placings):
    morph = Morph.between(*placings)
    np.testing.assert_allclose(morph.at(0.25), 0.75 * morph.start + 0.25 * morph.end, rtol=1e-4, atol=1e-4)


def test_a_placing_that_is_only_turned_does_not_move(placings):
    start, _ = placings
    turned = 7 * start[:, ::-1] + np.float32(4)
    np.testing.assert_allclose(Morph.between(start, turned).at(0.5), start, atol=1e-4)


def test_what_has_no_place_at_one_end_is_seen_at_the_other_only(placings):
    start, other = placings
    whole = Morph.between(start[:400], other[:400])
    other[400:] = np.nan
    morph = Morph.between(start, other)
    np.testing.assert_array_equal(morph.at(0), start)
    for share in (0.5, 1):
        np.testing.assert_allclose(morph.at(share)[:400], whole.at(share), atol=1e-4)
        assert np.isnan(morph.at(share)[400:]).all()


def test_one_more_point_goes_with_the_others(placings):
    start, other = placings
    morph = Morph.between(start, other)
    at = morph.between_points(tuple(start[7].tolist()), tuple(other[7].tolist()), 0.3)
    np.testing.assert_allclose(at, morph.at(0.3)[7], atol=1e-4)
    assert morph.between_points(None, (0.0, 0.0), 0.3) is None
    assert morph.between_points((1.0, 2.0), None, 0.0) == (1.0, 2.0)


@pytest.mark.parametrize("known", [0, 1])
def test_with_nothing_in_common_nothing_is_turned(placings, known):
    start, other = placings
    other[known:] = np.nan
    np.testing.assert_array_equal(Morph.between(start, other).end[:known], other[:known])


def test_a_collapsed_placing_stays_finite(placings):
    start, _ = placings
    assert np.isfinite(Morph.between(start, np.ones_like(start)).at(0.5)).all()
    assert np.isfinite(Morph.between(np.ones_like(start), start).at(0.5)).all()
