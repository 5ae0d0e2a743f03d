"""The flat subspace of images that a linear decoder draws in, and how it lies beside another."""

from __future__ import annotations

import numpy as np
import torch

from latentlab.core.plane import Floats
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
