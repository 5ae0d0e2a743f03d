"""What a view asks of a model about an image that a hand drew: its place, what becomes of it, whom it stands beside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from latentlab.core.drawing import Framing
from latentlab.core.exploration import Point
from latentlab.core.neighbours import nearest_few
from latentlab.core.plane import Floats
from latentlab.core.projections import Projection
from latentlab.core.requests import Request
from latentlab.core.serving import Images, LatentServer, shown

NEIGHBOURS = 8


@dataclass(frozen=True, eq=False)
class DrawnPlace:
    """First answer of `EncodeDrawing`.

    Attributes:
        image: uint8 C×H×W of 0 to 255, the drawing as the model is shown it.
        latent: D, what it is encoded to.
        position: where that lies on the plane.
    """

    image: Images
    latent: Floats
    position: Point


@dataclass(frozen=True, eq=False)
class DrawnDetail:
    """Second answer of `EncodeDrawing`.

    Attributes:
        reconstruction: uint8 C×H×W of 0 to 255.
        neighbours: indices of the shown points with the nearest latents, nearest first; none where these are not known.
        places: where each of the request's projections puts the image.
    """

    reconstruction: Images
    neighbours: NDArray[np.int64]
    places: tuple[Point, ...]


@dataclass(frozen=True, eq=False)
class EncodeDrawing(Request):
    """A sheet as the model sees it; answers `DrawnPlace`, then `DrawnDetail` where that is wanted.

    Attributes:
        sheet: uint8 C×H×W, as `Framing.image` takes it.
        framing: of the data set.
        label: the class it is encoded and decoded as, where that matters.
        among: the shown images, whose latents it is compared with if they are still those that are served.
        projections: those that place it too.
        in_detail: not only its place is wanted.
    """

    urgency: ClassVar[int] = 0
    sheet: Images
    framing: Framing
    label: int
    among: Images
    projections: tuple[Projection, ...] = ()
    in_detail: bool = True

    def answers(self, server: LatentServer) -> Iterator[DrawnPlace | DrawnDetail]:
        image = self.framing.image(self.sheet)[None]
        latents = server.encode(image, np.array([self.label]))
        yield DrawnPlace(shown(image[0], server.full_scale), latents[0], _point(server.plane.project(latents)))
        if not self.in_detail:
            return
        reconstruction = server.decode_latents(latents, self.label)[0]
        x = server.input(image).cpu()
        places = tuple(_point(each.encode(x).mean.numpy()) for each in self.projections)
        yield DrawnDetail(reconstruction, self._neighbours(server, latents[0]), places)

    def _neighbours(self, server: LatentServer, latent: Floats) -> NDArray[np.int64]:
        cloud = server.cloud
        if cloud is None or cloud.images is not self.among or cloud.latents is None:
            return np.empty(0, np.int64)
        known = np.flatnonzero(cloud.encoded)
        return known[nearest_few(cloud.latents[known], latent, NEIGHBOURS)]


def vote(labels: Sequence[int] | NDArray[np.int64], names: Sequence[str]) -> str:
    """What the neighbours with these labels, nearest first, say of a class; a tie goes to the nearer."""
    votes = Counter(int(label) for label in labels).most_common()
    (winner, most), whole = votes[0], len(labels)
    share = f"All {whole}" if most == whole else f"{most} of {whole}"
    words = f"{share} neighbours are {names[winner]}"
    equals = [names[label] for label, count in votes[1:] if count == most]
    return f"{words}, as many are {' or '.join(equals)}" if equals else words


def _point(scores: Floats) -> Point:
    """The first of scores 1×k as a place; a single score is one on the horizontal axis."""
    return float(scores[0, 0]), float(scores[0, 1]) if scores.shape[1] > 1 else 0.0
