"""Principal component analysis: the best that straight lines can do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentlab.core.models.base import Capabilities, Encoding
from latentlab.core.plane import Floats
from latentlab.core.projections.base import ProjectionInfo, Sample, Watch

_CHUNK = 1024
# Beyond so many pixels a full decomposition takes seconds (32×32 in colour) to minutes (64×64).
_MOST_DECOMPOSED = 1500
_ROUNDS, _SPARE = 60, 10


class PCA:
    """Principal component analysis of images (Pearson 1901), fitted by the eigenvectors of the covariance.

    Attributes:
        mean: P, the mean image in [0, 1].
        components: k×P, orthonormal rows by falling variance.
        explained: k, the share of the total variance that each component holds.
    """

    title = "PCA"
    placed: Floats | None = None

    def __init__(self, mean: Tensor, components: Tensor, explained: Tensor, shape: tuple[int, int, int]) -> None:
        self.mean, self.components, self.explained = mean, components, explained
        self.shape = shape
        self.latent_size = len(components)
        self.capabilities = Capabilities(linear=True)

    @classmethod
    def fit(cls, images: NDArray[np.uint8], full_scale: int, count: int) -> PCA:
        """Fits ``count`` components to uint8 images N×C×H×W, in chunks so that memory stays small."""
        shape = images.shape[1:]
        pixels = int(np.prod(shape))
        total = torch.zeros(pixels, dtype=torch.float64)
        products = torch.zeros(pixels, pixels, dtype=torch.float64)
        for start in range(0, len(images), _CHUNK):
            x = torch.from_numpy(images[start : start + _CHUNK].reshape(-1, pixels).astype(np.float32)).div_(full_scale)
            total += x.sum(0)
            products += x.T @ x
        mean = total / len(images)
        covariance = products / len(images) - torch.outer(mean, mean)
        # A float32 eigh takes a third of the time, and float64 accumulation is what the precision needs.
        values, components = _leading(covariance.float(), count)
        signs = torch.sign(components.gather(1, components.abs().argmax(1, keepdim=True)))
        explained = values / covariance.trace().float()
        return cls(mean.float(), components * signs, explained, (int(shape[0]), int(shape[1]), int(shape[2])))

    def encode(self, x: Tensor, label: Tensor | None = None) -> Encoding:
        """Images N×C×H×W in [0, 1] to their scores N×k."""
        return Encoding(mean=(x.flatten(1) - self.mean) @ self.components.T)

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Scores N×k to images N×C×H×W; not clipped, so they may leave [0, 1]."""
        return (self.mean + z @ self.components).view(-1, *self.shape)

    def codebook(self) -> Tensor | None:
        """PCA has none."""
        return None


@dataclass(frozen=True)
class PCAConfig:
    """PCA has no settings."""


def fit(config: PCAConfig, sample: Sample, watch: Watch) -> PCA:
    """The two leading components of the sample; a second on the whole of MNIST."""
    watch.progress(f"Fitting PCA to {len(sample.images):,} images")
    return PCA.fit(sample.images, sample.full_scale, 2)


def _leading(covariance: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """The ``count`` greatest eigenvalues of a P×P covariance, falling, and their eigenvectors as rows of count×P."""
    if len(covariance) <= _MOST_DECOMPOSED:
        values, vectors = torch.linalg.eigh(covariance)
    else:
        # Subspace iteration with a few spare directions (Halko, Martinsson & Tropp 2011, algorithm 4.4).
        generator = torch.Generator().manual_seed(0)
        basis = torch.randn(len(covariance), count + _SPARE, generator=generator)
        for _ in range(_ROUNDS):
            basis, _ = torch.linalg.qr(covariance @ basis)
        values, turn = torch.linalg.eigh(basis.T @ covariance @ basis)
        vectors = basis @ turn
    return values[-count:].flip(0), vectors[:, -count:].flip(1).T.contiguous()


INFO = ProjectionInfo(
    name="pca",
    title="PCA",
    config=PCAConfig,
    fit=fit,
    summary="The flat view that keeps most of the pixels' variance.",
    paper="Pearson, On Lines and Planes of Closest Fit to Systems of Points in Space, 1901",
    invertible=True,
    places_new_images=True,
    uses_labels=False,
    most_images=None,
)
