"""The autoencoder: squeeze an image through a few numbers and learn to put it back together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from latentlab.core.models import totals
from latentlab.core.models.base import BodyConfig, Capabilities, Encoding, ImageShape, Model, ModelInfo, Objective
from latentlab.core.models.bodies import build_decoder, build_encoder
from latentlab.core.models.likelihoods import bernoulli_nll
from latentlab.core.options import option


@dataclass(frozen=True)
class AutoencoderConfig(BodyConfig):
    """Settings of the autoencoder."""

    loss: str = option(
        "squared",
        label="Loss",
        help="How far a rebuilt image is from its original: squared error, or cross-entropy, which takes a pixel for a "
        "probability of ink and punishes confident mistakes more.",
        choices={"squared": "Squared error", "cross_entropy": "Cross-entropy"},
        advanced=True,
    )


class Autoencoder(Model):
    """Minimises the squared error ‖x − g(f(x))‖² of an image, or its cross-entropy (Hinton & Salakhutdinov 2006).

    The decoder ends in a sigmoid, so that decoded images stay in [0, 1] wherever the hand drags.
    """

    term_units: ClassVar[dict[str, str]] = {"total": "squared error per image"}

    def __init__(self, config: AutoencoderConfig, shape: ImageShape) -> None:
        super().__init__(config, shape, config.latent_dim)
        self.capabilities = Capabilities()
        self.cross_entropy = config.loss == "cross_entropy"
        self.encoder = build_encoder(config, shape, config.latent_dim)
        self.decoder = build_decoder(config, shape, config.latent_dim)

    @classmethod
    def units(cls, config: Any) -> dict[str, str]:
        return {"total": "nats per image"} if config.loss == "cross_entropy" else cls.term_units

    def encode(self, x: Tensor, label: Tensor | None = None) -> Encoding:
        return Encoding(mean=self.encoder(x))

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return torch.sigmoid(self.decoder(z))

    def objective(
        self, x: Tensor, label: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Objective:
        return Objective(total=self.error(x, x), terms={})

    def error(self, seen: Tensor, target: Tensor) -> Tensor:
        """How far the reconstructions of images N×C×H×W are from ``target``, per image, the mean over N."""
        logits = self.decoder(self.encoder(seen))
        if self.cross_entropy:
            return totals.mean(bernoulli_nll(logits, target))
        return (torch.sigmoid(logits) - target).square().flatten(1).sum(1).mean()


INFO = ModelInfo(
    name="ae",
    title="AE (autoencoder)",
    short_title="AE",
    config=AutoencoderConfig,
    model=Autoencoder,
    summary="Squeezes each image into a few numbers and learns to rebuild it; non-linear PCA.",
    formula="min ‖x − g(f(x))‖², or the cross-entropy of g(f(x)) and x",
    paper="Hinton & Salakhutdinov, Reducing the Dimensionality of Data with Neural Networks, Science 2006",
    training={"learning_rate": 2e-3},
)
