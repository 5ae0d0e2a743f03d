"""Sheets of samples beside plain calls of the model and what is known of the distributions they are drawn from."""

import numpy as np
import pytest
import torch

from latentlab.core.code_prior import CodeLayout, CodePrior, LearnedPrior, PriorConfig, PriorFigures
from latentlab.core.fitted_normal import FittedNormal
from latentlab.core.models import Capabilities, ImageShape, create, model_info
from latentlab.core.options import build
from latentlab.core.point_cloud import PointCloud
from latentlab.core.projections import PCA
from latentlab.core.sampling import EACH, SHEET, DrawSamples, normal_latents, uniform_codes
from latentlab.core.serving import LatentServer
from tests.core.sets import digits


def server_of(name, **options):
    torch.manual_seed(0)
    model = create(name, build(model_info(name).config, options), ImageShape(1, 8, 8, 10))
    return LatentServer(model.eval(), 16)


def drawn(server, **request):
    *parts, samples = DrawSamples(**{"seed": 1, **request}).answers(server)
    assert not any(parts)
    return samples


def close(images, expected):
    return np.abs(images / 255 - expected.detach().numpy()).max() <= 0.5 / 255 + 1e-6


def test_latents_are_of_the_prior_and_decoded():
    server = server_of("vae", latent_dim=3, hidden=16)
    samples = drawn(server)
    assert samples.sampler == "prior" and samples.latents.shape == (SHEET, 3) and samples.uniform is None
    assert close(samples.images, server.source.decode(torch.from_numpy(samples.latents)))


def test_normal_latents_have_the_moments_of_the_prior():
    latents = normal_latents(20_000, 4, 0.5, seed=3)
    # Five standard errors of each.
    assert latents.mean(0).abs().max() < 5 * 0.5 / 20_000**0.5
    assert (latents.var(0) - 0.25).abs().max() < 5 * 0.25 * (2 / 20_000) ** 0.5
    covariance = torch.cov(latents.T) - torch.diag(latents.var(0))
    assert covariance.abs().max() < 5 * 0.25 / 20_000**0.5


def test_temperature_scales_the_same_latents():
    torch.testing.assert_close(normal_latents(5, 2, 2.0, 7), 2.0 * normal_latents(5, 2, 1.0, 7))


def test_a_sheet_is_known_by_its_number():
    server = server_of("vae", hidden=16)
    before = torch.random.get_rng_state()
    first, again, other = drawn(server), drawn(server), drawn(server, seed=2)
    np.testing.assert_array_equal(first.images, again.images)
    assert not np.array_equal(first.images, other.images)
    assert torch.equal(torch.random.get_rng_state(), before)


class Conditional:
    """Decodes a latent to a level and a label to a place, so that both can be read off an image."""

    latent_size = 2
    capabilities = Capabilities(prior=True, conditional=True, sampler="prior")

    def decode(self, z, label=None):
        images = torch.zeros(len(z), 1, 2, 5)
        images[torch.arange(len(z)), 0, 0, label] = 1.0
        images[:, 0, 1, 0] = torch.sigmoid(z[:, 0])
        return images


def test_every_class_shows_the_same_latents():
    samples = drawn(LatentServer(Conditional(), 255), classes=(0, 2, 4))
    assert samples.classes == (0, 2, 4) and samples.latents.shape == (EACH, 2)
    sheets = samples.images.reshape(3, EACH, 2, 5)
    for sheet, label in zip(sheets, (0, 2, 4), strict=True):
        assert (sheet[:, 0].argmax(1) == label).all()
        assert close(sheet[:, 1, 0], torch.sigmoid(torch.from_numpy(samples.latents[:, 0])))


def test_one_class_fills_the_sheet():
    samples = drawn(LatentServer(Conditional(), 255), classes=(3,))
    assert len(samples.images) == SHEET and (samples.images[:, 0, 0].argmax(1) == 3).all()


def test_classes_mean_nothing_to_other_models():
    assert drawn(server_of("vae", hidden=16), classes=(1, 2)).classes == ()


def with_cloud(server):
    """It, with the test digits as the shown points, all encoded."""
    split = digits().test
    server.cloud = PointCloud(split.images, split.labels)
    while server.cloud.stale:
        server.cloud.encode_some(server, 1.0)
    return server


