"""How fast the decoded image changes with the place on the plane: the decoder's stretch.

The decoder's mean pulls the distances among images back to the latent plane: a step dz changes the image by J·dz, and
JᵀJ is a metric there (Arvanitidis, Hansen & Hauberg 2018, "Latent Space Oddity", equation 5; of their two terms the
one of the mean). What is shown of it is its largest eigenvalue's root, the largest singular value of J along the
plane: by how much the image changes, at most, where the latent changes by one unit. Their own picture of it, the root
of det JᵀJ, magnifies areas, and vanishes wherever the image changes in one direction alone.

J is taken by central differences, four decoded images a place. Forward-mode differentiation of a fully connected
decoder takes about thirty times as long as decoding, and the first use of it in torch 2.11 holds the interpreter for a
second; the differences agree with it to a hundredth, mostly to a thousandth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from latentlab.core.aggregate import CellGrid
from latentlab.core.exploration import Rect
from latentlab.core.plane import Floats
from latentlab.core.portions import PART_SECONDS, Portion
from latentlab.core.requests import Request
from latentlab.core.serving import LatentServer

# Along the longer side: first something to see, then finer as long as there is time.
_STAGES = (12, 24, 48)
_FIRST_PART, _LARGEST_PART = 16, 256
_STEP = 1e-3


@dataclass(frozen=True)
class StretchMap:
    """Answer of `MapStretch`.

    Attributes:
        rect: the part of the plane.
        values: rows×columns, lowest row first: change of the image, its Euclidean length where white is 1, per latent
            unit.
        complete: nothing finer follows.
    """

    rect: Rect
    values: Floats
    complete: bool


@dataclass(frozen=True, eq=False)
class MapStretch(Request):
    """The decoder's stretch over a part of the plane; in parts, `StretchMap`s ever finer and None between.

    Attributes:
        rect: the part of the plane.
        label: the class that a conditional model decodes.
        seconds: what a next finer map may take.
    """

    urgency: ClassVar[int] = 6
    rect: Rect
    label: int | None = None
    seconds: float = 2.0

    def answers(self, server: LatentServer) -> Iterator[StretchMap | None]:
        portion = Portion(PART_SECONDS, _FIRST_PART, _LARGEST_PART)
        for stage, most in enumerate(_STAGES, start=1):
            grid = CellGrid.over(self.rect, most)
            positions = np.stack(np.meshgrid(*grid.centres), -1).reshape(-1, 2).astype(np.float32)
            values: list[Floats] = []
            start, spent = 0, 0.0
            while start < len(positions):
                part = positions[start : start + portion.size]
                began = server.clock()
                values.append(decoder_stretch(server, part, self.label))
                took = server.clock() - began
                portion.took(len(part), took)
                start, spent = start + len(part), spent + took
                yield None
            complete = stage == len(_STAGES) or 4 * spent > self.seconds
            yield StretchMap(self.rect, np.concatenate(values).reshape(grid.rows, grid.columns), complete)
            if complete:
                return


@torch.inference_mode()
def decoder_stretch(server: LatentServer, positions: Floats, label: int | None = None) -> Floats:
    """The largest singular value of the decoder's Jacobian along the plane, at positions N×2, shape N."""
    z = torch.from_numpy(server.lift(positions)).to(server.device)
    axes = torch.from_numpy(server.plane.axes).to(server.device)
    # Where latents are large, their own rounding asks for larger steps.
    step = _STEP * max(1.0, float(z.abs().max()))
    shifted = torch.cat([z + sign * step * axis for axis in axes for sign in (1.0, -1.0)])
    images = server.decode_exactly(shifted, label).flatten(1).view(2, 2, len(z), -1)
    first, second = (images[:, 0] - images[:, 1]) / (2 * step)
    # The eigenvalues of the 2×2 matrix JᵀJ, in closed form.
    a, b, c = first.square().sum(1), (first * second).sum(1), second.square().sum(1)
    stretch: Floats = ((a + c) / 2 + torch.hypot((a - c) / 2, b)).sqrt().cpu().numpy()
    return stretch
