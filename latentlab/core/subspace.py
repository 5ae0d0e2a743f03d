"""The flat subspace of images that a linear decoder draws in, and how it lies beside another."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from latentlab.core.batches import mean_squared_error
from latentlab.core.data import Dataset, Split
from latentlab.core.plane import Floats
from latentlab.core.projections.pca import PCA
from latentlab.core.serving import Explorable


@torch.inference_mode()
def spanned_directions(source: Explorable, device: torch.device | None = None) -> Floats | None:
    """The rows D×P of the matrix of a decoder that is affine, z ↦ z·W + b; None where it says that it is none."""
    if not source.capabilities.linear:
        return None
    z = torch.cat([torch.zeros(1, source.latent_size), torch.eye(source.latent_size)]).to(device)
    drawn = source.decode(z).flatten(1)
    return np.asarray((drawn[1:] - drawn[0]).cpu().numpy(), np.float32)


def principal_angles(first: Floats, second: Floats) -> Floats:
    """Angles in degrees, rising, between the spans of the rows of D×P and k×P (Björck & Golub 1973).

    There are as many as the smaller span has dimensions; all are zero where one lies within the other.
    """
    from scipy.linalg import subspace_angles

    angles = np.degrees(subspace_angles(first.T.astype(np.float64), second.T.astype(np.float64)))
    return np.asarray(np.sort(angles), np.float32)


@dataclass(frozen=True, eq=False)
class BesidePCA:
    """A linear decoder of D latents beside the best there is, PCA with as many components (Baldi & Hornik 1989).

    Attributes:
        angles: D principal angles in degrees, rising, between the two subspaces.
        mse: PCA's squared error per pixel.
        pca: of D components, fitted to the training images.
    """

    angles: Floats
    mse: float
    pca: PCA


def beside_pca(
    directions: Floats, dataset: Dataset, split: Split, known: PCA | None = None, before: BesidePCA | None = None
) -> BesidePCA:
    """Sets what a linear decoder spans, D×P, beside PCA of the training images.

    Args:
        split: the images that the error is measured on.
        known: a PCA of the training images, used where it has D components.
        before: an earlier answer for the same images, whose PCA is used again where it has D components.
    """
    size = len(directions)
    if before is not None and before.pca.latent_size == size:
        return replace(before, angles=principal_angles(directions, before.pca.components.numpy()))
    if known is not None and known.latent_size == size:
        pca = known
    else:
        pca = PCA.fit(dataset.train.images, dataset.full_scale, size)
    angles = principal_angles(directions, pca.components.numpy())
    return BesidePCA(angles, mean_squared_error(pca, split, dataset.full_scale), pca)
