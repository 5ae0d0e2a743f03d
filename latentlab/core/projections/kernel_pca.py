"""Kernel PCA: principal components in the space that a kernel spans."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from latentlab.core.options import option
from latentlab.core.projections.apart import fit_apart
from latentlab.core.projections.base import EstimatorProjection, ProjectionInfo, Sample, Watch

# The kernel matrix of n images takes 8n² bytes (72 MB here), of which a few copies live at a time, and solving for the
# way back takes n³ steps: two seconds here, a minute and gigabytes at four times as many.
_IMAGES = 3000
_TITLE = "Kernel PCA"


@dataclass(frozen=True)
class KernelPCAConfig:
    """Settings of kernel PCA."""

    kernel: str = option(
        "rbf",
        label="Kernel",
        help="How alike two images are: by their distance, or by a power of their scalar product.",
        choices={"rbf": "Gaussian (RBF)", "poly": "Cubic"},
    )
    gamma: float = option(
        0.0,
        label="Gamma",
        help="How fast likeness falls with distance; by default it follows the pixels' variance.",
        minimum=0.0,
        maximum=1000.0,
        special="Automatic",
    )
    images: int = option(
        _IMAGES,
        label="Fitted to",
        help="How many training images it is fitted to; memory grows with the square, time with the cube.",
        minimum=50,
        maximum=8000,
        unit="images",
    )
    ridge: float = option(
        1e-3,
        label="Ridge",
        help="How smooth the way back to images is: the ridge regression's penalty.",
        minimum=1e-6,
        maximum=1e3,
        advanced=True,
    )


def automatic_gamma(sample: Sample) -> float:
    """1/(P·σ²) of P pixels with variance σ²: images as far apart as two usually are then still are a little alike."""
    variance = float(np.var(sample.images)) / sample.full_scale**2
    return 1.0 / (math.prod(sample.shape) * variance) if variance > 0 else 1.0


def fit(config: KernelPCAConfig, sample: Sample, watch: Watch) -> EstimatorProjection:
    """Two components of the centred kernel matrix; the way back is ridge regression with the same kernel."""
    from sklearn.decomposition import KernelPCA

    estimator = KernelPCA(
        n_components=2,
        kernel=config.kernel,
        gamma=config.gamma or automatic_gamma(sample),
        fit_inverse_transform=True,
        alpha=config.ridge,
        random_state=0,
        copy_X=False,
    )
    return EstimatorProjection(_TITLE, fit_apart(_TITLE, estimator, sample, watch), 2, sample.shape)


INFO = ProjectionInfo(
    name="kernel-pca",
    title=_TITLE,
    config=KernelPCAConfig,
    fit=fit,
    summary="PCA that bends: straight in the space of a kernel, curved among images.",
    paper="Schölkopf, Smola & Müller, Nonlinear Component Analysis as a Kernel Eigenvalue Problem, 1998",
    invertible=True,
    places_new_images=True,
    uses_labels=False,
    most_images=_IMAGES,
)
