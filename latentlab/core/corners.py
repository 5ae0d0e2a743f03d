"""Three of the shown points as the corners of a plane: where they lie in latent space, and whether they span one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from latentlab.core.plane import LatentPlane
from latentlab.core.requests import Request
from latentlab.core.serving import LatentServer

Corners = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class SpanPlane(Request):
    """Whether the latents of three shown points span a plane; answers a sentence that says why not, or an empty one."""

    urgency: ClassVar[int] = 1
    corners: Corners

    def answers(self, server: LatentServer) -> Iterator[str]:
        assert server.cloud is not None, "asked only where points are shown"
        try:
            LatentPlane.through(server.cloud.encode(server, list(self.corners)))
        except ValueError as error:
            yield str(error)
        else:
            yield ""