@pytest.mark.parametrize("name", ["ae", "dae", "linear_ae", "pca"])
def test_without_a_prior_the_same_draws_are_decoded_as_they_are_and_as_the_codes_lie(name):
    pca = PCA.fit(digits().train.images, 16, 2)
    server = with_cloud(LatentServer(pca, 16) if name == "pca" else server_of(name, latent_dim=2))
    samples = drawn(server, temperature=0.5)
    assert samples.sampler == "" and samples.classes == () and samples.uniform is None
    draws = normal_latents(SHEET, 2, 0.5, 1)
    np.testing.assert_array_equal(samples.latents, draws)
    np.testing.assert_array_equal(samples.fitted_latents, FittedNormal.of(server.cloud.latents).placed(draws))
    for images, latents in ((samples.images, samples.latents), (samples.fitted, samples.fitted_latents)):
        assert close(images, server.source.decode(torch.from_numpy(latents)).clamp(0, 1))


def test_a_normal_is_fitted_to_what_is_encoded_by_now():
    server = server_of("ae", hidden=16)
    assert drawn(server).fitted is None  # nothing is shown
    server.cloud = PointCloud(digits().test.images)
    assert drawn(server).fitted is None and len(drawn(server).images) == SHEET
    server.cloud.encode_some(server, 0.0, most=40)
    known = server.cloud.latents[server.cloud.encoded]
    assert 0 < len(known) <= 40
    placed = FittedNormal.of(known).placed(normal_latents(SHEET, 2, 1.0, 1))
    np.testing.assert_array_equal(drawn(server).fitted_latents, placed)


def test_beside_a_prior_a_normal_is_fitted_where_it_is_wanted():
    server = with_cloud(server_of("vae", hidden=16))
    alone, beside = drawn(server), drawn(server, fitted=True)
    assert alone.fitted is None and alone.fitted_latents is None
    assert beside.sampler == "prior"
    np.testing.assert_array_equal(beside.images, alone.images)
    assert close(beside.fitted, server.source.decode(torch.from_numpy(beside.fitted_latents)))


def test_a_fitted_normal_of_a_conditional_model_is_decoded_as_every_class():
    server = LatentServer(Conditional(), 255)
    server.cloud = PointCloud(np.zeros((3, 1, 2, 5), np.uint8))
    server.cloud.encode_with_scale = lambda *_: (np.array([[0, 1], [2, 1], [4, 1]], np.float32), None)
    server.cloud.encode_some(server, 0.0)
    samples = drawn(server, classes=(1, 3), fitted=True)
    assert samples.fitted_latents.shape == (EACH, 2) and (samples.fitted_latents[:, 1] == 1).all()
    assert (samples.fitted.reshape(2, EACH, 2, 5)[:, :, 0].argmax(2) == [[1], [3]]).all()


def test_uniform_codes_are_uniform():
    codes = uniform_codes(4000, CodeLayout(2, 3, 8), seed=0)
    assert codes.shape == (4000, 2, 3)
    found = np.bincount(codes.numpy().ravel(), minlength=8)
    # Pearson's statistic of 7 degrees of freedom is beyond 24 once in a thousand times.
    assert ((found - 3000) ** 2 / 3000).sum() < 24


@pytest.mark.parametrize("grid, body", [(2, "conv"), (3, "mlp"), (1, "mlp")])
def test_codes_are_decoded_as_the_model_decodes_them(grid, body):
    server = server_of("vqvae", grid=grid, body=body, codes=9, latent_dim=3, channels=8, hidden=16)
    samples = drawn(server)
    codes = uniform_codes(SHEET, CodeLayout(grid, grid, 9), seed=1)
    vectors = server.source.codebook()[codes].flatten(1)
    assert samples.sampler == "codes" and samples.latents is None and samples.uniform is None
    assert close(samples.images, server.source.decode(vectors))


def test_a_learned_prior_stands_beside_uniform_codes():
    server = server_of("vqvae", grid=2, codes=9, latent_dim=3, channels=8)
    network = CodePrior(CodeLayout(2, 2, 9), 4)
    network.head.bias.data[5] = 50.0  # it is sure of one code
    prior = LearnedPrior(network.eval(), PriorConfig(), 0, 1.0, PriorFigures(0.0, 1.0, 4))
    samples = drawn(server, prior=prior)
    expected = server.source.decode_codes(torch.full((SHEET, 2, 2), 5))
    assert close(samples.images, expected)
    np.testing.assert_array_equal(samples.uniform, drawn(server).images)
