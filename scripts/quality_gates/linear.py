"""Linear models have exact optima: PCA for the linear autoencoder, probabilistic PCA for the linear VAE."""

from __future__ import annotations

from functools import partial
from typing import cast

import numpy as np
from torch import nn

from latentlab.core.options import Value
from quality_gates.cases import Case
from quality_gates.floors import pca_error, scikit_pca
from quality_gates.gates import Figure, Gate, Measure
from quality_gates.sets import Matrix, matrix
from quality_gates.work import Measurement, Trained

_SUBJECT = "Linear models beside their exact optima"
_TITLES = {"mnist": "MNIST", "digits": "digits"}
# Up to so many components the eigenvalues are far enough apart for the subspace to be asked for as well.
_SUBSPACES = {"mnist": 20, "digits": 10}
_COMPONENTS = {"mnist": (2, 10, 20, 50), "digits": (2, 10, 20)}
# Batches as large as possible: what is asked is the optimum, and noise in the gradient keeps away from it.
_TRAINING: dict[str, dict[str, Value]] = {
    "mnist": {"epochs": 100, "batch_size": 4096, "learning_rate": 1e-2},
    "digits": {"epochs": 2000, "batch_size": 2048, "learning_rate": 1e-2},
}


def _layer(module: nn.Module) -> tuple[Matrix, Matrix]:
    """Weight and bias of a linear layer, in float64."""
    layer = cast(nn.Linear, module)
    return layer.weight.detach().cpu().double().numpy(), layer.bias.detach().cpu().double().numpy()


def linear_error(trained: Trained, x: Matrix) -> float:
    """MSE per pixel of W(Vx + b) + c for images N×P, in float64 from the weights."""
    (down, into), (up, out) = _layer(trained.model.encoder), _layer(trained.model.decoder)
    rebuilt = (x @ down.T + into) @ up.T + out
    return float(np.mean((rebuilt - x) ** 2))


def smallest_cosine(trained: Trained, components: Matrix) -> float:
    """Of the principal angles between the decoder's columns and ``components`` k×P: 1 where they span the same."""
    basis, _ = np.linalg.qr(_layer(trained.model.decoder)[0])
    return float(np.linalg.svd(components @ basis, compute_uv=False).min())


def _linear_ae(data: str, count: int, measurement: Measurement) -> dict[str, Figure]:
    trained = measurement.train("linear_ae", _TRAINING[data], data, latent_dim=count)
    x = matrix(trained.dataset.train, trained.dataset.full_scale)
    name = f"linear_ae_{data}_{count}"
    figures = {f"{name}_error": Figure(linear_error(trained, x), pca_error(data, count, x))}
    if count <= _SUBSPACES[data]:
        figures[f"{name}_subspace"] = Figure(smallest_cosine(trained, scikit_pca(data, count).components_))
    return figures


def _linear_ae_case(data: str, count: int) -> Case:
    name, model = f"linear_ae_{data}_{count}", f"linear AE {count}-D, {_TITLES[data]}"
    training = _TRAINING[data]
    setting = (
        f"Adam {training['learning_rate']:g}, cosine, batch {training['batch_size']}, {training['epochs']} epochs; "
        "training images"
    )
    gates = [
        Gate(
            f"{name}_error",
            model,
            setting,
            "MSE per pixel",
            "PCA's floor (Baldi & Hornik 1989), scikit-learn",
            Measure.RATIO,
            1.0 - 1e-9,
            1.001,
            digits=6,
        )
    ]
    if count <= _SUBSPACES[data]:
        oracle = "PCA's subspace, scikit-learn"
        gates.append(Gate(f"{name}_subspace", model, setting, "smallest cosine", oracle, low=0.999, digits=5))
    return Case(name, _SUBJECT, tuple(gates), partial(_linear_ae, data, count), quick=True)


CASES = tuple(_linear_ae_case(data, count) for data, counts in _COMPONENTS.items() for count in counts)
