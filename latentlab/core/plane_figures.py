"""How good a picture of the images a plane is: classes among neighbours, and neighbours kept."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentlab.core.data import Split
from latentlab.core.neighbours import knn_accuracy_within
from latentlab.core.plane import Floats

K = 15
"""How many neighbours the figures look at."""

# Trustworthiness sorts all distances between its images: a tenth of a second here, four times that for twice as many.
MOST_TRUSTED = 1000


@dataclass(frozen=True)
class PlaneFigures:
    """Figures of N positions on a plane.

    Attributes:
        knn: share of points whose class the majority of their 15 nearest others names; None without labels.
        trustworthiness: 0 to 1, how far the 15 nearest on the plane are neighbours as images too; None where there
            are too few points to say.
    """

    knn: float | None
    trustworthiness: float | None


def plane_figures(positions: Floats, split: Split) -> PlaneFigures:
    """The figures of ``positions`` N×2 of a split's images; those without a place (NaN) are left out."""
    known = np.flatnonzero(np.isfinite(positions).all(1))
    if len(known) < 2:
        return PlaneFigures(None, None)
    knn = None if split.labels is None else knn_accuracy_within(positions[known], split.labels[known], K)
    return PlaneFigures(knn, _trustworthiness(positions[known[:MOST_TRUSTED]], split.images[known[:MOST_TRUSTED]]))


def _trustworthiness(positions: Floats, images: np.ndarray) -> float | None:
    """Venna & Kaski 2001; the shown images lie in random order, so the first of them are a fair sample."""
    if len(positions) <= 2 * K:
        return None
    from sklearn.manifold import trustworthiness

    pixels = images.reshape(len(images), -1).astype(np.float32)
    return float(trustworthiness(pixels, positions, n_neighbors=K))
