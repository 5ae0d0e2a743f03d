"""What shown points can be coloured by, and the model's view of a single one: measured in the view's worker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from latentlab.core.density import density
from latentlab.core.models.base import gaussian_kl
from latentlab.core.plane import Floats
from latentlab.core.portions import in_parts
from latentlab.core.quantity import Quantity
from latentlab.core.requests import Request
from latentlab.core.serving import Images, Labels, LatentServer

# How long a request measures before it answers; newer weights wait meanwhile.
_ROUND_SECONDS = 0.05


@dataclass(frozen=True)
class Values:
    """Answer of `MeasurePoints` and `MeasureDensity`.

    Attributes:
        start: the first of the points that were measured.
        values: n, of those from there on.
    """

    start: int
    values: Floats


@dataclass(frozen=True, eq=False)
class MeasurePoints(Request):
    """The error or KL of some of the shown points: as many, from ``start`` on, as take a moment.

    Whoever wants all asks again from where the answer ends, so that newer weights come between. In parts; only the
    last is the answer, the others None.

    Attributes:
        quantity: ERROR or KL.
        start: a point's index.
    """

    urgency: ClassVar[int] = 6
    quantity: Quantity
    start: int = 0

    def answers(self, server: LatentServer) -> Iterator[Values | None]:
        cloud = server.cloud
        assert cloud is not None, "asked only of points that are shown"
        until = time.perf_counter() + _ROUND_SECONDS
        values = []
        for part in in_parts(len(cloud.images) - self.start, clock=server.clock):
            points = slice(self.start + part.start, self.start + part.stop)
            labels = None if cloud.labels is None else cloud.labels[points]
            measure = kl if self.quantity is Quantity.KL else reconstruction_error
            values.append(measure(server, cloud.images[points], labels))
            if time.perf_counter() > until:
                break
            yield None
        yield Values(self.start, np.concatenate(values) if values else np.empty(0, np.float32))


@dataclass(frozen=True, eq=False)
class MeasureDensity(Request):
    """The density of positions N×2 about each of them."""

    urgency: ClassVar[int] = 6
    positions: Floats

    def answers(self, server: LatentServer) -> Iterator[Values]:
        yield Values(0, density(self.positions))


@dataclass(frozen=True, eq=False)
class ReconstructPoint(Request):
    """What the model makes of the image of one of the shown points, uint8 C×H×W of 0 to 255."""

    urgency: ClassVar[int] = 1
    point: int

    def answers(self, server: LatentServer) -> Iterator[Images]:
        cloud = server.cloud
        assert cloud is not None, "asked only of points that are shown"
        labels = None if cloud.labels is None else cloud.labels[[self.point]]
        yield server.reconstruct(cloud.images[[self.point]], labels)[0]


@torch.inference_mode()
def reconstruction_error(server: LatentServer, images: Images, labels: Labels | None) -> Floats:
    """Mean squared error per pixel N of the reconstructions of images N×C×H×W, both in [0, 1]."""
    x = server.input(images)
    error: Floats = (server.reconstruct_exactly(x, labels) - x).square().flatten(1).mean(1).cpu().numpy()
    return error


@torch.inference_mode()
def kl(server: LatentServer, images: Images, labels: Labels | None) -> Floats:
    """KL(q(z|x) ‖ N(0, I)) in nats, N, of images N×C×H×W; not a number where the encoder gives no scale."""
    encoding = server.encode_fully(images, labels)
    if encoding.scale is None:
        return np.full(len(images), np.nan, np.float32)
    nats: Floats = gaussian_kl(encoding.mean, 2.0 * encoding.scale.log()).sum(1).cpu().numpy()
    return nats
