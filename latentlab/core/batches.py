"""A split as a model takes it, some images at a time, scaled, with their labels; and what it makes of a whole one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentlab.core.data import Split
from latentlab.core.plane import Floats
from latentlab.core.seeds import derived_seed

# What is computed between two looks at whether to go on: small enough to be over soon, and for memory's sake.
_MOST_IMAGES = 250
_MOST_NUMBERS = 1 << 21


def rows_at_once(numbers: int) -> int:
    """How many rows of so many numbers each to work on at a time, at least 1."""
    return max(1, _MOST_NUMBERS // numbers)


def batches(split: Split, full_scale: int, device: torch.device) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Images in [0, 1] and labels (None where there are none), in order, on ``device``."""
    images = _images_at_once(int(np.prod(split.images.shape[1:])))
    for start in range(0, len(split), images):
        yield scaled(split.take(np.arange(start, min(start + images, len(split)))), full_scale, device)


def pieces(x: Tensor, labels: Tensor | None) -> Iterator[tuple[Tensor, Tensor | None]]:
    """The same of images that are on the device already."""
    images = _images_at_once(x[0].numel())
    for start in range(0, len(x), images):
        yield x[start : start + images], None if labels is None else labels[start : start + images]


def _images_at_once(numbers: int) -> int:
    return min(_MOST_IMAGES, rows_at_once(numbers))


def scaled(split: Split, full_scale: int, device: torch.device) -> tuple[Tensor, Tensor | None]:
    """All images of a split, N×C×H×W in [0, 1], and their labels."""
    x = torch.from_numpy(split.images.astype(np.float32)).div_(full_scale)
    labels = None if split.labels is None else torch.from_numpy(split.labels.copy()).to(device)
    return x.to(device), labels


def sample(split: Split, most: int, seed: int) -> Split:
    """Up to ``most`` images of a split (0: all), the same ones for the same seed, in their order."""
    if most == 0 or most >= len(split):
        return split
    order: NDArray[np.int64] = np.random.default_rng(derived_seed(seed, "images")).permutation(len(split))
    return split.take(np.sort(order[:most]))


def evenly(count: int, most: int) -> NDArray[np.int64]:
    """Up to ``most`` of ``count`` indices, evenly apart: of a split that is sorted by class, some of every class."""
    return np.linspace(0, count - 1, min(count, most)).astype(np.int64)


def device_of(model: Any) -> torch.device:
    """Where a model computes; projections, which are no modules, do so on the CPU."""
    if isinstance(model, torch.nn.Module):
        parameter = next(model.parameters(), None)
        if parameter is not None:
            return parameter.device
    return torch.device("cpu")


@torch.inference_mode()
def mean_squared_error(model: Any, split: Split, full_scale: int) -> float:
    """Squared error per pixel of ``decode(encode(x).mean)`` over a split, images in [0, 1]."""
    total = 0.0
    for x, labels in batches(split, full_scale, device_of(model)):
        total += float((model.decode(model.encode(x, labels).mean, labels) - x).square().sum())
    return total / split.images.size


@torch.inference_mode()
def encode_split(model: Any, split: Split, full_scale: int) -> Floats:
    """The latents N×D of every image of a split."""
    parts = [model.encode(x, labels).mean.cpu().numpy() for x, labels in batches(split, full_scale, device_of(model))]
    return np.concatenate(parts).astype(np.float32)
