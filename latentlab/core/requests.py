"""What a view may ask of a model: each request knows how to answer itself from a `LatentServer`, bit by bit.

An answer that takes longer than a frame is given in parts, so that something more urgent can be served between two.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentlab.core.corruption import Corruption
from latentlab.core.exploration import Point
from latentlab.core.lattice import CellKey, cell_centres
from latentlab.core.plane import Floats
from latentlab.core.portions import PART_SECONDS, in_parts
from latentlab.core.projections import PCA
from latentlab.core.seeds import derived_seed
from latentlab.core.serving import Images, Labels, LatentServer, shown, to_bytes
from latentlab.core.subspace import spanned_directions

# Nobody sees more pictures a second of a map that follows training.
_PICTURE_SECONDS = 0.05


@dataclass(frozen=True, eq=False)
class Request:
    """Something to be computed from the model.

    Attributes:
        urgency: what the hand waits for is served before what the eye waits for; 0 comes first.
        idle: nobody waits for it: it is served once every shown point is where the newest weights have it.
        follows: whoever asks does so again at every change of weights, so that it need not be begun anew with them.
        hand_waits: the hand itself may wait so many seconds for the first part of the answer, to see it together with
            what it did; 0 where it never waits.
        patient: it is so long, and so little waited for, that the scatter's points are encoded between its parts, and
            that it rests between them while the hand moves.
    """

    urgency: ClassVar[int] = 5
    idle: ClassVar[bool] = False
    follows: ClassVar[bool] = False
    hand_waits: ClassVar[float] = 0.0
    patient: ClassVar[bool] = False

    def answers(self, server: LatentServer) -> Iterator[Any]:
        """The answer, in one or several parts."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class DecodeProbe(Request):
    """The image at a position of the plane, of one class where that matters; answers uint8 C×H×W."""

    urgency: ClassVar[int] = 0
    follows: ClassVar[bool] = True
    hand_waits: ClassVar[float] = 0.002
    position: Point
    label: int | None = None

    def answers(self, server: LatentServer) -> Iterator[Images]:
        yield server.decode(np.array([self.position], np.float32), self.label)[0]


@dataclass(frozen=True, eq=False)
class DecodeCells(Request):
    """The images of lattice cells, in the order given and of one class where that matters.

    Answers (keys, uint8 n×C×H×W) in parts.

    Attributes:
        version: by which whoever asks tells what the plane decoded to then from what it decodes to later.
    """

    urgency: ClassVar[int] = 1
    follows: ClassVar[bool] = True
    keys: tuple[CellKey, ...]
    label: int | None = None
    version: int = 0

    def answers(self, server: LatentServer) -> Iterator[tuple[tuple[CellKey, ...], Images] | None]:
        done = 0
        while done < len(self.keys):
            keys = self.keys[done : done + server.decoded_at_once.size]
            began = server.clock()
            images = server.decode(cell_centres(keys), self.label)
            server.decoded_at_once.took(len(keys), server.clock() - began)
            done += len(keys)
            yield keys, images


@dataclass(frozen=True, eq=False)
class RefreshCells(DecodeCells):
    """`DecodeCells` that only follow newer weights: they have time.

    They come in few parts, each of which costs the window a picture; None between them.
    """

    urgency: ClassVar[int] = 2
    patient: ClassVar[bool] = True

    def answers(self, server: LatentServer) -> Iterator[tuple[tuple[CellKey, ...], Images] | None]:
        ready: list[tuple[tuple[CellKey, ...], Images]] = []
        left, since = len(self.keys), time.perf_counter()
        for part in super().answers(server):
            assert part is not None
            ready.append(part)
            left -= len(part[0])
            now = time.perf_counter()
            if not left or now - since > _PICTURE_SECONDS:
                yield sum((keys for keys, _ in ready), ()), np.concatenate([images for _, images in ready])
                ready, since = [], now
            else:
                yield None


@dataclass(frozen=True, eq=False)
class DecodeClasses(Request):
    """The latent at a position of the plane, decoded as each of the classes that a conditional model knows.

    In parts; only the last is the answer, uint8 K×C×H×W, the others None.
    """

    urgency: ClassVar[int] = 2
    position: Point
    classes: int

    def answers(self, server: LatentServer) -> Iterator[Images | None]:
        images: list[Images] = []
        labels = np.arange(self.classes, dtype=np.int64)
        for part in in_parts(self.classes, clock=server.clock):
            positions = np.array([self.position] * len(labels[part]), np.float32)
            images.append(server.decode(positions, labels[part]))
            yield None
        yield np.concatenate(images)


