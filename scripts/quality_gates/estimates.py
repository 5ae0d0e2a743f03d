"""Bounds and likelihoods of models with a standard normal prior and a Bernoulli decoder.

Written anew from the definitions, with nothing of a model but `encode` and `decode`: what the product says of itself is
held against these. Everything is in nats per image, and −log p(x) is bounded by −ELBO from above.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from latentlab.core.models import Model

_DECODED_AT_ONCE = 10_000


def bernoulli_log_likelihood(probabilities: Tensor, x: Tensor) -> Tensor:
    """log p(x|z) of targets in [0, 1], summed over all but the first axis."""
    least = 1e-7 if x.dtype == torch.float32 else 1e-15
    p = probabilities.clamp(least, 1.0 - least)
    return (x * p.log() + (1.0 - x) * torch.log1p(-p)).flatten(1).sum(1)


@torch.inference_mode()
def neg_elbo(model: Model, x: Tensor, label: Tensor | None, samples: int, seed: int = 0) -> Tensor:
    """−ELBO of each image, shape N (Kingma & Welling 2014, equation 3): KL exact, the rest by ``samples`` draws."""
    generator = _generator(x, seed)
    parts = []
    for batch, classes in _batches(x, label, 1000):
        posterior = _posterior(model, batch, classes)
        kl = _kl(posterior)
        log_likelihood = torch.zeros(len(batch), dtype=x.dtype, device=x.device)
        for _ in range(samples):
            z = posterior.mean + posterior.stddev * _normal(posterior.mean.shape, x, generator)
            log_likelihood += bernoulli_log_likelihood(model.decode(z, classes), batch) / samples
        parts.append(kl - log_likelihood)
    return torch.cat(parts)


@torch.inference_mode()
def posterior_kl(model: Model, x: Tensor) -> Tensor:
    """KL(q(z|x) ‖ p(z)) of each image, shape N, exact."""
    return torch.cat([_kl(_posterior(model, batch, None)) for batch in torch.split(x, 1000)])


@torch.inference_mode()
def mutual_information(model: Model, x: Tensor, seed: int = 0) -> float:
    """Nats that a latent says of which of N images it is of: the mean of log q(z|x_i) − log 1/N Σ_j q(z|x_j).

    The part of the KL that tells images apart (Hoffman & Johnson 2016); the rest pays for a q(z) that is not the prior.
    One draw for each image; at most log N.
    """
    generator = _generator(x, seed)
    encodings = [_posterior(model, batch, None) for batch in torch.split(x, 1000)]
    mean, scale = (torch.cat([getattr(each, name) for each in encodings]) for name in ("mean", "stddev"))
    z = mean + scale * _normal(mean.shape, x, generator)
    parts = []
    for some in torch.split(torch.arange(len(x), device=x.device), 100):
        densities = _normal_log_density(z[some, None], mean, scale)
        own = _normal_log_density(z[some], mean[some], scale[some])
        parts.append(own - densities.logsumexp(1) + math.log(len(x)))
    return float(torch.cat(parts).double().mean())


@torch.inference_mode()
def importance_nll(
    model: Model,
    x: Tensor,
    label: Tensor | None,
    samples: int,
    seed: int = 0,
    check: Callable[[str], None] = lambda _: None,
) -> Tensor:
    """−log of the mean of p(x, z) / q(z|x) over ``samples`` draws, shape N (Burda et al. 2016, equation 8).

    ``check`` is told how far it is, and may raise.
    """
    generator = _generator(x, seed)
    parts, done = [], 0
    for batch, classes in _batches(x, label, max(1, _DECODED_AT_ONCE // samples)):
        check(f"{done:,} of {len(x):,} images weighed by {samples:,} samples each")
        posterior = _posterior(model, batch, classes)
        repeated = None if classes is None else classes.repeat_interleave(samples)
        z = posterior.mean[:, None] + posterior.stddev[:, None] * _normal(
            (len(batch), samples, posterior.mean.shape[1]), x, generator
        )
        log_prior = _normal_log_density(z, torch.zeros_like(z), torch.ones_like(z))
        log_posterior = _normal_log_density(z, posterior.mean[:, None], posterior.stddev[:, None])
        decoded = model.decode(z.flatten(0, 1), repeated)
        log_likelihood = bernoulli_log_likelihood(decoded, batch.repeat_interleave(samples, 0)).view(len(batch), -1)
        weights = log_likelihood + log_prior - log_posterior
        parts.append(math.log(samples) - weights.logsumexp(1))
        done += len(batch)
    return torch.cat(parts)


@torch.inference_mode()
def grid_nll(model: Model, x: Tensor, side: int, reach: float = 5.0) -> Tensor:
    """−log ∫ p(x|z) p(z) dz over two latents by ``side``² equal cells of [−reach, reach]², shape N."""
    axis = torch.linspace(-reach, reach, side, dtype=x.dtype, device=x.device)
    z = torch.cartesian_prod(axis, axis)
    log_prior = -0.5 * z.square().sum(1) - math.log(2.0 * math.pi)
    log_cell = 2.0 * math.log(2.0 * reach / (side - 1))
    least = 1e-7 if x.dtype == torch.float32 else 1e-15
    flat = x.flatten(1)
    sums = []
    for nodes, prior in zip(torch.split(z, _DECODED_AT_ONCE), torch.split(log_prior, _DECODED_AT_ONCE), strict=True):
        p = model.decode(nodes).flatten(1).clamp(least, 1.0 - least)
        # log p(x|z) = Σ x log(p / (1 − p)) + log(1 − p): one matrix product for all images and nodes.
        log_likelihood = flat @ torch.logit(p).T + torch.log1p(-p).sum(1)
        sums.append((log_likelihood + prior + log_cell).logsumexp(1))
    return -torch.stack(sums).logsumexp(0)


def standard_error(values: Tensor) -> float:
    """Of the mean of ``values``."""
    return float(values.std() / math.sqrt(len(values)))


def _posterior(model: Model, x: Tensor, label: Tensor | None) -> Normal:
    encoding = model.encode(x, label)
    assert encoding.scale is not None
    return Normal(encoding.mean, encoding.scale)


def _kl(posterior: Normal) -> Tensor:
    prior = Normal(torch.zeros_like(posterior.mean), torch.ones_like(posterior.stddev))
    return kl_divergence(posterior, prior).sum(1)


def _batches(x: Tensor, label: Tensor | None, size: int) -> list[tuple[Tensor, Tensor | None]]:
    labels = [None] * math.ceil(len(x) / size) if label is None else torch.split(label, size)
    return list(zip(torch.split(x, size), labels, strict=True))


def _normal_log_density(z: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """log N(z; mean, scale²), summed over the last axis."""
    return (-0.5 * ((z - mean) / scale).square() - scale.log() - 0.5 * math.log(2.0 * math.pi)).sum(-1)


def _generator(x: Tensor, seed: int) -> torch.Generator:
    generator = torch.Generator(x.device)
    generator.manual_seed(seed)
    return generator


def _normal(shape: tuple[int, ...], like: Tensor, generator: torch.Generator) -> Tensor:
    return torch.randn(shape, generator=generator, dtype=like.dtype, device=like.device)
