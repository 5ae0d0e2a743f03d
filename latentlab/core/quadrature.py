"""log p(x) by quadrature: exact, but for rounding, where there are one or two latents."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from latentlab.core.batches import rows_at_once
from latentlab.core.bounds import posterior
from latentlab.core.figures import Done
from latentlab.core.models.base import LOG_2PI, Model

MOST_LATENTS = 2
TOLERANCE = 0.05
_HALF_WIDTH = 5.0
# Points a side on ±5; a wider grid has more of them, so that they lie as close.
_FIRST, _LARGEST = 80, {1: 40_960, 2: 2560}
# Beyond so many standard deviations from every image's mean nothing of any posterior is left.
_REACH = 5.0
_COMPARED = 8
# How many units of the last digit a sum over pixels may be off, and how rough a likelihood that hardly counts may be.
_ROUNDED, _ROUGHLY = 4.0, 1e-2
_STEP = 0.1

Table = Callable[[Model, Tensor, Tensor, Tensor | None], Tensor]


@dataclass(frozen=True)
class Quadrature:
    """An estimate and how far it can be trusted.

    Attributes:
        nll: −log p(x), nats per image, shape N.
        points: of the grid, a side.
        half_width: the grid covers ± this in every latent.
        change: of the mean, in nats, from a grid half as fine.
    """

    nll: Tensor
    points: int
    half_width: float
    change: float

    @property
    def converged(self) -> bool:
        """True where a finer grid would not change the mean."""
        return self.change < TOLERANCE


def quadrature_nll(model: Model, x: Tensor, labels: Tensor | None, done: Done) -> Quadrature:
    """−log ∫ p(x|z) p(z) dz by the midpoint rule on a grid that is doubled until the mean changes by < .05 nats.

    The grid covers ±5, or as much more as the posteriors of these images take.

    Raises:
        ValueError: there are more than two latents.
    """
    if model.latent_size > MOST_LATENTS:
        raise ValueError(f"A grid over {model.latent_size} latents has too many points.")
    mean, scale = posterior(model, x, labels)
    half_width = max(_HALF_WIDTH, float((mean.abs() + _REACH * scale).max()))
    # However wide the grid, no finer than memory and patience allow, and two of them in any case.
    largest = _LARGEST[model.latent_size]
    grids = [min(math.ceil(_FIRST * half_width / _HALF_WIDTH), largest // 2)]
    while 2 * grids[-1] <= largest:
        grids.append(2 * grids[-1])
    cost = [points**model.latent_size for points in grids]
    table = _table_for(model, x, labels)
    change, before = math.inf, None
    for number, points in enumerate(grids):
        # Nobody knows how fine it must be: the share that is done is that of the grids up to the next.
        known = sum(cost[: max(number, 1) + 1])
        begun = sum(cost[:number])

        def report(share: float, begun: int = begun, own: int = cost[number], known: int = known) -> None:
            done((begun + share * own) / known)

        nll = _on_grid(model, x, labels, table, half_width, points, report)
        if before is not None:
            change = abs(float((nll - before).mean()))
        if change < TOLERANCE:
            break
        before = nll
    done(1.0)
    return Quadrature(nll, points, half_width, change)


def _on_grid(
    model: Model, x: Tensor, labels: Tensor | None, table: Table, half_width: float, points: int, done: Done
) -> Tensor:
    """−log p(x) by one grid, shape N; parts of the grid are decoded once for all images of a label."""
    size, spacing = model.latent_size, 2.0 * half_width / points
    axis = (torch.arange(points, device=x.device, dtype=x.dtype) + 0.5) * spacing - half_width
    total = torch.full((len(x),), -torch.inf, device=x.device, dtype=x.dtype)
    rows = rows_at_once(max(x[0].numel(), len(x)))
    groups = _groups(model, x, labels)
    for start in range(0, points**size, rows):
        number = torch.arange(start, min(start + rows, points**size), device=x.device)
        z = torch.stack([axis[number // points**place % points] for place in range(size)], 1)
        log_prior = -0.5 * (z.square().sum(1) + size * LOG_2PI) + size * math.log(spacing)
        for chosen, label in groups:
            there = None if label is None else label.expand(len(z))
            joint = log_prior[:, None] - table(model, z, x[chosen], there)
            total[chosen] = torch.logaddexp(total[chosen], torch.logsumexp(joint, 0))
        done(min(1.0, (start + rows) / points**size))
    return -total


def _groups(model: Model, x: Tensor, labels: Tensor | None) -> list[tuple[Tensor, Tensor | None]]:
    """Images that share a decoder: all, or, of a conditional model, those of each label."""
    if labels is None or not model.capabilities.conditional:
        return [(torch.arange(len(x), device=x.device), None)]
    return [(torch.nonzero(labels == value)[:, 0], value) for value in torch.unique(labels)]


def _table_for(model: Model, x: Tensor, labels: Tensor | None) -> Table:
    """The quickest of the tables below that says what the model itself says, for a few images."""
    x, labels = x[:_COMPARED], None if labels is None else labels[:_COMPARED]
    mean, scale = posterior(model, x, labels)
    rounding = _ROUNDED * torch.finfo(x.dtype).eps
    for table in (_bernoulli_nll, _gaussian_nll):
        # Where an image's integral has its mass as closely as can be; with the latents of others, which add next to
        # nothing to it, only roughly: a probability that is all but 1 leaves no digits for a pixel that says otherwise.
        own = all(_agrees(table, model, z, x, labels, rounding) for z in (mean, mean - scale, mean + scale))
        if own and _agrees(table, model, mean.roll(1, 0), x, labels, _ROUGHLY):
            return table
    return _paired_nll


def _agrees(table: Table, model: Model, z: Tensor, x: Tensor, labels: Tensor | None, share: float) -> bool:
    """True where the likelihoods differ by no more than a part of the tolerance, or by a ``share`` of themselves."""
    ones = [slice(index, index + 1) for index in range(len(x))]
    ours = [table(model, z[one], x[one], None if labels is None else labels[one])[0] for one in ones]
    return torch.allclose(torch.cat(ours), model.neg_log_likelihood(z, x, labels), rtol=share, atol=TOLERANCE / 10)


def _bernoulli_nll(model: Model, z: Tensor, x: Tensor, label: Tensor | None) -> Tensor:
    """−log p(x|z) of every latent (M×D) with every image (N), M×N, of a decoder that gives pixels' probabilities.

    It is linear in x, so that one matrix product does all pairs.
    """
    ink = model.decode(z, label).flatten(1)
    # Where float32 rounds a probability to 0 or 1, a pixel that says otherwise leaves the integral nothing to miss.
    numbers = torch.finfo(ink.dtype)
    log_ink, log_paper = ink.clamp_min(numbers.tiny).log(), torch.log1p(-ink.clamp_max(1.0 - numbers.eps / 2))
    return torch.addmm(-log_paper.sum(1, keepdim=True), log_paper - log_ink, x.flatten(1).T)


def _gaussian_nll(model: Model, z: Tensor, x: Tensor, label: Tensor | None) -> Tensor:
    """The same of a decoder that gives a normal distribution's mean, with one variance for all pixels.

    Its least value lies at the mean, and a known step from there tells the variance of each latent.
    """
    mean = model.decode(z, label)
    least = model.neg_log_likelihood(z, mean, label)
    weight = (model.neg_log_likelihood(z, mean + _STEP, label) - least) / (_STEP**2 * mean[0].numel())
    # Squared distances of close neighbours are small differences of large numbers.
    centres, images = mean.flatten(1).double(), x.flatten(1).double()
    lengths = centres.square().sum(1, keepdim=True) + images.square().sum(1)
    squares = torch.addmm(lengths, centres, images.T, alpha=-2.0).clamp_min(0.0).to(x.dtype)
    return least[:, None] + weight[:, None] * squares


def _paired_nll(model: Model, z: Tensor, x: Tensor, label: Tensor | None) -> Tensor:
    """The same of any decoder, pair by pair."""
    table = torch.empty(len(z), len(x), device=x.device, dtype=x.dtype)
    images = max(1, rows_at_once(x[0].numel()) // len(z))
    for start in range(0, len(x), images):
        some = x[start : start + images]
        repeated = None if label is None else label.repeat_interleave(len(some), 0)
        nll = model.neg_log_likelihood(z.repeat_interleave(len(some), 0), some.repeat(len(z), 1, 1, 1), repeated)
        table[:, start : start + images] = nll.view(len(z), len(some))
    return table
