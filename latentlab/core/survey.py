"""One pass over a split: what an encoder says of each image, and how far the reconstruction is off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentlab.core.batches import batches, device_of
from latentlab.core.data import Split
from latentlab.core.figures import Done
from latentlab.core.models.base import Model
from latentlab.core.plane import Floats


@dataclass(frozen=True)
class Survey:
    """Of the N images of a split.

    Attributes:
        mean: N×D latents.
        scale: N×D standard deviations of the posteriors, or None.
        codes: N×h×w indices into the codebook, or None.
        errors: N, squared error per pixel of ``decode(mean)``, images in [0, 1]; empty where nothing was decoded.
    """

    mean: Floats
    scale: Floats | None
    codes: NDArray[np.int64] | None
    errors: Floats


@torch.inference_mode()
def survey(model: Model, split: Split, full_scale: int, done: Done, decode: bool = True) -> Survey:
    """Encodes a split and, where asked to, decodes it again."""
    means: list[Tensor] = []
    scales: list[Tensor] = []
    codes: list[Tensor] = []
    errors: list[Tensor] = [torch.empty(0)]
    seen = 0
    for x, labels in batches(split, full_scale, device_of(model)):
        encoding = model.encode(x, labels)
        means.append(encoding.mean)
        if encoding.scale is not None:
            scales.append(encoding.scale)
        if encoding.codes is not None:
            codes.append(encoding.codes)
        if decode:
            errors.append((model.decode(encoding.mean, labels) - x).square().flatten(1).mean(1))
        seen += len(x)
        done(seen / len(split))
    scale, maps = (torch.cat(each).cpu().numpy() if each else None for each in (scales, codes))
    mean, error = (torch.cat([each.cpu() for each in parts]).numpy() for parts in (means, errors))
    return Survey(mean, scale, maps, error)
