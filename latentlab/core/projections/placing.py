"""Fits a projection to a sample of a data set and places the shown images with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from latentlab.core.data import Dataset
from latentlab.core.errors import Cancelled
from latentlab.core.plane import Floats
from latentlab.core.projections.base import Projection, ProjectionInfo, Sample, Watch
from latentlab.core.seeds import derived_seed
from latentlab.core.view_config import ShownImages

_BATCH = 500


@dataclass(frozen=True, eq=False)
class Placement:
    """Where a projection puts the shown images.

    Attributes:
        projection: the fitted projection.
        positions: N×2; NaN for images that it has no place for.
        note: which images it was fitted to, or places, where they are not all.
    """

    projection: Projection
    positions: Floats
    note: str


@torch.inference_mode()
def place(info: ProjectionInfo, config: Any, dataset: Dataset, images: ShownImages, watch: Watch) -> Placement:
    """Fits ``info``'s projection and places ``images`` with it.

    A method that has a place for new images is fitted to a random sample of the training images; one that has none
    is fitted to the first of the shown images themselves, whose order is random.

    Raises:
        Cancelled: ``watch`` wanted it to end.
        ProjectionError: the method cannot be fitted.
    """
    most = getattr(config, "images", None)
    split = dataset.train if info.places_new_images else images.split
    count = min(len(split), most or len(split))
    if count < len(split):
        order = np.random.default_rng(derived_seed(0, "projection")).permutation(len(split))
        chosen = np.sort(order[:count]) if info.places_new_images else np.arange(count)
        sample = split.take(chosen)
    else:
        sample = split
    projection = info.fit(config, Sample(sample.images, dataset.full_scale, sample.labels), watch)
    positions: Floats = np.full((len(images), 2), np.nan, np.float32)
    if projection.placed is not None:
        positions[:count] = projection.placed
    else:
        scores = _encode(projection, images, dataset.full_scale, watch)
        positions[:] = 0.0  # a single score is a place on the horizontal axis
        positions[:, : scores.shape[1]] = scores
    what = "fitted to" if info.places_new_images else "places"
    return Placement(projection, positions, "" if count == len(split) else f"{what} {count:,} of {len(split):,} images")


def _encode(projection: Projection, images: ShownImages, full_scale: int, watch: Watch) -> Floats:
    parts = []
    for start in range(0, len(images), _BATCH):
        watch.progress(f"Placing {len(images):,} images", start / len(images))
        if watch.cancelled():
            raise Cancelled("The fit was cancelled.")
        x = torch.from_numpy(images.split.images[start : start + _BATCH].astype(np.float32)) / full_scale
        parts.append(projection.encode(x).mean.numpy())
    return np.concatenate(parts)
