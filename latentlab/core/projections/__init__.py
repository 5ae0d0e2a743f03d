"""Projections that speak the models' words, and their registry: a new one is its file and one line here."""

from __future__ import annotations

from latentlab.core.projections import kernel_pca, lda, pca, tsne
from latentlab.core.projections.base import Projection, ProjectionError, ProjectionInfo, Sample, Watch
from latentlab.core.projections.pca import PCA
from latentlab.core.projections.placing import Placement, place

__all__ = [
    "PCA",
    "Placement",
    "Projection",
    "ProjectionError",
    "ProjectionInfo",
    "Sample",
    "Watch",
    "place",
    "projection_info",
    "projections",
]

_PROJECTIONS = {entry.INFO.name: entry.INFO for entry in (pca, kernel_pca, lda, tsne)}


def projections() -> tuple[ProjectionInfo, ...]:
    """Every projection there is, in the order in which one would teach them."""
    return tuple(_PROJECTIONS.values())


def projection_info(name: str) -> ProjectionInfo:
    """The registry entry called ``name``.

    Raises:
        KeyError: there is none.
    """
    return _PROJECTIONS[name]
