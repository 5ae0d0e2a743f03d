"""The autoencoder: squeeze an image through a few numbers and learn to put it back together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from latentlab.core.models.base import BodyConfig, Capabilities, Encoding, ImageShape, Model, ModelInfo, Objective
from latentlab.core.models.bodies import build_decoder, build_encoder


@dataclass(frozen=True)
class AutoencoderConfig(BodyConfig):
    """Settings of the autoencoder."""


class Autoencoder(Model):
    """Minimises the squared error ‖x − g(f(x))‖² of an image (Hinton & Salakhutdinov 2006).

    The decoder ends in a sigmoid, so that decoded images stay in [0, 1] wherever the hand drags.
    """

    term_units: ClassVar[dict[str, str]] = {"total": "squared error per image"}

    def __init__(self, config: AutoencoderConfig, shape: ImageShape) -> None:
        super().__init__(config, shape, config.latent_dim)
        self.capabilities = Capabilities()
        self.encoder = build_encoder(config, shape, config.latent_dim)
        self.decoder = build_decoder(config, shape, config.latent_dim)

    def encode(self, x: Tensor, label: Tensor | None = None) -> Encoding:
        return Encoding(mean=self.encoder(x))

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return torch.sigmoid(self.decoder(z))

    def objective(self, x: Tensor, label: Tensor | None = None, generator: torch.Generator | None = None) -> Objective:
        error = (self.decode(self.encoder(x)) - x).square().flatten(1).sum(1).mean()
        return Objective(total=error, terms={})


INFO = ModelInfo(
    name="ae",
    title="Autoencoder (AE)",
    short_title="AE",
    config=AutoencoderConfig,
    model=Autoencoder,
    summary="Squeezes each image into a few numbers and learns to rebuild it; non-linear PCA.",
    formula="min ‖x − g(f(x))‖²",
    paper="Hinton & Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks, Science 2006",
    training={"learning_rate": 2e-3},
)
