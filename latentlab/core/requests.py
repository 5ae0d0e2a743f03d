"""What a view may ask of a model: each request knows how to answer itself from a `LatentServer`, bit by bit.

An answer that takes longer than a frame is given in parts, so that something more urgent can be served between two.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from latentlab.core.exploration import Point
from latentlab.core.lattice import CellKey, cell_centre
from latentlab.core.plane import Floats
from latentlab.core.portions import Portion
from latentlab.core.serving import Images, LatentServer, shown
from latentlab.core.subspace import spanned_directions

_PART_SECONDS = 0.004
_FIRST_PART, _LARGEST_PART = 16, 200


@dataclass(frozen=True, eq=False)
class Request:
    """Something to be computed from the model.

    Attributes:
        urgency: what the hand waits for is served before what the eye waits for; 0 comes first.
    """

    urgency: ClassVar[int] = 5

    def answers(self, server: LatentServer) -> Iterator[Any]:
        """The answer, in one or several parts."""
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class DecodeProbe(Request):
    """The image at a position of the plane; answers uint8 C×H×W."""

    urgency: ClassVar[int] = 0
    position: Point

    def answers(self, server: LatentServer) -> Iterator[Images]:
        yield server.decode(np.array([self.position], np.float32))[0]


@dataclass(frozen=True, eq=False)
class DecodeCells(Request):
    """The images of lattice cells, in the order given; answers (keys, uint8 n×C×H×W) in parts."""

    urgency: ClassVar[int] = 1
    keys: tuple[CellKey, ...]

    def answers(self, server: LatentServer) -> Iterator[tuple[tuple[CellKey, ...], Images]]:
        start = 0
        while start < len(self.keys):
            keys = self.keys[start : start + server.decoded_at_once.size]
            began = time.perf_counter()
            images = server.decode(np.array([cell_centre(key) for key in keys], np.float32))
            server.decoded_at_once.took(len(keys), time.perf_counter() - began)
            start += len(keys)
            yield keys, images


@dataclass(frozen=True)
class Reconstructed:
    """Answer of `Reconstruct`: uint8 images of 0 to 255, and the squared error per pixel of each."""

    inputs: Images
    outputs: Images
    errors: Floats


@dataclass(frozen=True, eq=False)
class Reconstruct(Request):
    """Reconstructions of uint8 images N×C×H×W, in parts; only the last part is the answer, the others None."""

    urgency: ClassVar[int] = 2
    images: Images

    def answers(self, server: LatentServer) -> Iterator[Reconstructed | None]:
        parts: list[Images] = []
        for images in _in_parts(self.images):
            parts.append(server.reconstruct(images))
            yield None
        outputs = np.concatenate(parts)
        x = self.images.astype(np.float32) / server.full_scale
        errors = ((outputs / 255.0 - x) ** 2).reshape(len(x), -1).mean(1).astype(np.float32)
        yield Reconstructed(shown(self.images, server.full_scale), outputs, errors)


@dataclass(frozen=True)
class Measured:
    """Answer of `MeasureSplit`.

    Attributes:
        mse: mean squared error per pixel over the images.
        explained: share of the images' variance that the reconstructions explain.
        directions: D×P, the directions among images that a linear decoder spans; None for any other.
    """

    mse: float
    explained: float
    directions: Floats | None = None


@dataclass(frozen=True, eq=False)
class MeasureSplit(Request):
    """Reconstruction error over uint8 images N×C×H×W, in parts; only the last part is the answer, the others None.

    Attributes:
        part_seconds: how long a part takes about; longer where no hand waits between two.
    """

    urgency: ClassVar[int] = 7
    images: Images
    part_seconds: float = _PART_SECONDS

    def answers(self, server: LatentServer) -> Iterator[Measured | None]:
        x_sum: NDArray[np.float64] = np.zeros(self.images.shape[1:], np.float64)
        error = square = 0.0
        for images in _in_parts(self.images, self.part_seconds):
            x = server.input(images)
            error += float((server.reconstruct_exactly(x) - x).square().sum())
            x_sum += x.sum(0).cpu().numpy()
            square += float(x.square().sum())
            yield None
        count = len(self.images)
        variance = square - float((x_sum**2).sum()) / count
        explained = 1.0 - error / variance if variance > 0 else 0.0
        yield Measured(error / self.images.size, explained, spanned_directions(server.source, server.device))


def _in_parts(images: Images, seconds: float = _PART_SECONDS) -> Iterator[Images]:
    """``images``, as many at a time as the receiver works through in ``seconds``, a fraction of a frame by default."""
    portion = Portion(seconds, _FIRST_PART, _LARGEST_PART)
    start = 0
    while start < len(images):
        part = images[start : start + portion.size]
        began = time.perf_counter()
        yield part
        portion.took(len(part), time.perf_counter() - began)
        start += len(part)
