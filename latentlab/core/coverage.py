"""Does the aggregate posterior q(z) = 1/N Σ q(z|x_i) fill the prior, or are there holes that only the prior draws from?

q(z) is a mixture of N normal distributions and known exactly; what is asked is how much of the prior's mass within two
standard deviations lies where q is less than a tenth of the prior. A distance such as MMD would give one number that
says neither where nor what to do, and barely notices a hole. Two things make the share robust:

- Densities in many dimensions cannot be told from so few images. Any two latents of a standard normal prior are a
  standard normal plane, so planes of two are looked at, of the latents that carry most, and the emptiest counts.
- Few images and narrow posteriors leave gaps by chance. Every posterior is widened by a kernel in which the prior
  itself would hardly ever show a hole; the fewer the images, the wider it is. (What chance leaves empty of a full prior
  cannot be taken off instead: where q is thin, gaps open that a full prior has not.)

Standard errors are those of other images of the same kind. The share of strays is the mean of one number an image, and
has s/√N. The share of holes is no mean, since whether a place counts depends on all images together: there the images
are drawn anew, with replacement, some dozens of times (the bootstrap, Efron 1979), and each time the emptiest plane is
chosen anew.

core/aggregate.py shows the same holes on the plane.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from latentlab.core.batches import evenly, rows_at_once
from latentlab.core.figures import Done, mean_and_error
from latentlab.core.plane import Floats

RADIUS = 2.0
"""Holes are looked for within so many standard deviations of the prior's middle."""

SELDOM = 0.1
"""A hole is where the aggregate posterior is less than this share of the prior."""

MOST_IMAGES = 5_000
"""More posteriors are thinned to so many."""

# The kernel is so wide that this many of the prior's own draws would count at two standard deviations from its middle.
_ENOUGH = 10.0
_POINTS = 31
_FAR = 3.0
_MOST_LATENTS = 4
# A standard error from so many is itself right to a tenth.
_RESAMPLED = 64


@dataclass(frozen=True)
class Coverage:
    """How the aggregate posterior lies over the prior.

    Attributes:
        holes: share of the prior's mass within 2 σ that is hardly visited, in the emptiest plane.
        strays: share of the aggregate posterior that lies beyond 3 σ of the prior in some latent, of the latent with
            the most; of the prior itself it is .003.
        images: how many posteriors were looked at.
        holes_error, strays_error: standard errors of both shares over images; None of a single image.
    """

    holes: float
    strays: float
    images: int
    holes_error: float | None = None
    strays_error: float | None = None


def kernel(count: int, latents: int) -> float:
    """Standard deviation of a kernel in which ``count`` draws of the prior over 1 or 2 latents hardly show a hole."""
    # A kernel of width h counts what lies in an area of 4πh², or along a length of 2√π·h.
    density = math.exp(-0.5 * RADIUS**2) / (2 * math.pi) ** (latents / 2)
    wanted = _ENOUGH / (count * density)
    return wanted / (2 * math.sqrt(math.pi)) if latents == 1 else math.sqrt(wanted / (4 * math.pi))


@torch.inference_mode()
def coverage(mean: Floats, scale: Floats, kl: Floats, done: Done) -> Coverage:
    """Compares the posteriors' means and standard deviations N×D with the standard normal prior.

    Args:
        kl: D, which latents carry most.
    """
    some = evenly(len(mean), MOST_IMAGES)
    means, scales = torch.from_numpy(mean[some]), torch.from_numpy(scale[some])
    size = min(2, means.shape[1])
    leading = sorted(np.argsort(-kl, kind="stable")[:_MOST_LATENTS].tolist())
    planes = list(itertools.combinations(leading, size))
    widened = torch.hypot(scales, torch.tensor(kernel(len(some), size)))
    weights = _weights(len(some))
    holes = torch.zeros(weights.shape[1], dtype=torch.float64)
    for number, plane in enumerate(planes):
        holes = torch.maximum(holes, _hardly_visited(means[:, plane], widened[:, plane], weights))
        done((number + 1) / len(planes))
    beyond = torch.special.ndtr((-_FAR - means) / scales) + torch.special.ndtr((means - _FAR) / scales)
    strays, strays_error = mean_and_error(beyond[:, beyond.mean(0).argmax()].numpy())
    holes_error = float(holes[1:].std()) if len(some) > 1 else None
    return Coverage(float(holes[0]), strays, len(some), holes_error, strays_error)


def _weights(count: int) -> Tensor:
    """How often each of N images counts, N×(1 + `_RESAMPLED`): once in the first column, as drawn in the others."""
    # One seed for all, so that the same model has the same figures.
    drawn = np.random.default_rng(0).multinomial(count, np.full(count, 1.0 / count), _RESAMPLED)
    return torch.from_numpy(np.vstack([np.ones(count), drawn]).T.astype(np.float32))


def _hardly_visited(mean: Tensor, scale: Tensor, weights: Tensor) -> Tensor:
    """Shares of the prior's mass within 2 σ where a mixture of normals N×2 (or N×1) is under a tenth of it.

    One share for each column of ``weights`` N×S, which say how often each normal counts.
    """
    axis = torch.linspace(-RADIUS, RADIUS, _POINTS)
    grid = torch.cartesian_prod(*[axis] * mean.shape[1]).view(-1, mean.shape[1])
    grid = grid[grid.square().sum(1) <= RADIUS**2]
    log_prior = -0.5 * grid.square().sum(1)
    constant = scale.log().sum(1)
    parts = []
    for points in torch.split(grid, rows_at_once(len(mean))):
        distances = ((points[:, None] - mean) / scale).square().sum(2)
        exponents = -0.5 * distances - constant
        highest = exponents.amax(1, keepdim=True)
        parts.append((exponents - highest).exp().matmul(weights).log() + highest - math.log(len(mean)))
    mass = log_prior.exp().double()
    seldom = torch.cat(parts) < (log_prior + math.log(SELDOM))[:, None]
    return mass @ seldom.to(mass) / mass.sum()
