"""The networks: as wide, as deep and as bent as their settings say, and the same as ever at the defaults."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import logit
from torch import nn

from latentlab.core.models import BodyConfig, ImageShape
from latentlab.core.models.bodies import begin_with, beside_image, build_decoder, build_encoder
from tests.core.models.making import SHAPES, images, labels, make

MNIST = ImageShape(1, 28, 28)


def layers(network, kind=nn.Linear):
    """The layers of a kind, in order."""
    return [layer for layer in network.modules() if isinstance(layer, kind)]


def sizes(network):
    """The widths of an MLP from end to end."""
    linear = layers(network)
    return [linear[0].in_features, *(layer.out_features for layer in linear)]


@pytest.mark.parametrize(
    "settings, widths",
    [
        ({}, [784, 512, 256, 2]),
        ({"hidden": 1000, "depth": 3, "latent_dim": 30}, [784, 1000, 500, 250, 30]),
        ({"hidden": 200, "taper": "same", "activation": "tanh", "latent_dim": 50}, [784, 200, 200, 50]),
        ({"hidden": 8, "depth": 4}, [784, 8, 4, 2, 1, 2]),
        ({"hidden": 64, "depth": 1}, [784, 64, 2]),
    ],
)
def test_widths_of_an_mlp_and_of_its_mirror(settings, widths):
    config = BodyConfig(**settings)
    assert sizes(build_encoder(config, MNIST, config.latent_dim)) == widths
    assert sizes(build_decoder(config, MNIST, config.latent_dim)) == widths[::-1]


def test_saved_runs_find_the_names_that_they_were_saved_with():
    encoder, decoder = build_encoder(BodyConfig(), MNIST, 4), build_decoder(BodyConfig(), MNIST, 2)
    for network in (encoder, decoder):
        assert list(network.state_dict()) == [f"{layer}.{part}" for layer in (1, 3, 5) for part in ("weight", "bias")]
    convolutional = build_encoder(BodyConfig(body="conv"), MNIST, 4).state_dict()
    assert list(convolutional)[::2] == ["features.0.weight", "features.2.weight", "head.1.weight", "head.3.weight"]


@pytest.mark.parametrize("body", ["mlp", "conv"])
@pytest.mark.parametrize("name, kind", [("relu", nn.ReLU), ("tanh", nn.Tanh), ("silu", nn.SiLU)])
def test_the_activation_is_the_only_one(body, name, kind):
    config = BodyConfig(body=body, activation=name)
    for network in (build_encoder(config, MNIST, 2), build_decoder(config, MNIST, 2)):
        assert len(layers(network, kind)) >= 2
        assert len(layers(network, (nn.ReLU, nn.Tanh, nn.SiLU))) == len(layers(network, kind))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("body", ["mlp", "conv"])
def test_a_label_beside_an_image_reaches_every_output(body, shape):
    config = BodyConfig(body=body, hidden=16, channels=4, activation="tanh")
    encoder = build_encoder(config, shape, 6, shape.classes)
    x, one_hot = images(shape), nn.functional.one_hot(labels(), shape.classes).float()
    seen = beside_image(config, x, one_hot)
    if body == "conv":
        assert torch.equal(seen[:, : shape.channels], x)
        assert torch.equal(seen[:, shape.channels :].amax((2, 3)), one_hot)
        assert torch.equal(seen[:, shape.channels :].amin((2, 3)), one_hot)
    else:
        assert torch.equal(seen, torch.cat([x.flatten(1), one_hot], 1))
    other = encoder(beside_image(config, x, one_hot.roll(1, 1)))
    assert other.shape == (5, 6)
    assert ((other - encoder(seen)).abs() > 0).all()


@pytest.mark.parametrize("maps", [1, 2])
@pytest.mark.parametrize("body", ["mlp", "conv"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_decoder_begins_with_an_image(shape, body, maps):
    decoder = build_decoder(BodyConfig(body=body, hidden=16), shape, 2, maps)
    image = 0.02 + 0.96 * images(shape, 1)[0]
    last = layers(decoder, (nn.Linear, nn.ConvTranspose2d))[-1]
    nn.init.zeros_(last.weight)
    theirs = decoder(torch.zeros(1, 2))[0, shape.channels :].detach()
    begin_with(decoder, image)
    begun = decoder(torch.randn(1, 2))[0].detach()
    # A transposed convolution has one bias a channel.
    wanted = image if body == "mlp" else image.mean((1, 2), keepdim=True).expand(image.shape)
    np.testing.assert_allclose(begun[: shape.channels], logit(wanted.numpy()), atol=1e-4)
    assert torch.equal(begun[shape.channels :], theirs)


def test_pixels_that_never_have_ink_begin_near_nothing():
    decoder = build_decoder(BodyConfig(hidden=16), MNIST, 2)
    nn.init.zeros_(layers(decoder)[-1].weight)
    begin_with(decoder, torch.zeros(1, 28, 28))
    np.testing.assert_allclose(torch.sigmoid(decoder(torch.zeros(1, 2))).detach(), 0.001, atol=1e-6)


@torch.no_grad()
@pytest.mark.parametrize("name", ["ae", "dae", "vae", "beta_vae", "cvae"])
def test_models_begin_with_the_mean_image(name):
    torch.manual_seed(0)
    model, x = make(name), images(SHAPES[0], 200) ** 4
    z, label = torch.randn(50, model.latent_size), labels(50)

    def error():
        return float((model.decode(z, label) - x.mean(0)).square().mean())

    before = error()
    model.prepare(x)
    assert error() < 0.2 * before
