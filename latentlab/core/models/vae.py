"""The variational autoencoder: an autoencoder whose codes are distributions, kept close to a prior."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from latentlab.core.models.base import ImageShape, ModelInfo
from latentlab.core.models.variational import Sampled, Variational, VariationalConfig
from latentlab.core.options import option


@dataclass(frozen=True)
class VAEConfig(VariationalConfig):
    """Settings of the VAE."""

    bound: str = option(
        "elbo",
        label="Bound",
        help="What is maximised. ELBO: the evidence lower bound. Importance-weighted: a tighter one, the tighter the "
        "more samples are drawn; with one sample it is the ELBO.",
        choices={"elbo": "ELBO", "iwae": "Importance-weighted"},
        advanced=True,
        retunable=True,
    )
    gradient: str = option(
        "total",
        label="Gradient",
        help="How the bound's gradient reaches the encoder; both have the same mean. Total: the estimate's own "
        "derivative. DReG, the doubly reparameterised one: with its noisiest part written otherwise, so that the same "
        "training gets further.",
        choices={"total": "Total", "doubly": "DReG, less noise"},
        advanced=True,
        shown_when=("bound", ("iwae",)),
        retunable=True,
    )
    free_bits: float = option(
        0.0,
        label="Free bits",
        help="So much of each latent's KL costs nothing, as the mean over a batch: a remedy for latents that die out.",
        minimum=0.0,
        maximum=20.0,
        unit="nats a latent",
        special="None",
        advanced=True,
        shown_when=("bound", ("elbo",)),
        retunable=True,
    )
    warm_up: float = option(
        0.0,
        label="KL warm-up",
        help="Over so many epochs the weight of the KL grows from 0 to 1, so that latents find a use before they cost.",
        minimum=0.0,
        maximum=10_000.0,
        unit="epochs",
        special="None",
        advanced=True,
        retunable=True,
    )


class VAE(Variational):
    """Maximises the evidence lower bound E_q[log p(x|z)] − KL(q(z|x) ‖ p(z)) (Kingma & Welling 2014, equation 3).

    Or the importance-weighted bound, which is never below it (Burda et al. 2016, equation 8), by its estimate's own
    gradient or by the doubly reparameterised one (Tucker et al. 2019, equation 8). In training the KL may have free
    bits (Kingma et al. 2016, appendix C.8) and a weight that warms up (Bowman et al. 2016; Sønderby et al. 2016).

    Attributes:
        kl_weight: the weight at the present step, a scalar that stays where it is; only where there is a warm-up.
    """

    kl_weight: Tensor

    def __init__(self, config: VAEConfig, shape: ImageShape, label_size: int = 0) -> None:
        super().__init__(config, shape, label_size)
        self.importance_weighted = config.bound == "iwae"
        self.doubly_reparameterised = config.gradient == "doubly"
        self.free_bits, self.warm_up = config.free_bits, config.warm_up
        if self.warm_up:
            self.register_buffer("kl_weight", torch.ones(()), persistent=False)

    @classmethod
    def bound_label(cls, config: VAEConfig) -> str:
        return f"−IWAE-{config.samples}" if config.bound == "iwae" and config.samples > 1 else "−ELBO"

    def begin_step(self, epoch: float) -> None:
        if self.warm_up:
            self.kl_weight.fill_(min(epoch / self.warm_up, 1.0))

    def loss(self, sampled: Sampled) -> Tensor:
        if self.importance_weighted:
            return self._importance_weighted(sampled)
        kl = sampled.kl
        if self.training and self.free_bits:
            kl = sampled.divergence.mean(0).clamp_min(self.free_bits).sum()
        return sampled.reconstruction + self._weighted(kl)

    def _importance_weighted(self, sampled: Sampled) -> Tensor:
        doubly = self.doubly_reparameterised and sampled.z.requires_grad
        noise, log_variance = sampled.noise, sampled.log_variance
        if doubly:
            log_variance = log_variance.detach()
            # The same numbers, as a function of z alone: the posterior's own mean and variance stand still.
            noise = torch.addcmul(noise, sampled.z - sampled.z.detach(), torch.exp(-0.5 * log_variance))
        # log p(z) − log q(z|x), in which the constants of the two normal densities cancel.
        ratio = 0.5 * (noise.square() + log_variance - sampled.z.square()).sum(-1)
        log_weights = (self._weighted(ratio) - sampled.nll).view(self.samples, -1)
        if doubly:
            self._reparameterise_weights(sampled.z, log_weights.detach())
        return math.log(self.samples) - torch.logsumexp(log_weights, 0).mean()

    def _reparameterise_weights(self, z: Tensor, log_weights: Tensor) -> None:
        """Has the gradient that reaches ``z`` through its weights take in that of the posterior's density.

        The weights' gradient with respect to log q(z|x), as a function of the posterior, is reparameterised in its
        turn: z's own comes to be multiplied by its normalised weight w; with a KL of weight β by 1 − β·(1 − w).
        """
        normalised = torch.softmax(log_weights, 0).view(*z.shape[:-1], 1)
        share = 1.0 - self._weighted(1.0 - normalised)
        z.register_hook(lambda gradient: gradient * share)  # type: ignore[no-untyped-call]

    def _weighted(self, cost: Tensor) -> Tensor:
        return self.kl_weight * cost if self.training and self.warm_up else cost


INFO = ModelInfo(
    name="vae",
    title="Variational AE (VAE)",
    short_title="VAE",
    config=VAEConfig,
    model=VAE,
    summary="Encodes each image as a cloud instead of a point, which fills the latent space smoothly.",
    formula="min E_q[−log p(x|z)] + KL(q(z|x) ‖ N(0, I)), or E_q[−log 1/k Σ p(x, zᵢ)/q(zᵢ|x)]",
    paper="Kingma & Welling, Auto-Encoding Variational Bayes, ICLR 2014; "
    "Burda, Grosse & Salakhutdinov, Importance Weighted Autoencoders, ICLR 2016",
    training={"learning_rate": 2e-3},
)
