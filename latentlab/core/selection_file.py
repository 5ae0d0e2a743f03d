"""The selected points as a table for other programs, and their images as one picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latentlab.core import report
from latentlab.core.data import Dataset
from latentlab.core.latent_table import LatentTable
from latentlab.core.plane import Floats
from latentlab.core.selection import Indices
from latentlab.core.serving import Images, Labels, shown
from latentlab.core.view_config import ShownImages

PICTURE = ".png"

MOST_PICTURED = 1000
"""A sheet shows no more images than that; beyond, none could be told from the next."""

_FEWEST_COLUMNS = 10


@dataclass(frozen=True)
class Selected:
    """n shown images that are selected.

    Attributes:
        split_name: of the split that they are from, ``test`` or ``train``.
        indices: n, where each stands in that split.
        images: uint8 n×C×H×W of 0 to 255.
        labels: n, or None where there are none.
        class_names: one a label value.
    """

    split_name: str
    indices: NDArray[np.int64]
    images: Images
    labels: Labels | None
    class_names: tuple[str, ...]

    @classmethod
    def of(cls, dataset: Dataset, images: ShownImages, points: Indices) -> Selected:
        """The shown points with these indices."""
        split = images.split.take(points)
        pixels = shown(split.images, dataset.full_scale)
        return cls(images.split_name, images.indices[points], pixels, split.labels, dataset.class_names)


def write_table(selected: Selected, latents: Floats, path: Path) -> None:
    """Writes the images' latents, n×D, as a `LatentTable`.

    Raises:
        OSError, ValueError: as `LatentTable.write`.
    """
    LatentTable(selected.split_name, selected.indices, selected.labels, selected.class_names, latents).write(path)


def write_picture(selected: Selected, title: str, path: Path) -> None:
    """Writes a sheet of the images, of the first `MOST_PICTURED` at most, as PNG.

    Raises:
        OSError: it could not be written; an older file there is untouched.
    """
    count, images = len(selected.indices), selected.images[:MOST_PICTURED]
    caption = f"{count:,} selected images"
    if len(images) < count:
        caption = f"The first {len(images):,} of {caption}"
    columns = max(_FEWEST_COLUMNS, round(len(images) ** 0.5))
    report.save_png(report.samples_picture([("", images)], columns, title, caption), path)
