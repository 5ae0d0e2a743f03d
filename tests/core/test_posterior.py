"""The posterior on the plane and the latents rolled from it, beside the model's own encoder and plain statistics."""

import numpy as np
import pytest
import torch

from latentlab.core.plane import LatentPlane
from latentlab.core.point_cloud import PointCloud
from latentlab.core.posterior import FindPosterior, RollNoise, projected_covariance
from tests.core.sets import digits
from tests.core.test_requests import server_of

POINT = 17


def served(name="vae", latents=5, **options):
    """A server whose cloud is the digits, all encoded, on the principal plane where there are many latents."""
    server = server_of(name, latent_dim=latents, **options)
    cloud = PointCloud(digits().test.images[:200], digits().test.labels[:200])
    server.cloud = cloud
    while cloud.stale:
        cloud.encode_some(server, 1.0)
    cloud.place(server)
    return server


def posterior_of(server, point):
    """μ and σ from the model itself."""
    cloud = server.cloud
    x, label = torch.from_numpy(cloud.images[[point]]).float() / 16, torch.from_numpy(cloud.labels[[point]])
    with torch.no_grad():
        encoding = server.source.encode(x, label)
    return encoding.mean[0].numpy(), encoding.scale[0].numpy()


@pytest.mark.parametrize("name, latents", [("vae", 1), ("vae", 2), ("vae", 5), ("cvae", 2)])
def test_it_is_the_models_own_on_the_plane(name, latents):
    server = served(name, latents)
    mean, scale = posterior_of(server, POINT)
    (found,) = FindPosterior(POINT).answers(server)
    assert found.point == POINT
    np.testing.assert_allclose(found.mean, server.plane.project(mean[None])[0], atol=1e-5)
    drawn = mean + scale * np.random.default_rng(0).standard_normal((200_000, latents))
    sampled = np.cov((drawn - server.plane.centre) @ server.plane.axes.T, rowvar=False)
    np.testing.assert_allclose(found.covariance, sampled, atol=0.02 * sampled.max())


def test_covariances_of_many_are_each_by_itself():
    generator = np.random.default_rng(1)
    plane = LatentPlane.principal(generator.normal(size=(100, 4)).astype(np.float32))
    scales = generator.uniform(0.1, 1, (3, 4)).astype(np.float32)
    for scale, covariance in zip(scales, projected_covariance(plane, scales), strict=True):
        np.testing.assert_allclose(covariance, plane.axes @ np.diag(scale**2) @ plane.axes.T, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", ["vae", "cvae"])
def test_rolls_are_mean_and_scaled_noise_decoded(name):
    server = served(name)
    mean, scale = posterior_of(server, POINT)
    (rolls,) = RollNoise(POINT, (4, 5)).answers(server)
    np.testing.assert_allclose(rolls.latents, mean + scale * rolls.noise, atol=1e-5)
    np.testing.assert_allclose(rolls.positions, server.plane.project(rolls.latents), atol=1e-5)
    label = torch.from_numpy(server.cloud.labels[[POINT] * 3])
    with torch.no_grad():
        expected = server.source.decode(torch.from_numpy(np.stack([mean, *rolls.latents])), label).numpy()
    images = np.stack([rolls.mean_image, *rolls.images])
    assert np.abs(images / 255 - expected).max() <= 0.5 / 255 + 1e-5


def test_the_same_seed_is_the_same_noise_under_other_weights():
    server = served()
    (before,) = RollNoise(POINT, (1, 2)).answers(server)
    with torch.no_grad():
        for parameter in server.source.parameters():
            parameter.mul_(1.5)
    (after,) = RollNoise(POINT, (2, 3)).answers(server)
    np.testing.assert_array_equal(before.noise[1], after.noise[0])
    assert not np.array_equal(before.latents[1], after.latents[0])
    assert not np.array_equal(after.noise[0], after.noise[1])


def test_noise_is_standard_normal():
    server = served()
    (rolls,) = RollNoise(POINT, tuple(range(4000))).answers(server)
    np.testing.assert_allclose(np.cov(rolls.noise, rowvar=False), np.eye(5), atol=0.1)
    np.testing.assert_allclose(rolls.noise.mean(0), 0, atol=0.07)


@pytest.mark.parametrize("request_of", [FindPosterior, RollNoise])
def test_an_autoencoder_has_none(request_of):
    assert list(request_of(POINT).answers(served("ae"))) == [None]
    assert served("ae").cloud.scales is None


def test_the_cloud_keeps_the_scales_that_it_meets():
    server = served()
    np.testing.assert_allclose(server.cloud.scales[POINT], posterior_of(server, POINT)[1], rtol=1e-4)
