"""What is asked of the shown points: what the model makes of one, who stands nearest to it as latents and as images,
and the latents of those that are selected.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from latentlab.core.image_search import ImageSearch
from latentlab.core.plane import Floats
from latentlab.core.portions import PART_SECONDS, in_parts
from latentlab.core.requests import Request
from latentlab.core.serving import Images, LatentServer, to_bytes

# So many differences at a time stay in the processor's cache.
_DIFFERENCES = 1 << 17


@dataclass(frozen=True)
class Neighbours:
    """The points nearest to one, nearest first.

    Attributes:
        points: their indices among the shown points.
        distances: as many Euclidean distances, float32.
    """

    points: NDArray[np.intp]
    distances: Floats


@dataclass(frozen=True)
class Examined:
    """Answer of `ExaminePoint`.

    Attributes:
        reconstruction: what the model makes of the point's image, uint8 C×H×W of 0 to 255.
        error: mean squared error per pixel of the reconstruction, both images in [0, 1].
        neighbours: the nearest in latent space, in its units; nobody before the point itself was encoded.
        alike: what `FindAlike` answers, where that was wanted and can be told at once; else None.
    """

    reconstruction: Images
    error: float
    neighbours: Neighbours
    alike: Neighbours | None = None


@dataclass(frozen=True, eq=False)
class ExaminePoint(Request):
    """What the model makes of one of the shown points, and its neighbours in latent space.

    All coordinates of the latents count, not only the two that are shown. In parts; only the last is the answer, the
    others None.

    Attributes:
        point: its index.
        count: how many neighbours are wanted; where there are fewer points, all are.
        alike: the images that are alike are wanted too, so that both are shown at once, if what they are told by is
            learned already; where it is not, `FindAlike` learns it.
    """

    urgency: ClassVar[int] = 0
    hand_waits: ClassVar[float] = 0.008
    point: int
    count: int
    alike: bool = False

    def answers(self, server: LatentServer) -> Iterator[Examined | None]:
        cloud = server.cloud
        assert cloud is not None, "asked only of points that are shown"
        x = server.input(cloud.images[[self.point]])
        reconstruction = server.reconstruct_exactly(x, None if cloud.labels is None else cloud.labels[[self.point]])
        latents, known = cloud.latents, cloud.encoded
        if latents is None or not known[self.point]:
            neighbours = Neighbours(np.empty(0, np.intp), np.empty(0, np.float32))
        else:
            squares = yield from _squared_distances(latents, latents[self.point])
            squares[~known] = np.inf
            squares[self.point] = np.inf
            neighbours = _nearest(squares, self.count)
        search = cloud.search if self.alike else None
        alike = None if search is None else _alike(search, server.full_scale, self.point, self.count)
        yield Examined(to_bytes(reconstruction)[0], float((reconstruction - x).square().mean()), neighbours, alike)


@dataclass(frozen=True, eq=False)
class FindAlike(Request):
    """The shown points whose images, in [0, 1], are nearest to one point's, pixel by pixel; answers `Neighbours`.

    In parts; only the last is the answer, the others None.

    Attributes:
        point, count: as for `ExaminePoint`.
    """

    urgency: ClassVar[int] = 1
    point: int
    count: int

    def answers(self, server: LatentServer) -> Iterator[Neighbours | None]:
        cloud = server.cloud
        assert cloud is not None, "asked only of points that are shown"
        if cloud.search is None:
            cloud.search = yield from ImageSearch.learned(cloud.images)
        yield _alike(cloud.search, server.full_scale, self.point, self.count)


@dataclass(frozen=True, eq=False)
class EncodePoints(Request):
    """The latents n×D of shown points, all of the newest weights; in parts, of which only the last is the answer.

    Attributes:
        points: n indices of them.
    """

    urgency: ClassVar[int] = 5
    points: NDArray[np.intp]

    def answers(self, server: LatentServer) -> Iterator[Floats | None]:
        cloud = server.cloud
        assert cloud is not None, "asked only of points that are shown"
        latents: list[Floats] = []
        for part in in_parts(len(self.points), clock=server.clock):
            latents.append(cloud.encode(server, self.points[part]))
            yield None
        yield np.concatenate(latents)


def _alike(search: ImageSearch, full_scale: int, point: int, count: int) -> Neighbours:
    some = search.candidates(point, count)
    squares = search.squared_distances(some, point) / np.float32(full_scale) ** 2
    squares[some == point] = np.inf
    found = _nearest(squares, count)
    return Neighbours(some[found.points], found.distances)


def _squared_distances(vectors: Floats, query: Floats) -> Generator[None, None, Floats]:
    """Returns the squared Euclidean distances of vectors N×D to a query D, pausing as often as a part is done."""
    squares = np.empty(len(vectors), np.float32)
    rows = max(1, _DIFFERENCES // vectors.shape[1])
    rested = time.perf_counter()
    for start in range(0, len(vectors), rows):
        some = slice(start, start + rows)
        differences = vectors[some] - query
        np.einsum("nd,nd->n", differences, differences, out=squares[some])
        if time.perf_counter() - rested > PART_SECONDS:
            yield None
            rested = time.perf_counter()
    return squares


def _nearest(squares: Floats, count: int) -> Neighbours:
    """The places of the ``count`` finite ones of the least squared distances; among equals, the first."""
    count = min(count, int(np.isfinite(squares).sum()))
    if count < 1:
        return Neighbours(np.empty(0, np.intp), np.empty(0, np.float32))
    # All that are as near as the last of them, so that of several at one distance the first are taken.
    farthest = np.partition(squares, count - 1)[count - 1]
    near = np.flatnonzero(squares <= farthest)
    points = near[np.argsort(squares[near], kind="stable")][:count]
    return Neighbours(points, np.sqrt(squares[points]))
