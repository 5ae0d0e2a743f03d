"""Paths between pins through a model's latent space, and the filmstrips that they decode to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from latentlab.core.exploration import Point
from latentlab.core.interpolation import arc_lengths, places_along, points_at, slerp
from latentlab.core.neighbour_graph import NeighbourGraph
from latentlab.core.pins import PathKind
from latentlab.core.plane import Floats
from latentlab.core.portions import in_parts
from latentlab.core.requests import Request
from latentlab.core.serving import Images, LatentServer

FRAMES = 12
"""Images of a filmstrip."""

NEIGHBOURS = 10
"""How many neighbours each latent has in the graph that a path along the data takes."""

# The shown points stand in random order, so the first are a fair sample. From more the roads are no better, and the
# shortest way along them would keep the hand waiting.
_MOST_POINTS = 5000
# Enough for an arc to look and measure like one.
_STEPS = 48


@dataclass(frozen=True, eq=False)
class Path:
    """One way through all the pins.

    Attributes:
        kind: how it runs.
        latents: M×D, what it runs through; straight in between.
        positions: M×2, where that lies on the plane; in more than two dimensions only the shadow of it.
        frames: uint8 `FRAMES`×C×H×W, decoded at even steps of its length; none where there is no way.
        gap: which pin has no way to the next one, or None.
    """

    kind: PathKind
    latents: Floats
    positions: Floats
    frames: Images
    gap: int | None = None

    @property
    def length(self) -> float:
        """In units of latent space."""
        return float(arc_lengths(self.latents)[-1]) if self.gap is None else np.inf

    def at(self, share: float) -> tuple[Floats, Point]:
        """The latent D at a share of its length, 0 to 1, and the position on the plane; only where there is a way."""
        before, further = places_along(self.latents, np.array([share]))
        x, y = points_at(self.positions, before, further)[0]
        return points_at(self.latents, before, further)[0], (float(x), float(y))


@dataclass(frozen=True, eq=False)
class GrowGraph(Request):
    """The `NeighbourGraph` of the encoded points; in parts, of which only the last is the answer, the others None."""

    urgency: ClassVar[int] = 6

    def answers(self, server: LatentServer) -> Iterator[NeighbourGraph | None]:
        cloud = server.cloud
        if cloud is None or cloud.latents is None:
            return
        latents = cloud.latents[cloud.encoded][:_MOST_POINTS]
        if (latents == latents[:1]).all():
            return  # a collapse made all of them the same: there are no roads
        yield from NeighbourGraph.grow(latents, NEIGHBOURS)


@dataclass(frozen=True, eq=False)
class TracePaths(Request):
    """The ways through pins at two positions of the plane at least, decoded as one class where that matters.

    Answers a `Path` of each kind, or None between two; without a graph none along the data. A pin stands for the latent
    that `LatentServer.lift` gives: with a grid of codes, for the blended code maps of its neighbours on the plane. A
    path then runs between these, and each of its images is quantised as it is decoded.
    """

    urgency: ClassVar[int] = 3
    pins: tuple[Point, ...]
    label: int | None = None
    graph: NeighbourGraph | None = None

    def answers(self, server: LatentServer) -> Iterator[Path | None]:
        stops = server.lift(np.array(self.pins, np.float32))
        yield from self._decoded(server, PathKind.STRAIGHT, stops)
        arcs = _chain(stops, _arc)
        assert not isinstance(arcs, int), "there is always an arc"
        yield from self._decoded(server, PathKind.SPHERICAL, arcs)
        if self.graph is None or self.graph.latents.shape[1] != stops.shape[1]:
            return
        roads = _chain(stops, self.graph.route)
        if isinstance(roads, int):
            nothing = server.decode_latents(stops[:1], self.label)[:0]
            yield Path(PathKind.DATA, stops[:0], server.plane.project(stops[:0]), nothing, roads)
        else:
            yield from self._decoded(server, PathKind.DATA, roads)

    def _decoded(self, server: LatentServer, kind: PathKind, latents: Floats) -> Iterator[Path | None]:
        shown = points_at(latents, *places_along(latents, np.linspace(0.0, 1.0, FRAMES)))
        frames: list[Images] = []
        for part in in_parts(FRAMES, clock=server.clock):
            yield None
            frames.append(server.decode_latents(shown[part], self.label))
        yield Path(kind, latents, server.plane.project(latents), np.concatenate(frames))


@dataclass(frozen=True, eq=False)
class DecodePlace(Request):
    """The image of a latent D on a path, of one class where that matters; answers uint8 C×H×W."""

    urgency: ClassVar[int] = 1
    latent: Floats
    label: int | None = None

    def answers(self, server: LatentServer) -> Iterator[Images]:
        if len(self.latent) == server.source.latent_size:
            yield server.decode_latents(self.latent[None], self.label)[0]


def _arc(start: Floats, end: Floats) -> Floats:
    return slerp(start, end, np.linspace(0.0, 1.0, _STEPS))


def _chain(stops: Floats, way: Callable[[Floats, Floats], Floats | None]) -> Floats | int:
    """The ways from each of the stops N×D to the next as one chain M×D, or the first stop that no way leads on from."""
    legs = [stops[:1]]
    for index, (start, end) in enumerate(pairwise(stops)):
        leg = way(start, end)
        if leg is None:
            return index
        legs.append(leg[1:])
    return np.concatenate(legs)
