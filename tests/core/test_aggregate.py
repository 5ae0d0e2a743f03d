"""The aggregate posterior's density and holes, beside NumPy's histogram, SciPy's normals, and the evaluation's own."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from latentlab.core.aggregate import Aggregate, CellGrid, MapAggregate, PlanePrior, mixture_density
from latentlab.core.coverage import coverage
from latentlab.core.plane import LatentPlane
from tests.core.test_posterior import served

RECT = (-2.0, -1.5, 2.5, 1.5)


def run(parts):
    """What a generator returns at its end."""
    while True:
        try:
            next(parts)
        except StopIteration as end:
            return end.value


def normals(count=400, seed=0):
    generator = np.random.default_rng(seed)
    return generator.normal(size=(count, 2)).astype(np.float32)


def covariances(count, first, second, correlation=0.0):
    off = correlation * first * second
    return np.tile(np.array([[first**2, off], [off, second**2]], np.float32), (count, 1, 1))


def test_points_alone_are_numpys_histogram():
    mean, grid = normals(), CellGrid.over(RECT, 30)
    found = run(mixture_density(mean, covariances(400, 1e-7, 1e-7), grid))
    counted, _, _ = np.histogram2d(*mean.T, bins=grid.edges)
    area = np.prod(grid.cell)
    np.testing.assert_allclose(found, counted.T / (400 * area), atol=1e-4)


@pytest.mark.parametrize("correlation, cells, rtol", [(0.0, 160, 2e-3), (0.6, 120, 0.03)])
def test_wide_normals_are_scipys(correlation, cells, rtol):
    mean, grid = normals(50), CellGrid.over(RECT, cells)
    covariance = covariances(50, 0.3, 0.2, correlation)
    found = run(mixture_density(mean, covariance, grid))
    shown = CellGrid(RECT, found.shape[1], found.shape[0])
    places = np.stack(np.meshgrid(*shown.centres), -1)
    expected = np.mean([multivariate_normal(m, c).pdf(places) for m, c in zip(mean, covariance, strict=True)], 0)
    np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * expected.max())


def test_askew_normals_are_a_histogram_of_their_draws():
    mean, generator = normals(40), np.random.default_rng(3)
    covariance = covariances(40, 0.4, 0.25, -0.7)
    found = run(mixture_density(mean, covariance, CellGrid.over(RECT, 24)))
    grid = CellGrid(RECT, found.shape[1], found.shape[0])
    drawn = np.concatenate([generator.multivariate_normal(m, covariance[0], 20_000) for m in mean])
    counted, _, _ = np.histogram2d(*drawn.T, bins=grid.edges)
    expected = counted.T / (len(drawn) * np.prod(grid.cell))
    np.testing.assert_allclose(found, expected, atol=0.06 * expected.max())


def test_one_latent_is_a_density_along_a_line():
    mean = normals(30) * (1, 0)
    grid = CellGrid.over(RECT, 200)
    found = run(mixture_density(mean.astype(np.float32), covariances(30, 0.3, 0.1), grid, flat=True))
    expected = norm.pdf(grid.centres[0][:, None], mean[:, 0], 0.3).mean(1)
    np.testing.assert_allclose(found, np.tile(expected, (grid.rows, 1)), rtol=5e-3, atol=1e-3)


def test_the_prior_of_a_principal_plane_lies_where_its_middle_does():
    generator = np.random.default_rng(5)
    plane = LatentPlane.principal((generator.normal(size=(200, 4)) * (2, 1, 0.5, 0.1) + 0.7).astype(np.float32))
    prior = PlanePrior.on(plane)
    drawn = plane.project(generator.standard_normal((200_000, 4)).astype(np.float32))
    np.testing.assert_allclose(prior.middle, drawn.mean(0), atol=0.01)
    np.testing.assert_allclose(np.cov(drawn, rowvar=False), np.eye(2), atol=0.01)
    expected = multivariate_normal(drawn.mean(0)).logpdf([0.5, -0.3])
    distance = prior.distance(np.array([0.5]), np.array([-0.3]))
    np.testing.assert_allclose(prior.log_density(distance), expected, atol=0.02)


def over_prior(mean, scale, rect=(-3.0, -3.0, 3.0, 3.0)) -> Aggregate:
    """`MapAggregate` of posteriors that are given."""
    server = served("vae", mean.shape[1])
    server.cloud._latents, server.cloud._scales = mean, scale
    server.cloud._encoded = np.ones(len(mean), bool)
    *_, answer = MapAggregate(rect).answers(server)
    return answer


def posteriors(count, latents=2, scale=0.15):
    """That together make the prior."""
    mean = np.random.default_rng(0).normal(size=(count, latents)) * np.sqrt(1 - scale**2)
    return mean.astype(np.float32), np.full((count, latents), scale, np.float32)


@pytest.mark.parametrize("latents", [1, 2, 5])
@pytest.mark.parametrize("count, scale", [(300, 0.15), (3000, 0.15), (3000, 0.01)])
def test_posteriors_that_make_the_prior_have_no_holes(latents, count, scale):
    answer = over_prior(*posteriors(count, latents, scale))
    assert answer.empty < 0.03 and answer.hole.mean() < 0.03


def test_an_empty_disc_is_the_hole_that_the_evaluation_finds():
    mean, scale = posteriors(5000)
    away = np.linalg.norm(mean - (0.8, 0), axis=1) > 0.8
    mean, scale = mean[away], scale[away]
    answer = over_prior(mean, scale)
    found = coverage(mean, scale, np.ones(2), lambda share: None)
    assert found.holes > 0.05 and answer.empty == pytest.approx(found.holes, abs=0.01)
    assert answer.images == found.images == len(mean)
    assert answer.is_hole(0.8, 0.0) and not answer.is_hole(-0.8, 0.0) and not answer.is_hole(9.0, 0.0)
    ends = answer.outline.reshape(-1, 2)
    inner = ends[np.linalg.norm(ends - (0.8, 0), axis=1) < 1]
    assert len(inner) > 20 and 0.4 < np.linalg.norm(inner - (0.8, 0), axis=1).mean() < 0.8


def test_a_model_without_a_prior_has_no_such_map():
    assert not any(MapAggregate(RECT).answers(served("ae", 2)))
