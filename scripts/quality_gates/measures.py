"""What is measured of a trained model on its test images, with nothing of it but `encode` and `decode`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentlab.core.data import Split
from quality_gates.estimates import importance_nll, neg_elbo
from quality_gates.sets import binarised, images, labels
from quality_gates.work import Measurement, Trained

_AT_ONCE = 1000
_BOUND_SAMPLES = 5


@torch.inference_mode()
def error_per_pixel(trained: Trained, spoil: Callable[[Tensor], Tensor] = lambda x: x) -> float:
    """MSE of the test images rebuilt from what ``spoil`` makes of them, against the images themselves."""
    device = next(trained.model.parameters()).device
    x = images(trained.dataset.test, trained.dataset.full_scale, device)
    total = 0.0
    for batch in torch.split(x, _AT_ONCE):
        rebuilt = trained.model.decode(trained.model.encode(spoil(batch)).mean)
        total += float((rebuilt - batch).double().square().sum())
    return total / x.numel()


def neighbour_accuracy(trained: Trained, k: int) -> float:
    """Share of test codes whose k nearest training codes agree on their class (scikit-learn)."""
    from sklearn.neighbors import KNeighborsClassifier

    train, test = trained.dataset.train, trained.dataset.test
    classifier = KNeighborsClassifier(k).fit(_codes(trained, train), train.labels)
    return float(classifier.score(_codes(trained, test), test.labels))


def bound_of_binarised(trained: Trained, measurement: Measurement) -> float:
    """−ELBO of freshly binarised test images, nats per image; of the right class where the model takes one."""
    x, label = _binarised_test(trained, measurement)
    return float(neg_elbo(trained.model, x, label, _BOUND_SAMPLES, measurement.seed).double().mean())


def nll_of_binarised(trained: Trained, measurement: Measurement, samples: int) -> float:
    """Importance-sampled NLL of freshly binarised test images, nats per image."""
    x, label = _binarised_test(trained, measurement)
    nll = importance_nll(trained.model, x, label, samples, measurement.seed, measurement.check)
    return float(nll.double().mean())


def _binarised_test(trained: Trained, measurement: Measurement) -> tuple[Tensor, Tensor | None]:
    test = trained.dataset.test
    x = binarised(images(test, trained.dataset.full_scale, measurement.device), measurement.seed)
    return x, labels(test, measurement.device) if trained.model.capabilities.conditional else None


@torch.inference_mode()
def _codes(trained: Trained, split: Split) -> NDArray[np.float32]:
    device = next(trained.model.parameters()).device
    x = images(split, trained.dataset.full_scale, device)
    return torch.cat([trained.model.encode(batch).mean.cpu() for batch in torch.split(x, _AT_ONCE)]).numpy()
