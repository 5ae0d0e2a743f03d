"""What every projection says of itself, and the words that the fitted ones share with the models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentlab.core.errors import LatentLabError
from latentlab.core.models.base import Capabilities, Encoding
from latentlab.core.plane import Floats


class ProjectionError(LatentLabError):
    """A projection cannot be fitted, or is asked for what its method does not give."""


@dataclass(frozen=True, eq=False)
class Sample:
    """The images that a projection is fitted to.

    Attributes:
        images: uint8 N×C×H×W.
        full_scale: what counts as 1.
        labels: N, or None.
    """

    images: NDArray[np.uint8]
    full_scale: int
    labels: NDArray[np.int64] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of an image."""
        channels, height, width = self.images.shape[1:]
        return int(channels), int(height), int(width)


class Watch(Protocol):
    """Who waits for a fit: is told how far it is, and may want it to end."""

    def progress(self, text: str, fraction: float | None = None) -> None: ...

    def cancelled(self) -> bool: ...


class Projection(Protocol):
    """A fitted projection, in the models' words: `latentlab.core.serving.Explorable`, and what is its own.

    Attributes:
        title: the method's.
        placed: N×2, where it puts the images that it was fitted to if it has a place for no others, else None.
    """

    title: str
    placed: Floats | None
    latent_size: int
    capabilities: Capabilities

    def encode(self, x: Tensor, label: Tensor | None = None) -> Encoding: ...

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor: ...

    def codebook(self) -> Tensor | None: ...


Fit = Callable[[Any, Sample, Watch], Projection]


@dataclass(frozen=True)
class ProjectionInfo:
    """A registry entry: how a projection is named, configured and described.

    Attributes:
        name: for lists and saved choices.
        title: as in the window.
        config: its settings; one called ``images``, where there is one, says how many images it is fitted to.
        fit: settings, sample and watch to the fitted projection; raises `ProjectionError` and `Cancelled`.
        summary: one line for beginners.
        paper: where it comes from.
        invertible: it decodes points of the plane to images.
        places_new_images: it has a place for images that it was not fitted to.
        uses_labels: it is told the images' classes.
        most_images: how many images it is fitted to by default, None for all of the training images.
    """

    name: str
    title: str
    config: type
    fit: Fit = field(repr=False)
    summary: str
    paper: str
    invertible: bool
    places_new_images: bool
    uses_labels: bool
    most_images: int | None


class EstimatorProjection:
    """A fitted scikit-learn estimator behind the models' words.

    Attributes:
        title, placed: as `Projection` has them.
        estimator: fitted to flattened images in [0, 1].
        latent_size: how many numbers it gives an image.
        capabilities: none of a model's.
    """

    def __init__(self, title: str, estimator: Any, latent_size: int, shape: tuple[int, int, int]) -> None:
        self.title, self.estimator, self.latent_size, self.shape = title, estimator, latent_size, shape
        self.capabilities = Capabilities()
        self.placed: Floats | None = None
        if not hasattr(estimator, "transform"):
            self.placed = np.asarray(estimator.embedding_, np.float32)

    def encode(self, x: Tensor, label: Tensor | None = None) -> Encoding:
        """Images N×C×H×W in [0, 1] to their places N×D.

        Raises:
            ProjectionError: the method places only the images that it was fitted to.
        """
        if self.placed is not None:
            raise ProjectionError(f"{self.title} has no place for images that it was not fitted to.")
        return Encoding(mean=_tensor(self.estimator.transform(x.flatten(1).double().numpy())))

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Places N×D to images N×C×H×W; not clipped, so they may leave [0, 1].

        Raises:
            ProjectionError: the method has no way back.
        """
        if not hasattr(self.estimator, "inverse_transform"):
            raise ProjectionError(f"{self.title} has no way back from the plane to an image.")
        return _tensor(self.estimator.inverse_transform(z.double().numpy())).view(-1, *self.shape)

    def codebook(self) -> Tensor | None:
        """Projections have none."""
        return None


def _tensor(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.asarray(values, np.float32))