@dataclass(frozen=True)
class Reconstructed:
    """Answer of `Reconstruct`: uint8 images N×C×H×W of 0 to 255, and N squared errors per pixel.

    Attributes:
        inputs: the clean images.
        corrupted: what was encoded in their place, or None where nothing was corrupted.
        outputs: what the model made of it.
        errors: of the outputs against the clean images.
        pca_outputs, pca_errors: what PCA made of the same, where it was asked for.
    """

    inputs: Images
    corrupted: Images | None
    outputs: Images
    errors: Floats
    pca_outputs: Images | None = None
    pca_errors: Floats | None = None


@dataclass(frozen=True, eq=False)
class Reconstruct(Request):
    """Reconstructions of images, in parts; only the last part is the answer, the others None.

    Attributes:
        images: uint8 N×C×H×W.
        labels: N, which a conditional model needs.
        corruption: done to the images before they are encoded, or None.
        seed: of the corruption; the same seed spoils the same pixels at every level.
        pca: restores the same images beside the model, or None.
    """

    urgency: ClassVar[int] = 2
    follows: ClassVar[bool] = True
    images: Images
    labels: Labels | None = None
    corruption: Corruption | None = None
    seed: int = 0
    pca: PCA | None = None

    def answers(self, server: LatentServer) -> Iterator[Reconstructed | None]:
        x = torch.from_numpy(self.images.astype(np.float32)) / server.full_scale
        given = x
        if self.corruption is not None:
            # On the CPU and all at once: the same pixels on every device, however the work is parted.
            given = self.corruption.apply(x, torch.Generator().manual_seed(derived_seed(self.seed, "view corruption")))
        parts: list[Images] = []
        for part in in_parts(len(x), clock=server.clock):
            labels = None if self.labels is None else self.labels[part]
            parts.append(to_bytes(server.reconstruct_exactly(given[part].to(server.device), labels)))
            yield None
        outputs = np.concatenate(parts)
        pca_outputs = None if self.pca is None else to_bytes(self.pca.decode(self.pca.encode(given).mean))
        yield Reconstructed(
            inputs=shown(self.images, server.full_scale),
            corrupted=None if self.corruption is None else to_bytes(given),
            outputs=outputs,
            errors=_errors(outputs, x),
            pca_outputs=pca_outputs,
            pca_errors=None if pca_outputs is None else _errors(pca_outputs, x),
        )


@dataclass(frozen=True)
class Measured:
    """Answer of `MeasureSplit`.

    Attributes:
        mse: mean squared error per pixel over the images.
        explained: share of the images' variance that the reconstructions explain.
        latents: D, the numbers that an image was restored from; 0 where they are codes.
        directions: D×P, the directions among images that a linear decoder spans; None for any other.
    """

    mse: float
    explained: float
    latents: int
    directions: Floats | None = None


@dataclass(frozen=True, eq=False)
class MeasureSplit(Request):
    """Reconstruction error over uint8 images N×C×H×W and their labels N, which a conditional model needs.

    In parts; only the last part is the answer, the others None.

    Attributes:
        part_seconds: how long a part takes about; longer where no hand waits between two.
    """

    urgency: ClassVar[int] = 7
    images: Images
    labels: Labels | None = None
    part_seconds: float = PART_SECONDS

    def answers(self, server: LatentServer) -> Iterator[Measured | None]:
        x_sum: NDArray[np.float64] = np.zeros(self.images.shape[1:], np.float64)
        error = square = 0.0
        for part in in_parts(len(self.images), self.part_seconds, clock=server.clock):
            x = server.input(self.images[part])
            labels = None if self.labels is None else self.labels[part]
            error += float((server.reconstruct_exactly(x, labels) - x).square().sum())
            x_sum += x.sum(0).cpu().numpy()
            square += float(x.square().sum())
            yield None
        count = len(self.images)
        variance = square - float((x_sum**2).sum()) / count
        explained = 1.0 - error / variance if variance > 0 else 0.0
        source = server.source
        latents = 0 if source.capabilities.codebook else source.latent_size
        yield Measured(error / self.images.size, explained, latents, spanned_directions(source, server.device))


def _errors(outputs: Images, x: Tensor) -> Floats:
    """Squared error per pixel of each of the images as shown, against the clean ones in [0, 1]."""
    errors: Floats = ((outputs / 255.0 - x.numpy()) ** 2).reshape(len(x), -1).mean(1).astype(np.float32)
    return errors
