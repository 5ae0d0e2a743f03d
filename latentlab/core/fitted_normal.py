"""A normal distribution with the mean and covariance of codes: what stands in for a prior where a model has none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentlab.core.plane import Floats


@dataclass(frozen=True, eq=False)
class FittedNormal:
    """N(mean, root·root), fitted by maximum likelihood.

    Attributes:
        mean: D, float64.
        root: D×D, float64, the symmetric root of the covariance. Unlike a Cholesky factor it exists for codes that
            fill only a part of the space, and unlike eigenvectors it has no signs that could turn from one set of
            weights to the next: a sheet changes no more than the codes do.
    """

    mean: NDArray[np.float64]
    root: NDArray[np.float64]

    @classmethod
    def of(cls, codes: Floats) -> FittedNormal | None:
        """Fits it to codes N×D, any N; those that are not finite are left out. None where no code is left."""
        codes = codes[np.isfinite(codes).all(1)]
        if not len(codes):
            return None
        exact = codes.astype(np.float64)
        mean = exact.mean(0)
        exact -= mean
        variances, directions = np.linalg.eigh(exact.T @ exact / len(exact))
        # Rounding leaves those that are 0 a little to either side.
        return cls(mean, (directions * np.sqrt(variances.clip(0.0))) @ directions.T)

    def placed(self, standard: Tensor) -> Tensor:
        """Draws N×D from N(0, σ²I) as draws from this distribution, of σ times its spread about the same mean."""
        drawn = self.mean + standard.numpy().astype(np.float64) @ self.root
        return torch.from_numpy(drawn.astype(np.float32))
