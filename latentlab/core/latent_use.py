"""What each latent of a model with a prior carries: its KL, and whether it is used at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

ACTIVE_VARIANCE = 0.01
"""Var_x(E_q[z]) above which a unit counts as active (Burda, Grosse & Salakhutdinov 2016, section 5.2)."""


@dataclass(frozen=True)
class Latent:
    """One dimension of the latent space.

    Attributes:
        kl: KL(q(z|x) ‖ N(0, 1)) of this latent alone, mean over images, in nats.
        error: its standard error.
        variance: Var_x(E_q[z]), of the posterior's mean from image to image.
    """

    kl: float
    error: float
    variance: float

    @property
    def active(self) -> bool:
        """True where the posterior's mean depends on the image."""
        return self.variance > ACTIVE_VARIANCE

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"kl": self.kl, "standard_error": self.error, "variance": self.variance, "active": self.active}


def latent_use(kl: NDArray[np.floating], means: NDArray[np.floating]) -> tuple[Latent, ...]:
    """A `Latent` for each column of the KL per latent N×D and of the posterior's means M×D."""
    averages = kl.mean(0, dtype=np.float64)
    errors = kl.std(0, dtype=np.float64) / np.sqrt(max(len(kl) - 1, 1))
    variances = means.var(0, dtype=np.float64)
    return tuple(Latent(*map(float, values)) for values in zip(averages, errors, variances, strict=True))
