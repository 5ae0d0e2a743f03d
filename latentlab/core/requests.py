"""What a view may ask of a model: each request knows how to answer itself from a `LatentServer`, bit by bit.

An answer that takes longer than a frame is given in parts, so that something more urgent can be served between two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from latentlab.core.exploration import Point
from latentlab.core.lattice import CellKey, cell_centre
from latentlab.core.plane import Floats
from latentlab.core.serving import Images, LatentServer, shown

# Cells decoded between two looks at what else is wanted: about 1 ms for an MLP, 10 ms for a convolutional decoder.
_CELLS = 32


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
        for start in range(0, len(self.keys), _CELLS):
            keys = self.keys[start : start + _CELLS]
            yield keys, server.decode(np.array([cell_centre(key) for key in keys], np.float32))


@dataclass(frozen=True)
class Reconstructed:
    """Answer of `Reconstruct`: uint8 images of 0 to 255, and the squared error per pixel of each."""

    inputs: Images
    outputs: Images
    errors: Floats


@dataclass(frozen=True, eq=False)
class Reconstruct(Request):
    """Reconstructions of uint8 images N×C×H×W."""

    urgency: ClassVar[int] = 2
    images: Images

    def answers(self, server: LatentServer) -> Iterator[Reconstructed]:
        outputs = server.reconstruct(self.images)
        x = self.images.astype(np.float32) / server.full_scale
        errors = ((outputs / 255.0 - x) ** 2).reshape(len(x), -1).mean(1).astype(np.float32)
        yield Reconstructed(shown(self.images, server.full_scale), outputs, errors)


@dataclass(frozen=True)
class Measured:
    """Answer of `MeasureSplit`: mean squared error per pixel over the images, and share of variance explained."""

    mse: float
    explained: float


@dataclass(frozen=True, eq=False)
class MeasureSplit(Request):
    """Reconstruction error over uint8 images N×C×H×W, in parts; only the last part is the answer, the others None."""

    urgency: ClassVar[int] = 7
    images: Images

    def answers(self, server: LatentServer) -> Iterator[Measured | None]:
        x_sum: NDArray[np.float64] = np.zeros(self.images.shape[1:], np.float64)
        error = square = 0.0
        for start in range(0, len(self.images), 100):
            x = torch.from_numpy(self.images[start : start + 100].astype(np.float32)) / server.full_scale
            with torch.inference_mode():
                rebuilt = server.source.decode(server.source.encode(x).mean)
                error += float((rebuilt - x).square().sum())
            x_sum += x.sum(0).numpy()
            square += float(x.square().sum())
            yield None
        count = len(self.images)
        variance = square - float((x_sum**2).sum()) / count
        yield Measured(error / self.images.size, 1.0 - error / variance if variance > 0 else 0.0)
