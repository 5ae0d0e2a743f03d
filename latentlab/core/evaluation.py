"""Figures of a trained model on a split: bound, reconstruction error, neighbours, use of the codebook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from latentlab.core.data import Dataset, Split
from latentlab.core.models.base import Model
from latentlab.core.neighbours import KS, knn_accuracy
from latentlab.core.plane import Floats, LatentPlane
from latentlab.core.seeds import derived_seed

_BATCH = 500
# Enough to lay a principal plane; the rest is projected onto it.
_PLANE_IMAGES = 10_000
DEFAULT_SAMPLES = 5


@dataclass(frozen=True)
class Evaluation:
    """Figures of one model on one split.

    Attributes:
        mse: squared error per pixel of the mean reconstruction, images in [0, 1].
        neg_elbo, kl: nats per image, or None where the model has no bound.
        binarisation: how the targets of ``neg_elbo`` were treated: ``grey``, ``fresh``, or None.
        knn: k to the accuracy of test codes among training codes on the model's default plane; None without labels.
        codes_used, perplexity: of the codebook over the split; None without a codebook.
    """

    mse: float
    neg_elbo: float | None
    kl: float | None
    binarisation: str | None
    knn: dict[int, float] | None
    codes_used: int | None
    perplexity: float | None

    def as_json(self) -> dict[str, Any]:
        """Plain values; the keys of ``knn`` become text."""
        knn = None if self.knn is None else {str(k): value for k, value in self.knn.items()}
        return {**vars(self), "knn": knn}


@torch.inference_mode()
def evaluate(model: Model, dataset: Dataset, samples: int = DEFAULT_SAMPLES, seed: int = 0) -> Evaluation:
    """Evaluates ``model`` on the test split.

    Args:
        samples: how often the bound is estimated for each image; the mean is reported.
        seed: of the posterior's samples and of fresh binarisation.
    """
    was_training = model.training
    model.eval()
    try:
        elbo, kl = _bound(model, dataset, samples, seed)
        used, perplexity = _codebook_use(model, dataset)
        return Evaluation(
            mse=mean_squared_error(model, dataset.test, dataset.full_scale),
            neg_elbo=elbo,
            kl=kl,
            binarisation=model.capabilities.binarisation or None,
            knn=_neighbours(model, dataset),
            codes_used=used,
            perplexity=perplexity,
        )
    finally:
        model.train(was_training)


@torch.inference_mode()
def mean_squared_error(model: Any, split: Split, full_scale: int) -> float:
    """Squared error per pixel of ``decode(encode(x).mean)`` over a split, images in [0, 1]."""
    total = 0.0
    for x, labels in _batches(split, full_scale, _device(model)):
        total += float((model.decode(model.encode(x, labels).mean, labels) - x).square().sum())
    return total / split.images.size


@torch.inference_mode()
def encode_split(model: Any, split: Split, full_scale: int) -> Floats:
    """The latents N×D of every image of a split."""
    batches = _batches(split, full_scale, _device(model))
    parts = [model.encode(x, labels).mean.cpu().numpy() for x, labels in batches]
    return np.concatenate(parts).astype(np.float32)


def default_plane(latents: Floats) -> LatentPlane:
    """The plane that latents N×D are shown on: themselves up to two dimensions, else the principal one."""
    size = latents.shape[1]
    if size <= 2:
        return LatentPlane.of_axes(size, 0, size - 1)
    return LatentPlane.principal(latents[:_PLANE_IMAGES])


def _neighbours(model: Model, dataset: Dataset) -> dict[int, float] | None:
    if dataset.train.labels is None or dataset.test.labels is None:
        return None
    codes = encode_split(model, dataset.train, dataset.full_scale)
    plane = default_plane(codes)
    queries = plane.project(encode_split(model, dataset.test, dataset.full_scale))
    return knn_accuracy(plane.project(codes), dataset.train.labels, queries, dataset.test.labels, KS)


def _bound(model: Model, dataset: Dataset, samples: int, seed: int) -> tuple[float | None, float | None]:
    if not model.capabilities.binarisation:
        return None, None
    device = _device(model)
    generator = torch.Generator(device)
    generator.manual_seed(derived_seed(seed, "evaluation"))
    total = kl = 0.0
    for x, labels in _batches(dataset.test, dataset.full_scale, device):
        for _ in range(samples):
            objective = model.objective(x, labels, generator)
            total += float(objective.total) * len(x) / samples
            kl += float(objective.terms["kl"]) * len(x) / samples
    return total / len(dataset.test), kl / len(dataset.test)


def _codebook_use(model: Model, dataset: Dataset) -> tuple[int | None, float | None]:
    codebook = model.codebook()
    if codebook is None:
        return None, None
    counts: NDArray[np.int64] = np.zeros(len(codebook), np.int64)
    for x, labels in _batches(dataset.test, dataset.full_scale, _device(model)):
        codes = model.encode(x, labels).codes
        assert codes is not None
        counts += np.bincount(codes.cpu().numpy().ravel(), minlength=len(counts))
    share = counts[counts > 0] / counts.sum()
    return int((counts > 0).sum()), float(np.exp(-(share * np.log(share)).sum()))


def _batches(split: Split, full_scale: int, device: torch.device) -> Any:
    for start in range(0, len(split), _BATCH):
        images = torch.from_numpy(split.images[start : start + _BATCH].astype(np.float32)) / full_scale
        labels = None
        if split.labels is not None:
            labels = torch.from_numpy(split.labels[start : start + _BATCH].copy()).to(device)
        yield images.to(device), labels


def _device(model: Any) -> torch.device:
    if isinstance(model, torch.nn.Module):
        return next(model.parameters()).device
    return torch.device("cpu")
