"""What needs no training: PCA's floor, the mean image, independent pixels, neighbours in the principal plane."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import numpy as np

from latentlab.core.batches import encode_split, mean_squared_error
from latentlab.core.neighbours import KS, knn_accuracy
from latentlab.core.projections import PCA
from quality_gates.cases import Case
from quality_gates.gates import Figure, Gate, Measure
from quality_gates.sets import Matrix, dataset, matrix
from quality_gates.work import Measurement

_SUBJECT = "Floors and bounds that need no training"
_COMPONENTS = (2, 10, 20, 30, 50)
_TITLES = {"mnist": "MNIST", "fashion-mnist": "Fashion-MNIST", "digits": "digits"}
# Figures of the test images, measured before there was a product: MSE of the mean image, entropy, independent pixels.
_KNOWN = {"mnist": (0.06747, 45.53, 205.8), "fashion-mnist": (0.08664, 189.86, 385.0)}


@cache
def scikit_pca(name: str, count: int) -> Any:
    """scikit-learn's PCA of the training images, exact, in float64."""
    from sklearn import decomposition

    data = dataset(name)
    return decomposition.PCA(count, svd_solver="covariance_eigh").fit(matrix(data.train, data.full_scale))


def pca_error(name: str, count: int, x: Matrix) -> float:
    """Mean squared error per pixel of images N×P rebuilt by scikit-learn's PCA."""
    reference = scikit_pca(name, count)
    return float(np.mean((reference.inverse_transform(reference.transform(x)) - x) ** 2))


def mean_image_error(name: str) -> float:
    """Test MSE per pixel of the training images' mean as everybody's reconstruction."""
    data = dataset(name)
    train, test = matrix(data.train, data.full_scale), matrix(data.test, data.full_scale)
    return float(np.mean((test - train.mean(0)) ** 2))


def pixel_entropy(name: str) -> float:
    """The mean entropy of grey test targets, nats per image: no Bernoulli model's loss can be less."""
    data = dataset(name)
    x = matrix(data.test, data.full_scale)
    # The limit of p log p at 0 is 0.
    terms = [np.where(p > 0, -p * np.log(np.where(p > 0, p, 1.0)), 0.0) for p in (x, 1.0 - x)]
    return float((terms[0] + terms[1]).sum(1).mean())


def independent_pixels_nll(name: str) -> float:
    """Test NLL of pixels that are independent Bernoulli with the training images' means, nats per image."""
    data = dataset(name)
    p = matrix(data.train, data.full_scale).mean(0).clip(1e-6, 1.0 - 1e-6)
    x = matrix(data.test, data.full_scale)
    return float(-(x @ np.log(p) + (1.0 - x) @ np.log1p(-p)).mean())


def _pca(name: str, _: Measurement) -> dict[str, Figure]:
    data = dataset(name)
    test = matrix(data.test, data.full_scale)
    figures = {}
    for count in _COMPONENTS:
        ours = PCA.fit(data.train.images, data.full_scale, count)
        error = mean_squared_error(ours, data.test, data.full_scale)
        figures[f"pca_{name}_{count}"] = Figure(error, pca_error(name, count, test))
    return figures


def _pca_neighbours(name: str, _: Measurement) -> dict[str, Figure]:
    from sklearn.neighbors import KNeighborsClassifier

    data = dataset(name)
    ours = PCA.fit(data.train.images, data.full_scale, 2)
    splits = [encode_split(ours, split, data.full_scale) for split in (data.train, data.test)]
    assert data.train.labels is not None and data.test.labels is not None
    accuracy = knn_accuracy(splits[0], data.train.labels, splits[1], data.test.labels)
    reference = scikit_pca(name, 2)
    codes, queries = (reference.transform(matrix(split, data.full_scale)) for split in (data.train, data.test))
    return {
        f"pca_knn_{name}_{k}": Figure(
            accuracy[k], float(KNeighborsClassifier(k).fit(codes, data.train.labels).score(queries, data.test.labels))
        )
        for k in KS
    }


def _bounds(name: str, _: Measurement) -> dict[str, Figure]:
    return {
        f"mean_image_{name}": Figure(mean_image_error(name)),
        f"pixel_entropy_{name}": Figure(pixel_entropy(name)),
        f"independent_pixels_{name}": Figure(independent_pixels_nll(name)),
    }


def _pca_gates(name: str) -> tuple[Gate, ...]:
    return tuple(
        Gate(
            f"pca_{name}_{count}",
            f"PCA, {_TITLES[name]}",
            f"{count} components, test images",
            "MSE per pixel",
            "scikit-learn, exact, float64",
            Measure.RATIO,
            1.0 - 1e-3,
            1.0 + 1e-3,
        )
        for count in _COMPONENTS
    )


def _neighbour_gates(name: str) -> tuple[Gate, ...]:
    return tuple(
        Gate(
            f"pca_knn_{name}_{k}",
            f"PCA, {_TITLES[name]}",
            f"{k}-NN of the first two scores, test among training images",
            "accuracy",
            "scikit-learn's PCA and k-NN",
            Measure.DIFFERENCE,
            -1e-3,
            1e-3,
        )
        for k in KS
    )


def _bound_gates(name: str) -> tuple[Gate, ...]:
    mean_image, entropy, independent = _KNOWN[name]
    words = f"the images of {_TITLES[name]}"
    known = "measured before there was a product"

    def gate(figure: str, setting: str, unit: str, value: float, tolerance: float) -> Gate:
        low, high = value - tolerance, value + tolerance
        return Gate(f"{figure}_{name}", words, setting, unit, known, low=low, high=high, published=value)

    return (
        gate("mean_image", "the training images' mean for every test image", "MSE per pixel", mean_image, 5e-6),
        gate("pixel_entropy", "grey test targets", "nats per image", entropy, 5e-3),
        gate("independent_pixels", "Bernoulli with the training images' means", "nats per image", independent, 5e-2),
    )


def _cases(name: str) -> tuple[Case, ...]:
    neighbours = Case(
        f"pca_knn_{name}", _SUBJECT, _neighbour_gates(name), partial(_pca_neighbours, name), quick=True
    )
    bounds = Case(f"bounds_{name}", _SUBJECT, _bound_gates(name), partial(_bounds, name), quick=True)
    return Case(f"pca_{name}", _SUBJECT, _pca_gates(name), partial(_pca, name), quick=True), neighbours, bounds


CASES = (
    *_cases("mnist"),
    *_cases("fashion-mnist"),
    Case("pca_digits", _SUBJECT, _pca_gates("digits"), partial(_pca, "digits"), quick=True),
)
