"""What points are coloured by, beside plain calls of the model."""

import numpy as np
import pytest
import torch
from torch.distributions import Normal, kl_divergence

from latentlab.core import point_values
from latentlab.core.density import density
from latentlab.core.point_cloud import PointCloud
from latentlab.core.point_values import MeasureDensity, MeasurePoints, ReconstructPoint
from latentlab.core.quantity import Quantity
from tests.core.sets import digits
from tests.core.test_requests import server_of


@pytest.fixture(params=["vae", "cvae", "ae"])
def server(request):
    server = server_of(request.param)
    split = digits().test
    server.cloud = PointCloud(split.images, split.labels)
    return server


def plain(server):
    """The model's encoding and reconstruction of every image."""
    x = torch.tensor(server.cloud.images / 16, dtype=torch.float32)
    label = torch.tensor(server.cloud.labels) if server.conditional else None
    with torch.no_grad():
        encoding = server.source.encode(x, label)
        return x, encoding, server.source.decode(encoding.mean, label)


def measured(server, quantity):
    """The values of all points, asked for as the window does, and after how many requests."""
    values, asked = [], 0
    while sum(map(len, values)) < len(server.cloud.images):
        start = sum(map(len, values))
        *parts, answer = MeasurePoints(quantity, start).answers(server)
        assert not any(parts) and answer.start == start
        values.append(answer.values)
        asked += 1
    return np.concatenate(values), asked


def test_error_is_the_mean_squared_error_of_each_reconstruction(server, monkeypatch):
    monkeypatch.setattr(point_values, "_ROUND_SECONDS", 0.002)
    x, _, output = plain(server)
    values, asked = measured(server, Quantity.ERROR)
    assert asked > 1
    np.testing.assert_allclose(values, ((x - output) ** 2).mean((1, 2, 3)), rtol=1e-4)


def test_kl_is_that_of_the_posterior_from_the_prior(server):
    _, encoding, _ = plain(server)
    values, _ = measured(server, Quantity.KL)
    if encoding.scale is None:
        assert np.isnan(values).all()
    else:
        exact = kl_divergence(Normal(encoding.mean.double(), encoding.scale.double()), Normal(0.0, 1.0)).sum(1)
        np.testing.assert_allclose(values, exact, rtol=1e-3, atol=1e-4)


def test_density_is_that_of_the_positions(server):
    positions = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)
    (answer,) = MeasureDensity(positions).answers(server)
    np.testing.assert_array_equal(answer.values, density(positions))


def test_a_points_reconstruction_is_the_models(server):
    _, _, output = plain(server)
    (image,) = ReconstructPoint(11).answers(server)
    assert image.dtype == np.uint8
    assert np.abs(image / 255 - output[11].numpy()).max() <= 0.5 / 255 + 1e-5
