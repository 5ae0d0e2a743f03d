"""Traversals: the image at the probe, swept along one latent after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from latentlab.core.exploration import Point
from latentlab.core.plane import Floats
from latentlab.core.requests import Request
from latentlab.core.serving import Images, LatentServer


@dataclass(frozen=True)
class Sweep:
    """Where one latent, counted from 0, is led: from ``low`` to ``high`` in so many even ``steps``, both included."""

    latent: int
    low: float
    high: float
    steps: int

    @property
    def values(self) -> Floats:
        """The values that the latent takes."""
        return np.linspace(self.low, self.high, self.steps, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Traverse(Request):
    """The latent at a position of the plane, swept along latents in turn; of one class where that matters.

    Answers (sweep, uint8 images steps×C×H×W), a part for each of the sweeps, in their order.
    """

    urgency: ClassVar[int] = 3
    position: Point
    sweeps: tuple[Sweep, ...]
    label: int | None = None

    def answers(self, server: LatentServer) -> Iterator[tuple[Sweep, Images]]:
        here = server.lift(np.array([self.position], np.float32))[0]
        for sweep in self.sweeps:
            latents = np.tile(here, (sweep.steps, 1))
            latents[:, sweep.latent] = sweep.values
            yield sweep, server.decode_latents(latents, self.label)
