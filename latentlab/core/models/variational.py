"""What variational autoencoders share: a normal posterior, a standard normal prior, a likelihood, and the bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import torch
from torch import Tensor

from latentlab.core import branches
from latentlab.core.models import totals
from latentlab.core.models.base import (
    BodyConfig,
    Capabilities,
    Encoding,
    ImageShape,
    Model,
    Objective,
)
from latentlab.core.models.bodies import build_decoder, build_encoder
from latentlab.core.models.likelihoods import Bernoulli, Gaussian, Likelihood, PixelGaussian
from latentlab.core.models.reparameterisation import bound, reparameterised
from latentlab.core.options import option

# Images decoded at a time on a processor where no way back is wanted: what lies in its cache is done sooner.
_PORTION = 512
_GAUSSIAN = ("gaussian", "gaussian_learned", "gaussian_pixels")


@dataclass(frozen=True)
class VariationalConfig(BodyConfig):
    """The settings of every variational autoencoder."""

    decoder: str = option(
        "bernoulli",
        label="Decoder",
        help="What a decoded image is the mean of. Bernoulli: pixels of ink or none. Normal: grey pixels that stray "
        "about it, by a given standard deviation, a learned one, or a learned one for each pixel.",
        choices={
            "bernoulli": "Bernoulli",
            "gaussian": "Normal, given σ",
            "gaussian_learned": "Normal, learned σ",
            "gaussian_pixels": "Normal, σ of each pixel",
        },
        advanced=True,
    )
    binarisation: str = option(
        "grey",
        label="Targets",
        help="Grey: a pixel's value is the probability of ink. Fresh: pixels are drawn 0 or 1 anew at each step. "
        "Both bound the likelihood of such drawn images; grey ones hide from the encoder what was drawn, so that their "
        "bound may be looser.",
        choices={"grey": "Grey", "fresh": "Freshly binarised"},
        advanced=True,
        shown_when=("decoder", ("bernoulli",)),
        retunable=True,
    )
    sigma: float = option(
        0.2,
        label="Pixel σ",
        help="Standard deviation of a pixel about its mean, where white is 1; a learned one starts from here.",
        minimum=0.01,
        maximum=10.0,
        advanced=True,
        shown_when=("decoder", _GAUSSIAN),
    )
    samples: int = option(
        1,
        label="Samples",
        help="How many latents are drawn for each image in a step. More make the step slower and the ELBO's gradient "
        "quieter. They tighten the importance-weighted bound, whose total gradient then says ever less to the encoder: "
        "choose DReG there.",
        minimum=1,
        maximum=512,
        advanced=True,
        retunable=True,
    )


@dataclass(frozen=True)
class Sampled:
    """What a bound on log p(x) is made of, for N images and S samples of each; where S is 1, its dimension is left out.

    Attributes:
        noise, z: S×N×D, the standard normal numbers and the latents mean + scale·noise.
        log_variance: N×D, of the posterior.
        nll: S×N, −log p(x|z).
        divergence: N×D, KL(q(z|x) ‖ N(0, I)) per latent.
        reconstruction, kl: their means over images, summed over latents.

    While a step is recorded, branches make the last four: `branches.bring` them, or add them up by totals.py.
    """

    noise: Tensor
    z: Tensor
    log_variance: Tensor
    nll: Tensor
    divergence: Tensor
    reconstruction: Tensor
    kl: Tensor

    @property
    def terms(self) -> dict[str, Tensor]:
        """The terms of an `Objective`."""
        return {"reconstruction": self.reconstruction.detach(), "kl": self.kl.detach()}


class Variational(Model):
    """A model with q(z|x) a diagonal normal, p(z) standard normal, and a likelihood p(x|z) of choice.

    What is minimised is `loss`; this class's is the plain negative bound E_q[−log p(x|z)] + KL(q(z|x) ‖ p(z))
    (Kingma & Welling 2014, equation 3), its first part estimated by S reparameterised samples (their equation 10).
    """

    term_units: ClassVar[dict[str, str]] = {
        "total": "nats per image",
        "reconstruction": "nats per image",
        "kl": "nats per image",
    }

    def __init__(self, config: VariationalConfig, shape: ImageShape, label_size: int = 0) -> None:
        """``label_size``: K of the labels N×K that the networks take beside images and latents."""
        super().__init__(config, shape, config.latent_dim)
        likelihood = likelihood_of(config)
        binarisation = config.binarisation if config.decoder == "bernoulli" else ""
        self.binarise = binarisation == "fresh"
        self.samples = config.samples
        self.capabilities = Capabilities(
            posterior_variance=True, prior=True, binarisation=binarisation, sampler="prior"
        )
        self.encoder = build_encoder(config, shape, 2 * config.latent_dim, label_size)
        self.decoder = build_decoder(config, shape, config.latent_dim + label_size, likelihood.maps)
        self.likelihood = likelihood

    @classmethod
    def bound_terms(cls, config: Any) -> tuple[str, ...]:
        return "reconstruction", "kl"

    def encoder_output(self, x: Tensor, label: Tensor | None) -> Tensor:
        """N×2D: means and log-variances, before they are kept in bounds."""
        return cast(Tensor, self.encoder(x))

    def decoder_output(self, z: Tensor, label: Tensor | None) -> Tensor:
        """What `Likelihood` makes images of, for latents N×D."""
        return cast(Tensor, self.decoder(z))

    def encode(self, x: Tensor, label: Tensor | None = None) -> Encoding:
        mean, log_variance = self.encoder_output(x, label).chunk(2, dim=1)
        return Encoding(mean=mean, scale=torch.exp(0.5 * bound(log_variance)))

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        return self.likelihood.mean(self.decoder_output(z, label))

    def neg_log_likelihood(self, z: Tensor, x: Tensor, label: Tensor | None = None) -> Tensor:
        return self.likelihood.nll(self.decoder_output(z, label), x)

    def objective(self, x: Tensor, label: Tensor | None = None, generator: torch.Generator | None = None) -> Objective:
        x = self.targets(x, generator)
        branches.mark(x)
        output = self.encoder_output(x, label)
        # After the encoder only in this text: a GPU begins with what it is told first, and the encoder takes longer.
        with branches.after(x) as made:
            noise = made(self.noise(x, generator))
        sampled = self.sample(output, x, label, noise)
        return Objective(total=self.loss(sampled), terms=sampled.terms)

    def targets(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        """Images as they are to be encoded and decoded: the same, or drawn black or white."""
        if not self.binarise:
            return x
        return (torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype) < x).to(x.dtype)

    def noise(self, x: Tensor, generator: torch.Generator | None) -> Tensor:
        """Standard normal numbers S×N×D for images N×C×H×W; N×D where S is 1."""
        shape = (len(x), self.latent_size) if self.samples == 1 else (self.samples, len(x), self.latent_size)
        return torch.randn(shape, generator=generator, device=x.device, dtype=x.dtype)

    def sample(self, output: Tensor, x: Tensor, label: Tensor | None, noise: Tensor) -> Sampled:
        """The latents of images N×C×H×W, given what the encoder says of them, at ``noise``, S×N×D or N×D; and what
        they decode to.
        """
        branches.bring(noise)
        z, log_variance, divergence, kl = reparameterised(output, noise)
        if z.is_cpu and z.dim() == 3 and not torch.is_grad_enabled():
            each = max(_PORTION // len(x), 1)
            parts = [self._sampled_nll(z[at : at + each], x, label) for at in range(0, len(z), each)]
            branches.bring(*parts)
            nll = torch.cat(parts)
        else:
            nll = self._sampled_nll(z, x, label)
        return Sampled(noise, z, log_variance, nll, divergence, totals.mean(nll), kl)

    def _sampled_nll(self, z: Tensor, x: Tensor, label: Tensor | None) -> Tensor:
        if z.dim() == 2:
            return self.neg_log_likelihood(z, x, label)
        labels = None if label is None else label.repeat(len(z))
        output = self.decoder_output(z.flatten(0, 1), labels)
        return self.likelihood.nll(output.view(*z.shape[:2], *output.shape[1:]), x)

    def loss(self, sampled: Sampled) -> Tensor:
        """The scalar to minimise; in evaluation mode the negative bound on log p(x)."""
        return totals.total(sampled.reconstruction, sampled.kl)


def likelihood_of(config: VariationalConfig) -> Likelihood:
    """The likelihood that the settings ask for."""
    if config.decoder == "bernoulli":
        return Bernoulli()
    if config.decoder == "gaussian_pixels":
        return PixelGaussian(config.sigma)
    return Gaussian(config.sigma, learned=config.decoder == "gaussian_learned")
