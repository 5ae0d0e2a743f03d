"""What a model with a prior says of an image's probability: its bound, and the importance-sampled estimate.

All of it goes through the contract: `Model.encode` gives q(z|x), `Model.neg_log_likelihood` gives −log p(x|z).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from latentlab.core.batches import rows_at_once
from latentlab.core.figures import Done
from latentlab.core.models.base import Model, gaussian_kl, normal_noise


def binarised(model: Model, x: Tensor, generator: torch.Generator) -> Tensor:
    """The targets of images in [0, 1] as the model was trained on them: drawn 0 or 1 anew, or as they are."""
    if model.capabilities.binarisation != "fresh":
        return x
    return (torch.rand(x.shape, generator=generator, device=x.device, dtype=x.dtype) < x).to(x.dtype)


def posterior(model: Model, x: Tensor, labels: Tensor | None) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of q(z|x), each N×D."""
    encoding = model.encode(x, labels)
    assert encoding.scale is not None
    return encoding.mean, encoding.scale


def bound_terms(
    model: Model, x: Tensor, labels: Tensor | None, samples: int, generator: torch.Generator, done: Done
) -> tuple[Tensor, Tensor]:
    """The two parts of −ELBO (Kingma & Welling 2014, equation 3) of images N×C×H×W.

    Args:
        samples: how often z, and fresh targets where the model has them, are drawn for each image.

    Returns:
        E_q[−log p(x|z)], nats per image, shape N, and KL(q(z|x) ‖ N(0, I)) per latent, N×D, in closed form.
    """
    reconstruction = kl = torch.zeros((), device=x.device)
    for number in range(samples):
        target = binarised(model, x, generator)
        mean, scale = posterior(model, target, labels)
        z = torch.addcmul(mean, scale, normal_noise(mean, generator))
        reconstruction = reconstruction + model.neg_log_likelihood(z, target, labels) / samples
        kl = kl + gaussian_kl(mean, 2.0 * scale.log()) / samples
        done((number + 1) / samples)
    return reconstruction, kl


def importance_nll(
    model: Model, x: Tensor, labels: Tensor | None, samples: int, generator: torch.Generator, done: Done
) -> Tensor:
    """−log 1/k Σ p(x|z_i) p(z_i) / q(z_i|x), z_i drawn from q(z|x): nats per image, shape N.

    In expectation an upper bound of −log p(x) that falls with k (Burda, Grosse & Salakhutdinov 2016, equation 8).

    Args:
        samples: k.
    """
    estimates = []
    rows = rows_at_once(x[0].numel())
    images = max(1, rows // samples)
    for start in range(0, len(x), images):
        part = slice(start, start + images)
        labels_there = None if labels is None else labels[part]
        total = torch.full((len(x[part]),), -torch.inf, device=x.device, dtype=x.dtype)
        for first in range(0, samples, rows):
            count = min(rows, samples - first)
            weights = _log_weights(model, x[part], labels_there, count, generator)
            total = torch.logaddexp(total, torch.logsumexp(weights, 1))
            done((start + len(total) * (first + count) / samples) / len(x))
        estimates.append(math.log(samples) - total)
    return torch.cat(estimates)


def _log_weights(
    model: Model, x: Tensor, labels: Tensor | None, samples: int, generator: torch.Generator
) -> Tensor:
    """log p(x|z) + log p(z) − log q(z|x) of ``samples`` draws for each image, N×samples."""
    mean, scale = posterior(model, x, labels)
    mean, scale = mean.repeat_interleave(samples, 0), scale.repeat_interleave(samples, 0)
    noise = normal_noise(mean, generator)
    z = torch.addcmul(mean, scale, noise)
    # Of the two normal densities, (2π)^(−D/2) cancels.
    prior_over_posterior = 0.5 * (noise.square() - z.square()).sum(1) + scale.log().sum(1)
    repeated = None if labels is None else labels.repeat_interleave(samples, 0)
    nll = model.neg_log_likelihood(z, x.repeat_interleave(samples, 0), repeated)
    return (prior_over_posterior - nll).view(len(x), samples)
