"""log p(x) by quadrature: exact, but for rounding, where there are one or two latents."""

from __future__ import annotations

import math
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
_FIRST, _LARGEST = 80, {1: 20_480, 2: 1280}
# Beyond so many standard deviations from every image's mean nothing of any posterior is left.
_REACH = 5.0
_COMPARED = 8


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
    largest = _LARGEST[model.latent_size]
    grids = [_FIRST]
    while grids[-1] < largest:
        grids.append(2 * grids[-1])
    cost = [points**model.latent_size for points in grids]
    change, before = math.inf, None
    for number, points in enumerate(grids):
        finer = math.ceil(points * half_width / _HALF_WIDTH)
        # Nobody knows how fine it must be: the share that is done is that of the grids up to the next.
        known = sum(cost[: max(number, 1) + 1])
        begun = sum(cost[:number])

        def report(share: float, begun: int = begun, own: int = cost[number], known: int = known) -> None:
            done((begun + share * own) / known)

        nll = _on_grid(model, x, labels, half_width, finer, report)
        if before is not None:
            change = abs(float((nll - before).mean()))
        if change < TOLERANCE:
            break
        before = nll
    done(1.0)
    return Quadrature(nll, finer, half_width, change)


def _on_grid(
    model: Model, x: Tensor, labels: Tensor | None, half_width: float, points: int, done: Done
) -> Tensor:
    """−log p(x) by one grid, shape N; parts of the grid are decoded once for all images of a label."""
    size, spacing = model.latent_size, 2.0 * half_width / points
    axis = (torch.arange(points, device=x.device, dtype=x.dtype) + 0.5) * spacing - half_width
    total = torch.full((len(x),), -torch.inf, device=x.device, dtype=x.dtype)
    rows = rows_at_once(max(x[0].numel(), len(x)))
    table = _bernoulli_nll if _is_bernoulli(model, x, labels) else _paired_nll
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


def _bernoulli_nll(model: Model, z: Tensor, x: Tensor, label: Tensor | None) -> Tensor:
    """−log p(x|z) of every latent (M×D) with every image (N), M×N, of a decoder that gives pixels' probabilities.

    It is linear in x, so that one matrix product does all pairs.
    """
    log_ink, log_paper = _log_probabilities(model, z, label)
    return torch.addmm(-log_paper.sum(1, keepdim=True), log_paper - log_ink, x.flatten(1).T)


def _paired_nll(model: Model, z: Tensor, x: Tensor, label: Tensor | None) -> Tensor:
    """The same for any decoder, pair by pair, M×N."""
    table = torch.empty(len(z), len(x), device=x.device, dtype=x.dtype)
    images = max(1, rows_at_once(x[0].numel()) // len(z))
    for start in range(0, len(x), images):
        some = x[start : start + images]
        repeated = None if label is None else label.repeat_interleave(len(some), 0)
        nll = model.neg_log_likelihood(z.repeat_interleave(len(some), 0), some.repeat(len(z), 1, 1, 1), repeated)
        table[:, start : start + images] = nll.view(len(z), len(some))
    return table


def _is_bernoulli(model: Model, x: Tensor, labels: Tensor | None) -> bool:
    """True where the decoder's output taken as probabilities gives what the model itself says, for a few images."""
    if model.capabilities.binarisation == "":
        return False
    x, labels = x[:_COMPARED], None if labels is None else labels[:_COMPARED]
    z, _ = posterior(model, x, labels)
    log_ink, log_paper = _log_probabilities(model, z, labels)
    pixels = x.flatten(1)
    ours = -(pixels * log_ink + (1.0 - pixels) * log_paper).sum(1)
    return torch.allclose(ours, model.neg_log_likelihood(z, x, labels), rtol=1e-2, atol=TOLERANCE)


def _log_probabilities(model: Model, z: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
    """log p and log(1 − p) of every pixel, M×P."""
    ink = model.decode(z, label).flatten(1)
    # Where float32 rounds a probability to 0 or 1, a pixel that says otherwise leaves the integral nothing to miss.
    numbers = torch.finfo(ink.dtype)
    return ink.clamp_min(numbers.tiny).log(), torch.log1p(-ink.clamp_max(1.0 - numbers.eps / 2))
