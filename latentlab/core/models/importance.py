"""Samples weighted by their importance: log p(x, z) − log q(z|x), its gradients, and drawing by it."""

from __future__ import annotations

import torch
from torch import Tensor

from latentlab.core.models.variational import Sampled


def log_ratio(sampled: Sampled) -> Tensor:
    """log p(z) − log q(z|x) of each sample, S×N, in which the constants of the two normal densities cancel."""
    return _ratio(sampled, sampled.noise, sampled.log_variance)


def log_ratio_of_latents(sampled: Sampled) -> Tensor:
    """The same numbers, as a function of the latents alone: the posterior's own mean and variance stand still."""
    log_variance = sampled.log_variance.detach()
    moved = sampled.z - sampled.z.detach()
    return _ratio(sampled, torch.addcmul(sampled.noise, moved, torch.exp(-0.5 * log_variance)), log_variance)


def drawn_by_weight(weights: Tensor, count: int, generator: torch.Generator | None) -> Tensor:
    """Which of S samples to take, count×N, for weights S×N: each as often as its share of their sum, on average.

    At ``count`` even steps along the heaped weights from one random start (systematic resampling, Douc, Cappé &
    Moulines 2005, section 2.4): a sample that has a share of n/``count`` is taken n times for certain.
    """
    heaped = weights.cumsum(0).t().contiguous()
    start = torch.rand((len(heaped), 1), generator=generator, device=weights.device, dtype=weights.dtype)
    steps = (start + torch.arange(count, device=weights.device)) / count
    # Weights that are no numbers have no place; the loss then says that training has failed.
    return torch.searchsorted(heaped, steps * heaped[:, -1:]).clamp_max(len(weights) - 1).t()


def _ratio(sampled: Sampled, noise: Tensor, log_variance: Tensor) -> Tensor:
    return 0.5 * (noise.square() + log_variance - sampled.z.square()).sum(-1)
