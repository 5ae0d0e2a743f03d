"""The images that figures are taken on, as plain matrices: what the oracles compute with."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentlab.core import catalogue
from latentlab.core.data import Dataset, Split
from quality_gates.cases import NotRun

Matrix = NDArray[np.float64]

FASHION_FOLDER = Path("/usr/share/datasets/fashion-mnist")  # Debian's package dataset-fashion-mnist


@cache
def dataset(name: str) -> Dataset:
    """MNIST, the digits, or Fashion-MNIST where it is on this machine.

    Raises:
        NotRun: it is not.
    """
    if name != "fashion-mnist" or catalogue.is_available(name):
        return catalogue.load(name)
    if FASHION_FOLDER.is_dir():
        return catalogue.load(str(FASHION_FOLDER))
    raise NotRun("Fashion-MNIST is not on this machine; Debian's package dataset-fashion-mnist has it")


def matrix(split: Split, full_scale: int) -> Matrix:
    """The images of a split in [0, 1], N×P, in float64."""
    return split.images.reshape(len(split), -1).astype(np.float64) / full_scale


def images(split: Split, full_scale: int, device: torch.device | None = None) -> Tensor:
    """The images of a split as models take them: float32, N×C×H×W in [0, 1]."""
    return torch.from_numpy(split.images.astype(np.float32)).to(device) / full_scale


def labels(split: Split, device: torch.device | None = None) -> Tensor:
    """The class of every image of a labelled split, int64."""
    assert split.labels is not None
    return torch.from_numpy(split.labels.copy()).to(device)


def binarised(x: Tensor, seed: int = 0) -> Tensor:
    """Every pixel drawn 0 or 1 with its grey value as the probability; the same for the same seed on every device."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(x.shape, generator=generator) < x.cpu()).to(x)
