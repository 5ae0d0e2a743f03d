"""The decoder's stretch beside autograd's Jacobian, and where it is known."""

import numpy as np
import pytest
import torch

from latentlab.core.projections import PCA
from latentlab.core.serving import LatentServer
from latentlab.core.stretch import MapStretch, decoder_stretch
from tests.core.sets import digits
from tests.core.test_posterior import served

RECT = (-2.0, -1.5, 2.0, 1.0)


def by_autograd(server, position, label):
    """The largest singular value of the Jacobian that autograd finds, along the plane."""
    z = torch.from_numpy(server.lift(np.array([position], np.float32)))
    jacobian = torch.autograd.functional.jacobian(lambda z: server.decode_exactly(z, label).flatten(), z)
    return np.linalg.svd(jacobian[:, 0].numpy() @ server.plane.axes.T, compute_uv=False)[0]


@pytest.mark.parametrize(
    "name, options",
    [
        ("vae", {"latents": 2, "activation": "tanh"}),
        ("vae", {"latents": 5, "activation": "silu", "body": "conv"}),
        ("cvae", {"latents": 1, "activation": "tanh"}),
        ("ae", {"latents": 3, "activation": "tanh"}),
        ("linear_vae", {"latents": 3}),
    ],
)
def test_it_is_autograds(name, options):
    server = served(name, **options)
    # Stronger weights: an untrained decoder's image hardly changes at all.
    with torch.no_grad():
        for parameter in server.source.decoder.parameters():
            parameter.mul_(1.7)
    positions = np.random.default_rng(0).uniform(-1.5, 1.5, (12, 2)).astype(np.float32)
    expected = [by_autograd(server, position, 3) for position in positions]
    np.testing.assert_allclose(decoder_stretch(server, positions, 3), expected, rtol=0.01)


def test_that_of_pca_is_one_everywhere():
    server = LatentServer(PCA.fit(digits().train.images, 16, 2), 16)
    np.testing.assert_allclose(decoder_stretch(server, np.array([[0, 0], [3, -2]], np.float32)), 1, rtol=2e-3)


def test_a_map_grows_finer_and_stands_where_it_says():
    server = served("vae", 2)
    maps = [part for part in MapStretch(RECT, seconds=60.0).answers(server) if part is not None]
    assert [part.values.shape for part in maps] == [(8, 12), (15, 24), (30, 48)]
    assert [part.complete for part in maps] == [False, False, True]
    x, y = RECT[0] + 10.5 * 4 / 48, RECT[1] + 4.5 * 2.5 / 30
    np.testing.assert_allclose(
        maps[-1].values[4, 10], decoder_stretch(server, np.array([[x, y]], np.float32)), rtol=1e-3
    )


def test_a_slow_model_stays_with_the_coarse():
    maps = [part for part in MapStretch(RECT, seconds=0.0).answers(served("vae", 2)) if part is not None]
    assert len(maps) == 1 and maps[0].complete
