"""A normal fitted to codes has their mean and covariance, whatever these are, and so has what is drawn from it."""

import numpy as np
import torch

from latentlab.core.fitted_normal import FittedNormal
from latentlab.core.sampling import normal_latents


def some_codes(count, size, seed=0):
    rng = np.random.default_rng(seed)
    mixed = rng.normal(size=(count, size)) @ rng.normal(size=(size, size)) + 3 * rng.normal(size=size)
    return mixed.astype(np.float32)


def covariance(codes):
    return np.atleast_2d(np.cov(codes.T.astype(np.float64), bias=True))


def test_it_has_the_mean_and_covariance_of_the_codes():
    codes = some_codes(400, 5)
    normal = FittedNormal.of(codes)
    np.testing.assert_allclose(normal.mean, codes.mean(0, dtype=np.float64))
    np.testing.assert_allclose(normal.root @ normal.root, covariance(codes), atol=1e-9)
    np.testing.assert_allclose(normal.root, normal.root.T, atol=1e-12)


def test_many_draws_have_its_moments():
    codes, count = some_codes(300, 4), 200_000
    drawn = FittedNormal.of(codes).placed(normal_latents(count, 4, 1.0, seed=5)).numpy()
    assert drawn.dtype == np.float32
    expected = covariance(codes)
    spread = np.sqrt(np.diag(expected))
    # Five standard errors of each.
    assert (np.abs(drawn.mean(0) - codes.mean(0)) < 5 * spread / count**0.5).all()
    errors = np.sqrt((np.outer(spread, spread) ** 2 + expected**2) / count)
    assert (np.abs(covariance(drawn) - expected) < 5 * errors).all()


def test_temperature_widens_it_about_the_same_mean():
    codes = some_codes(100, 3)
    normal = FittedNormal.of(codes)
    cool, warm = (normal.placed(normal_latents(50, 3, temperature, seed=2)).numpy() for temperature in (1.0, 2.0))
    np.testing.assert_allclose(warm - normal.mean, 2 * (cool - normal.mean), rtol=1e-4, atol=1e-4)


def test_a_latent_that_has_collapsed_stays_where_it_is():
    codes = some_codes(200, 3)
    codes[:, 1] = 0.25
    drawn = FittedNormal.of(codes).placed(normal_latents(500, 3, 1.0, seed=1)).numpy()
    np.testing.assert_allclose(drawn[:, 1], 0.25, atol=1e-6)
    assert drawn[:, 0].std() > 0.1


def test_fewer_codes_than_dimensions_are_drawn_from_the_part_that_they_fill():
    codes = some_codes(4, 10)
    drawn = FittedNormal.of(codes).placed(normal_latents(500, 10, 1.0, seed=1)).numpy()
    centred = (codes - codes.mean(0)).astype(np.float64)
    inside = np.linalg.svd(centred)[2][:3]
    away = (drawn - codes.mean(0)).astype(np.float64)
    np.testing.assert_allclose(away, away @ inside.T @ inside, atol=1e-4)


def test_a_single_code_is_all_that_is_drawn():
    normal = FittedNormal.of(np.array([[1.5, -2.0]], np.float32))
    np.testing.assert_array_equal(normal.placed(torch.randn(7, 2)).numpy(), [[1.5, -2.0]] * 7)


def test_codes_that_are_not_finite_are_left_out():
    codes = some_codes(50, 2)
    spoilt = np.concatenate([codes, np.array([[np.nan, 0.0], [np.inf, 1.0]], np.float32)])
    np.testing.assert_allclose(FittedNormal.of(spoilt).root, FittedNormal.of(codes).root)
    assert FittedNormal.of(spoilt[50:]) is None
    assert FittedNormal.of(np.empty((0, 2), np.float32)) is None
