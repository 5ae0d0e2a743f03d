"""The linear autoencoder: the AE without its non-linearity, which finds what PCA finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from latentlab.core.models.base import Capabilities, Encoding, ImageShape, LatentConfig, Model, ModelInfo, Objective


@dataclass(frozen=True)
class LinearAutoencoderConfig(LatentConfig):
    """Settings of the linear autoencoder."""


class LinearAutoencoder(Model):
    """Minimises ‖x − (W z + c)‖² with z = V x + b (Baldi & Hornik 1989).

    At its only minimum, W spans the subspace of the first D principal components and the error is PCA's; all other
    stationary points are saddles. The latents are the principal ones but for an invertible linear map.
    """

    term_units: ClassVar[dict[str, str]] = {"total": "squared error per image"}

    def __init__(self, config: LinearAutoencoderConfig, shape: ImageShape) -> None:
        super().__init__(config, shape, config.latent_dim)
        self.capabilities = Capabilities(linear=True)
        self.encoder = nn.Linear(shape.pixels, config.latent_dim)
        self.decoder = nn.Linear(config.latent_dim, shape.pixels)

    def encode(self, x: Tensor, label: Tensor | None = None) -> Encoding:
        return Encoding(mean=self.encoder(x.flatten(1)))

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        image: Tensor = self.decoder(z)
        return image.view(-1, self.shape.channels, self.shape.height, self.shape.width)

    def objective(
        self, x: Tensor, label: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Objective:
        flat = x.flatten(1)
        error = (self.decoder(self.encoder(flat)) - flat).square().sum(1).mean()
        return Objective(total=error, terms={})


INFO = ModelInfo(
    name="linear_ae",
    title="Linear AE",
    short_title="Linear AE",
    config=LinearAutoencoderConfig,
    model=LinearAutoencoder,
    summary="One linear layer each way; it learns the subspace that PCA computes, though not PCA's axes.",
    formula="min ‖x − W(Vx + b) − c‖²",
    paper="Baldi & Hornik, Neural Networks and Principal Component Analysis, Neural Networks 1989",
    training={"learning_rate": 2e-2},
)
