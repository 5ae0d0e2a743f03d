"""The linear VAE: the one whose bound can be written down, and whose optimum is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from latentlab.core.models.base import (
    Capabilities,
    Encoding,
    ImageShape,
    LatentConfig,
    Model,
    ModelInfo,
    Objective,
    gaussian_kl,
)
from latentlab.core.models.likelihoods import gaussian_nll


@dataclass(frozen=True)
class LinearVAEConfig(LatentConfig):
    """Settings of the linear VAE."""


class LinearVAE(Model):
    """p(x|z) = N(Wz + μ, σ²I), q(z|x) = N(V(x − μ), diag d), p(z) = N(0, I) (Lucas et al. 2019, section 4).

    The bound is analytic, so no sample is drawn. At its maximum the columns of W are the scaled
    principal components, and the bound is the log-likelihood of probabilistic PCA (Tipping & Bishop 1999): it is tight.

    Attributes:
        log_variance: D, log d, the same for every image.
        pixel_log_variance: scalar, log σ².
    """

    term_units: ClassVar[dict[str, str]] = {
        "total": "nats per image",
        "reconstruction": "nats per image",
        "kl": "nats per image",
    }

    def __init__(self, config: LinearVAEConfig, shape: ImageShape) -> None:
        super().__init__(config, shape, config.latent_dim)
        self.capabilities = Capabilities(posterior_variance=True, prior=True, linear=True, sampler="prior")
        self.encoder = nn.Linear(shape.pixels, config.latent_dim, bias=False)
        self.decoder = nn.Linear(config.latent_dim, shape.pixels)
        self.log_variance = nn.Parameter(torch.zeros(config.latent_dim))
        self.pixel_log_variance = nn.Parameter(torch.tensor(-2.0))

    @classmethod
    def bound_terms(cls, config: LinearVAEConfig) -> tuple[str, ...]:
        return "reconstruction", "kl"

    @torch.no_grad()
    def prepare(self, x: Tensor, generator: torch.Generator | None = None) -> None:
        # μ begins as the mean image: every latent then starts from what it has to explain.
        self.decoder.bias.copy_(x.flatten(1).mean(0))

    def posterior_mean(self, x: Tensor) -> Tensor:
        """V(x − μ), N×D."""
        return self.encoder(x.flatten(1) - self.decoder.bias)

    def encode(self, x: Tensor, label: Tensor | None = None) -> Encoding:
        mean = self.posterior_mean(x)
        return Encoding(mean=mean, scale=torch.exp(0.5 * self.log_variance).expand_as(mean))

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        image: Tensor = self.decoder(z)
        return image.view(-1, self.shape.channels, self.shape.height, self.shape.width)

    def neg_log_likelihood(self, z: Tensor, x: Tensor, label: Tensor | None = None) -> Tensor:
        return gaussian_nll(self.decode(z), self.pixel_log_variance, x)

    def objective(
        self, x: Tensor, label: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Objective:
        mean = self.posterior_mean(x)
        # E‖x − Wz − μ‖² is the squared error at the mean plus what the posterior's spread adds, Σ d_j ‖w_j‖².
        spread = (self.log_variance.exp() * self.decoder.weight.square().sum(0)).sum()
        at_mean = gaussian_nll(self.decode(mean), self.pixel_log_variance, x).mean()
        reconstruction = at_mean + 0.5 * spread * torch.exp(-self.pixel_log_variance)
        kl = gaussian_kl(mean, self.log_variance).sum(1).mean()
        terms = {"reconstruction": reconstruction.detach(), "kl": kl.detach()}
        return Objective(total=reconstruction + kl, terms=terms)


INFO = ModelInfo(
    name="linear_vae",
    title="Linear VAE",
    short_title="Linear VAE",
    config=LinearVAEConfig,
    model=LinearVAE,
    summary="A VAE with one linear layer each way; its bound needs no sampling, and its optimum is probabilistic PCA.",
    formula="min E_q[−log N(x; Wz + μ, σ²I)] + KL(N(V(x − μ), diag d) ‖ N(0, I))",
    paper="Lucas, Tucker, Grosse & Norouzi, Don't Blame the ELBO! A Linear VAE Perspective, NeurIPS 2019",
    training={"learning_rate": 2e-2},
)
