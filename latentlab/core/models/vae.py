"""The variational autoencoder: an autoencoder whose codes are distributions, kept close to a prior."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from latentlab.core import branches
from latentlab.core.models import importance, totals
from latentlab.core.models.base import ImageShape, ModelInfo, Objective
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
    gradient_samples: int = option(
        0,
        label="Gradient through",
        help="How many of the samples the gradient takes its way back through, drawn by their weights. A few make a "
        "step of many samples up to three times as fast; its gradient has the same mean and more noise.",
        minimum=0,
        maximum=512,
        unit="samples",
        special="All",
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
    gradient or by the doubly reparameterised one (Tucker et al. 2019, equation 8), through all samples or through
    some that are drawn by their weights (Burda et al., end of section 3). In training the KL may have free
    bits (Kingma et al. 2016, appendix C.8) and a weight that warms up (Bowman et al. 2016; Sønderby et al. 2016).

    Attributes:
        kl_weight: the weight at the present step, a scalar that stays where it is; only where there is a warm-up.
    """

    kl_weight: Tensor

    def __init__(self, config: VAEConfig, shape: ImageShape, label_size: int = 0) -> None:
        super().__init__(config, shape, label_size)
        self.importance_weighted = config.bound == "iwae"
        self.doubly_reparameterised = config.gradient == "doubly"
        self.gradient_samples = config.gradient_samples
        self.free_bits, self.warm_up = config.free_bits, config.warm_up
        if self.warm_up:
            self.register_buffer("kl_weight", torch.ones(()), persistent=False)

    @classmethod
    def bound_label(cls, config: VAEConfig) -> str:
        return f"−IWAE-{config.samples}" if _is_tighter(config) else "−ELBO"

    @classmethod
    def bound_terms(cls, config: VAEConfig) -> tuple[str, ...]:
        return () if _is_tighter(config) else super().bound_terms(config)

    @classmethod
    def weighs_bound(cls, config: VAEConfig) -> bool:
        return bool(config.warm_up or (config.free_bits and config.bound == "elbo"))

    def begin_step(self, epoch: Tensor) -> None:
        if self.warm_up:
            self.kl_weight.copy_((epoch / self.warm_up).clamp_max(1.0))

    def objective(self, x: Tensor, label: Tensor | None = None, generator: torch.Generator | None = None) -> Objective:
        few = self.gradient_samples
        if not (self.training and self.importance_weighted and 0 < few < self.samples):
            return super().objective(x, label, generator)
        x = self.targets(x, generator)
        output = self.encoder_output(x, label)
        with torch.no_grad():
            every = self.sample(output, x, label, self.noise(x, generator))
            log_weights = self._log_weights(every)
            weights = torch.softmax(log_weights, 0)
            drawn = importance.drawn_by_weight(weights, few, generator)
        taken = self.sample(output, x, label, every.noise.take_along_dim(drawn[..., None], 0))
        log_taken = self._log_weights(taken, weights.gather(0, drawn)).mean()
        # The bound of all samples, with the gradient of those that were drawn.
        return Objective(total=_negative_bound(log_weights) + log_taken.detach() - log_taken, terms=every.terms)

    def loss(self, sampled: Sampled) -> Tensor:
        if self.importance_weighted:
            return _negative_bound(self._log_weights(sampled))
        kl = sampled.kl
        if self.training and self.free_bits:
            branches.bring(sampled.divergence)
            kl = sampled.divergence.mean(0).clamp_min(self.free_bits).sum()
        return totals.total(sampled.reconstruction, self._weighted(kl))

    def _log_weights(self, sampled: Sampled, normalised: Tensor | None = None) -> Tensor:
        """log p(x, z) − log q(z|x), S×N, whose weighted mean has the bound's gradient.

        For the doubly reparameterised one the weights' gradient with respect to log q(z|x), as a function of the
        posterior, is reparameterised in its turn: z's own comes to be multiplied by its weight w, ``normalised`` over
        all samples (None: over these); with a KL of weight β by 1 − β·(1 − w).
        """
        branches.bring(sampled.nll)
        doubly = self.doubly_reparameterised and sampled.z.requires_grad
        ratio = importance.log_ratio_of_latents(sampled) if doubly else importance.log_ratio(sampled)
        log_weights = self._weighted(ratio) - sampled.nll
        if log_weights.dim() == 1:
            log_weights = log_weights[None]
        if doubly:
            weights = torch.softmax(log_weights.detach(), 0) if normalised is None else normalised
            share = 1.0 - self._weighted(1.0 - weights.view(*sampled.z.shape[:-1], 1))
            sampled.z.register_hook(lambda gradient: gradient * share)  # type: ignore[no-untyped-call]
        return log_weights

    def _weighted(self, cost: Tensor) -> Tensor:
        if not (self.training and self.warm_up):
            return cost
        branches.bring(cost)
        return self.kl_weight * cost


def _is_tighter(config: VAEConfig) -> bool:
    return config.bound == "iwae" and config.samples > 1


def _negative_bound(log_weights: Tensor) -> Tensor:
    return math.log(len(log_weights)) - torch.logsumexp(log_weights, 0).mean()


INFO = ModelInfo(
    name="vae",
    title="VAE (variational AE)",
    short_title="VAE",
    config=VAEConfig,
    model=VAE,
    summary="Encodes each image as a cloud instead of a point, which fills the latent space smoothly.",
    formula="min E_q[−log p(x|z)] + KL(q(z|x) ‖ N(0, I)), or E_q[−log 1/k Σ p(x, zᵢ)/q(zᵢ|x)]",
    paper="Kingma & Welling, Auto-Encoding Variational Bayes, ICLR 2014; "
    "Burda, Grosse & Salakhutdinov, Importance Weighted Autoencoders, ICLR 2016",
    training={"learning_rate": 2e-3},
)
