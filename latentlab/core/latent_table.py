"""The latents of images as a file for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from latentlab.core.atomic import replace_bytes
from latentlab.core.batches import batches, device_of
from latentlab.core.data import Dataset, Split
from latentlab.core.models import Model
from latentlab.core.plane import Floats

ENDINGS = (".csv", ".npz")
"""Of the files that hold latents."""


@dataclass(frozen=True)
class LatentTable:
    """n images of one split, and what an encoder says of each.

    Attributes:
        split_name: ``test`` or ``train``.
        indices: n, where each image stands in that split.
        labels: n, or None where there are none.
        class_names: one a label value.
        latents: n×D, the posterior's means or the codes of an autoencoder.
        scales: n×D, the posterior's standard deviations, or None.
        codes: n×h×w indices into a codebook, or None.
    """

    split_name: str
    indices: NDArray[np.int64]
    labels: NDArray[np.int64] | None
    class_names: tuple[str, ...]
    latents: Floats
    scales: Floats | None = None
    codes: NDArray[np.int64] | None = None

    @property
    def named(self) -> list[str]:
        """n class names, empty where there are no labels."""
        if self.labels is None:
            return [""] * len(self.indices)
        return [self.class_names[label] for label in self.labels]

    def write(self, path: Path) -> None:
        """Writes it as the ending of ``path`` says.

        A CSV file has a line of names and one an image: ``split``, ``index``, ``label``, ``class``, then the latent as
        ``z1`` to ``zD``, and where there are any the standard deviations as ``s1`` to ``sD`` and the codes, row by row,
        as ``code1`` and so on. An NPZ file has the arrays ``split``, ``index``, ``label`` (-1 where there is none),
        ``class_name`` and ``latents``, and ``scales`` and ``codes`` where there are any.

        Raises:
            OSError: it could not be written; an older file there is untouched.
            ValueError: the ending is of neither.
        """
        write = {".csv": self._as_csv, ".npz": self._as_npz}.get(path.suffix.lower())
        if write is None:
            raise ValueError(f"a table of latents ends in {' or '.join(ENDINGS)}, not in {path.suffix!r}")
        replace_bytes(path, write())

    def _as_csv(self) -> bytes:
        parts: list[tuple[str, NDArray[np.generic]]] = [("z", self.latents)]
        if self.scales is not None:
            parts.append(("s", self.scales))
        if self.codes is not None:
            parts.append(("code", self.codes.reshape(len(self.codes), -1)))
        names = [f"{name}{number}" for name, values in parts for number in range(1, values.shape[1] + 1)]
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["split", "index", "label", "class", *names])
        labels = [""] * len(self.indices) if self.labels is None else self.labels.tolist()
        for row, (index, label, name) in enumerate(zip(self.indices.tolist(), labels, self.named, strict=True)):
            # As float32 they are written with as many digits as it takes to read the same numbers again.
            numbers = (str(number) for _, values in parts for number in values[row])
            writer.writerow([self.split_name, index, label, name, *numbers])
        return text.getvalue().encode()

    def _as_npz(self) -> bytes:
        content = io.BytesIO()
        labels = np.full(len(self.indices), -1, np.int64) if self.labels is None else self.labels
        more = {"scales": self.scales, "codes": self.codes}
        np.savez_compressed(
            content,
            allow_pickle=False,
            split=np.array(self.split_name),
            index=self.indices,
            label=labels,
            class_name=np.array(self.named),
            latents=self.latents,
            **{name: values for name, values in more.items() if values is not None},
        )
        return content.getvalue()


@torch.inference_mode()
def encoded(model: Model, dataset: Dataset, split_name: str, done: Callable[[float], None]) -> LatentTable:
    """What a model says of every image of a split.

    Args:
        split_name: ``test`` or ``train``.
        done: told the share that is encoded, now and then; what it raises ends the work.
    """
    split: Split = dataset.test if split_name == "test" else dataset.train
    model.eval()
    means, scales, codes, count = [], [], [], 0
    for x, labels in batches(split, dataset.full_scale, device_of(model)):
        said = model.encode(x, labels)
        means.append(said.mean.cpu())
        if said.scale is not None:
            scales.append(said.scale.cpu())
        if said.codes is not None:
            codes.append(said.codes.cpu())
        count += len(x)
        done(count / len(split))
    return LatentTable(
        split_name,
        np.arange(len(split)),
        split.labels,
        dataset.class_names,
        torch.cat(means).numpy(),
        torch.cat(scales).numpy() if scales else None,
        torch.cat(codes).numpy().astype(np.int64) if codes else None,
    )
