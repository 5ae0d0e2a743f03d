"""The networks: as wide, as deep and as bent as their settings say, and the same as ever at the defaults."""

from __future__ import annotations

from dataclasses import fields

import pytest
import torch
from torch import nn

from latentlab.core.models import BodyConfig, ImageShape, model_info
from latentlab.core.models.bodies import beside_image, build_decoder, build_encoder
from tests.core.models.making import SHAPES, images, labels

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
        ({}, [784, 360, 360, 360, 2]),
        ({"hidden": 512, "depth": 2, "taper": "halve"}, [784, 512, 256, 2]),
        ({"hidden": 1000, "depth": 3, "taper": "halve", "latent_dim": 30}, [784, 1000, 500, 250, 30]),
        ({"hidden": 200, "depth": 2, "activation": "tanh", "latent_dim": 50}, [784, 200, 200, 50]),
        ({"hidden": 8, "depth": 4, "taper": "halve"}, [784, 8, 4, 2, 1, 2]),
        ({"hidden": 64, "depth": 1, "taper": "halve"}, [784, 64, 2]),
    ],
)
def test_widths_of_an_mlp_and_of_its_mirror(settings, widths):
    config = BodyConfig(**settings)
    assert sizes(build_encoder(config, MNIST, config.latent_dim)) == widths
    assert sizes(build_decoder(config, MNIST, config.latent_dim)) == widths[::-1]


def test_saved_runs_find_the_names_that_they_were_saved_with():
    config = BodyConfig(depth=2)
    encoder, decoder = build_encoder(config, MNIST, 4), build_decoder(config, MNIST, 2)
    for network in (encoder, decoder):
        assert list(network.state_dict()) == [f"{layer}.{part}" for layer in (1, 3, 5) for part in ("weight", "bias")]
    convolutional = build_encoder(BodyConfig(body="conv"), MNIST, 4).state_dict()
    assert list(convolutional)[::2] == ["features.0.weight", "features.2.weight", "head.1.weight", "head.3.weight"]


def test_models_that_stand_side_by_side_have_the_same_network_by_default():
    configs = [model_info(name).config() for name in ("ae", "dae", "vae", "beta_vae", "cvae")]
    assert len({tuple(getattr(config, each.name) for each in fields(BodyConfig)) for config in configs}) == 1


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
