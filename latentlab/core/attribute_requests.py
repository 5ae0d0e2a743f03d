"""What a view may ask about an attribute: its vector, and what adding it to a place of the plane decodes to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from latentlab.core.exploration import Point
from latentlab.core.plane import Floats
from latentlab.core.portions import in_parts
from latentlab.core.requests import Request
from latentlab.core.selection import Indices
from latentlab.core.serving import Images, LatentServer


@dataclass(frozen=True, eq=False)
class AttributeVector:
    """Answer of `MeasureAttribute`.

    Attributes:
        vector: D, the mean latent of those that have the attribute less that of those that lack it.
        shadow: 2, what the plane sees of it.
        having, lacking: how many latents each mean is of; points that were not encoded yet are not among them.
    """

    vector: Floats
    shadow: Floats
    having: int
    lacking: int

    @property
    def length(self) -> float:
        """In units of latent space."""
        return float(np.linalg.norm(self.vector))


@dataclass(frozen=True, eq=False)
class MeasureAttribute(Request):
    """The difference of two groups' mean latents; in parts, of which only the last is the answer, the others None."""

    urgency: ClassVar[int] = 4
    having: Indices
    lacking: Indices

    def answers(self, server: LatentServer) -> Iterator[AttributeVector | None]:
        cloud = server.cloud
        if cloud is None or cloud.latents is None:
            return
        means: list[NDArray[np.float64]] = []
        counts: list[int] = []
        for group in (self.having, self.lacking):
            known = group[cloud.encoded[group]]
            if not len(known):
                return
            total = np.zeros(cloud.latents.shape[1])
            for part in in_parts(len(known), clock=server.clock):
                total += cloud.latents[known[part]].sum(0, dtype=np.float64)
                yield None
            means.append(total / len(known))
            counts.append(len(known))
        vector = (means[0] - means[1]).astype(np.float32)
        shadow = server.plane.project(vector[None]) - server.plane.project(np.zeros_like(vector)[None])
        yield AttributeVector(vector, shadow[0], *counts)


@dataclass(frozen=True, eq=False)
class DecodeStrengths(Request):
    """A place of the plane with a vector D added to it, at n strengths and of one class where that matters.

    The sums are decoded as they are: in more than two dimensions they leave the plane. Answers uint8 n×C×H×W in the
    end, and None before.
    """

    urgency: ClassVar[int] = 1
    position: Point
    vector: Floats
    strengths: tuple[float, ...]
    label: int | None = None

    def answers(self, server: LatentServer) -> Iterator[Images | None]:
        if len(self.vector) != server.source.latent_size:
            return
        place = server.lift(np.array([self.position], np.float32))
        latents = (place + np.array(self.strengths, np.float32)[:, None] * self.vector).astype(np.float32)
        images: list[Images] = []
        for part in in_parts(len(latents), clock=server.clock):
            yield None
            images.append(server.decode_latents(latents[part], self.label))
        yield np.concatenate(images)
