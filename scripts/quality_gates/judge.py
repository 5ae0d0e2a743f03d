"""A small classifier of digits that judges what a model has drawn: by class, and by the statistics of its features."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from latentlab.core.data import Dataset
from quality_gates.sets import images, labels

_EPOCHS, _BATCH, _RATE = 6, 128, 2e-3
_SHIFT = 2  # pixels that a training image is moved by, at most
_AT_ONCE = 1000


class Judge(nn.Module):
    """Two convolutions and two linear layers, 28×28 to ten classes; its 128 features are the hidden layer's."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 24, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(24, 48, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(48 * 49, 128),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Dropout(0.3), nn.Linear(128, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


def train_judge(data: Dataset, device: torch.device, check: Callable[[str], None]) -> Judge:
    """Trains on MNIST's training images, each shifted by up to two pixels; ``check`` may raise to stop it."""
    # One seed whatever the case's: every seed's samples come before the same judge.
    with torch.random.fork_rng():
        torch.manual_seed(0)
        judge = Judge().to(device).train()
        x, label = images(data.train, data.full_scale, device), labels(data.train, device)
        optimizer = torch.optim.Adam(judge.parameters(), _RATE)
        steps = math.ceil(len(x) / _BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=_EPOCHS * steps)
        for epoch in range(_EPOCHS):
            check(f"the judge's epoch {epoch} of {_EPOCHS}")
            for rows in torch.split(torch.randperm(len(x)), _BATCH):
                down, right = torch.randint(-_SHIFT, _SHIFT + 1, (2,)).tolist()
                batch = torch.roll(x[rows.to(device)], (down, right), (2, 3))  # the margins are black
                loss = nn.functional.cross_entropy(judge(batch), label[rows.to(device)])
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()
    return judge.eval()


@torch.inference_mode()
def judged(judge: Judge, x: Tensor) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The features N×128 of images N×1×28×28 and the classes that they are taken for."""
    features = torch.cat([judge.features(batch) for batch in torch.split(x, _AT_ONCE)])
    classes = judge.head(features).argmax(1)
    return features.double().cpu().numpy(), classes.cpu().numpy()


def frechet_distance(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½) of two sets of features (Dowson & Landau 1982, as in Heusel et al. 2017)."""
    means = [features.mean(0) for features in (first, second)]
    covariances = [np.cov(features, rowvar=False) for features in (first, second)]
    # The trace of the root of a product of two covariances is the sum of the roots of its eigenvalues.
    roots = np.sqrt(np.linalg.eigvals(covariances[0] @ covariances[1]).real.clip(min=0.0))
    apart = float(np.sum((means[0] - means[1]) ** 2))
    return apart + float(np.trace(covariances[0]) + np.trace(covariances[1]) - 2.0 * roots.sum())


def worst_share(classes: NDArray[np.int64], real: NDArray[np.int64]) -> float:
    """How many times more or less often than really the class comes that is furthest off; infinite for one missing."""
    drawn, expected = (np.bincount(values, minlength=int(real.max()) + 1) / len(values) for values in (classes, real))
    if (drawn == 0).any():
        return math.inf
    return float(np.exp(np.abs(np.log(drawn / expected)).max()))


@torch.inference_mode()
def share_of_copies(x: Tensor, originals: Tensor, threshold: float) -> float:
    """Share of images N×C×H×W that lie within ``threshold`` MSE per pixel of one of ``originals``."""
    flat, theirs = x.flatten(1), originals.flatten(1)
    squares = theirs.square().sum(1)
    copies = 0
    for batch in torch.split(flat, _AT_ONCE):
        distances = batch.square().sum(1, keepdim=True) + squares - 2.0 * batch @ theirs.T
        copies += int((distances.amin(1) <= threshold * flat.shape[1]).sum())
    return copies / len(flat)
