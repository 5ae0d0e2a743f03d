"""The variational autoencoder: an autoencoder whose codes are distributions, kept close to a prior."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from latentlab.core.models.base import (
    BodyConfig,
    Capabilities,
    Encoding,
    ImageShape,
    Model,
    ModelInfo,
    Objective,
    gaussian_kl,
    normal_noise,
)
from latentlab.core.models.bodies import build_decoder, build_encoder
from latentlab.core.models.likelihoods import bernoulli_nll
from latentlab.core.options import option


@dataclass(frozen=True)
class VAEConfig(BodyConfig):
    """Settings of the VAE."""

    binarisation: str = option(
        "grey",
        label="Targets",
        help="Grey: a pixel's value is the probability of ink. Fresh: pixels are drawn 0 or 1 anew at each step. "
        "Both estimate the same bound.",
        choices={"grey": "Grey", "fresh": "Freshly binarised"},
        advanced=True,
    )


class VAE(Model):
    """Maximises the evidence lower bound E_q[log p(x|z)] − KL(q(z|x) ‖ p(z)) (Kingma & Welling 2014, equation 3).

    q(z|x) is a diagonal normal, p(z) standard normal, p(x|z) Bernoulli; one reparameterised sample a step.
    """

    term_units: ClassVar[dict[str, str]] = {
        "total": "nats per image",
        "reconstruction": "nats per image",
        "kl": "nats per image",
    }

    def __init__(self, config: VAEConfig, shape: ImageShape) -> None:
        super().__init__(config, shape, config.latent_dim)
        self.binarise = config.binarisation == "fresh"
        self.capabilities = Capabilities(
            posterior_variance=True, prior=True, binarisation=config.binarisation, sampler="prior"
        )
        self.encoder = build_encoder(config, shape, 2 * config.latent_dim)
        self.decoder = build_decoder(config, shape, config.latent_dim)

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z|x), each N×D."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        # Beyond ±15 the variance over- or underflows in float32 long before it means anything. (hardtanh is clamp with
        # a gradient that is one piece of work, not five.)
        return mean, nn.functional.hardtanh(log_variance, -15.0, 15.0)

    def encode(self, x: Tensor, label: Tensor | None = None) -> Encoding:
        mean, log_variance = self.posterior(x)
        return Encoding(mean=mean, scale=torch.exp(0.5 * log_variance))

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return torch.sigmoid(self.decoder(z))

    def objective(
        self, x: Tensor, label: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Objective:
        if self.binarise:
            x = (torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype) < x).to(x.dtype)
        mean, log_variance = self.posterior(x)
        z = torch.addcmul(mean, torch.exp(0.5 * log_variance), normal_noise(mean, generator))
        reconstruction = bernoulli_nll(self.decoder(z), x).mean()
        kl = gaussian_kl(mean, log_variance).sum(1).mean()
        return Objective(
            total=reconstruction + kl,
            terms={"reconstruction": reconstruction.detach(), "kl": kl.detach()},
        )


INFO = ModelInfo(
    name="vae",
    title="Variational AE (VAE)",
    short_title="VAE",
    config=VAEConfig,
    model=VAE,
    summary="Encodes each image as a cloud instead of a point, which fills the latent space smoothly.",
    formula="min E_q[−log p(x|z)] + KL(q(z|x) ‖ N(0, I))",
    paper="Kingma & Welling, Auto-Encoding Variational Bayes, ICLR 2014",
    training={"learning_rate": 2e-3},
)
