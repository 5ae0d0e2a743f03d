"""The selected points as a table for other programs, and their images as one picture."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from latentlab.core import report
from latentlab.core.atomic import replace_bytes
from latentlab.core.data import Dataset
from latentlab.core.plane import Floats
from latentlab.core.selection import Indices
from latentlab.core.serving import Images, Labels, shown
from latentlab.core.view_config import ShownImages

TABLES = (".csv", ".npz")
"""The endings of the files that hold latents."""

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

    @property
    def named(self) -> list[str]:
        """n class names, empty where there are no labels."""
        if self.labels is None:
            return [""] * len(self.indices)
        return [self.class_names[label] for label in self.labels]


def write_table(selected: Selected, latents: Floats, path: Path) -> None:
    """Writes split, index, label and class of each image, and its latent (n×D), as the ending of ``path`` says.

    A CSV file has a line of names and one an image, its latent in the columns ``z1`` to ``zD``; an NPZ file has the
    arrays ``index``, ``label`` (-1 where there is none), ``class_name`` and ``latents``, and ``split``.

    Raises:
        OSError: it could not be written; an older file there is untouched.
        ValueError: the ending is of no table.
    """
    if path.suffix.lower() == ".csv":
        replace_bytes(path, _as_csv(selected, latents).encode())
    elif path.suffix.lower() == ".npz":
        replace_bytes(path, _as_npz(selected, latents))
    else:
        raise ValueError(f"a table of latents ends in {' or '.join(TABLES)}, not in {path.suffix!r}")


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


def _as_csv(selected: Selected, latents: Floats) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["split", "index", "label", "class", *(f"z{axis}" for axis in range(1, latents.shape[1] + 1))])
    labels = [""] * len(latents) if selected.labels is None else selected.labels.tolist()
    rows = zip(selected.indices.tolist(), labels, selected.named, latents, strict=True)
    for index, label, name, latent in rows:
        # As float32 they are written with as many digits as it takes to read the same numbers again.
        writer.writerow([selected.split_name, index, label, name, *map(str, latent)])
    return text.getvalue()


def _as_npz(selected: Selected, latents: Floats) -> bytes:
    content = io.BytesIO()
    labels = np.full(len(latents), -1, np.int64) if selected.labels is None else selected.labels
    np.savez_compressed(
        content,
        allow_pickle=False,
        split=np.array(selected.split_name),
        index=selected.indices,
        label=labels,
        class_name=np.array(selected.named),
        latents=latents,
    )
    return content.getvalue()
