"""The figures beneath a side of the comparison, each where it has a meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from latentlab.core.data import Dataset, Split
from latentlab.core.figures import over_images
from latentlab.core.plane import Floats
from latentlab.core.plane_figures import MOST_TRUSTED, K, PlaneFigures, plane_figures
from latentlab.core.projections.pca import PCA
from latentlab.core.requests import Measured
from latentlab.core.subspace import BesidePCA, beside_pca
from latentlab.core.view_config import ShownImages

MEANING = (
    "Variance explained: the share of the pixels' variance that reconstructions from all latents of an image keep.\n"
    "Error: their squared error per pixel, the mean over all images that are shown; of that many test images, "
    "Diagnostics' Evaluate says the same.\n"
    f"{K}-NN: how often the majority of a point's {K} nearest others on the plane names its class.\n"
    f"Trustworthiness: how far the {K} nearest on the plane are neighbours as images too; 1 is perfect. "
    f"Of at most {MOST_TRUSTED:,} points.\n"
    "Told the labels: the images were placed by their classes too (LDA, or a conditional model's encoder), so that "
    f"{K}-NN does not say how well classes part by their images alone.\n"
    "Angles: between the images that a linear decoder can draw and PCA's subspace of as many dimensions."
)
_MOST_ANGLES = 3


@dataclass(frozen=True)
class Figures:
    """What is known of one way to place the images.

    Attributes:
        plane: of the positions.
        measured: of the reconstructions, or None where there is no way back to an image.
        images: of how many images the reconstructions are, in words.
        beside_pca: of a linear decoder, or None.
        told: whoever placed the images was given their classes too, so that k-NN is not what it finds in them.
    """

    plane: PlaneFigures
    measured: Measured | None = None
    images: str = ""
    beside_pca: BesidePCA | None = None
    told: bool = False

    @classmethod
    def of(
        cls, positions: Floats, images: ShownImages, measured: Measured | None, told: bool = False
    ) -> Figures:
        """Those of the shown images at positions N×2, and of their reconstructions where there are any."""
        counted = over_images(len(images), images.split_name)
        return cls(plane_figures(positions, images.split), measured, counted, told=told)

    def text(self, notes: Sequence[str] = ()) -> str:
        """The figures in a line, after whatever else is to be said."""
        parts = ["told the labels"] if self.told else []
        parts += [note for note in notes if note]
        if self.measured is not None:
            explained = f"variance explained {self.measured.explained:.1%}"
            if self.measured.latents:
                explained += f" by {self.measured.latents} latent{'s' if self.measured.latents > 1 else ''}"
            parts += [explained, f"error {self.measured.mse:.4f} per pixel {self.images}"]
        if self.plane.knn is not None:
            parts.append(f"{K}-NN {self.plane.knn:.3f}")
        if self.plane.trustworthiness is not None:
            parts.append(f"trustworthiness {self.plane.trustworthiness:.3f}")
        if self.beside_pca is not None:
            parts += [f"{_angles(self.beside_pca)} from PCA's subspace", f"PCA's error {self.beside_pca.mse:.4f}"]
        return " · ".join(parts)


def set_beside_pca(
    figures: Figures, dataset: Dataset, split: Split, known: PCA | None, before: BesidePCA | None
) -> Figures:
    """The figures of a model, those of a linear decoder with how it lies beside PCA; arguments as `beside_pca`."""
    directions = None if figures.measured is None else figures.measured.directions
    if directions is None or len(directions) >= directions.shape[1]:
        return figures
    return replace(figures, beside_pca=beside_pca(directions, dataset, split, known, before))


def _angles(beside: BesidePCA) -> str:
    degrees = [f"{angle:.1f}°" for angle in beside.angles]
    return ", ".join(degrees) if len(degrees) <= _MOST_ANGLES else f"{degrees[0]} to {degrees[-1]}"
