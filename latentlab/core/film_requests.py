"""What a film asks of the view's worker: codes, and pictures, of a moment that nobody looks at yet."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
from torch import Tensor, nn

from latentlab.core.film import Codes, Foreseen, fingerprint
from latentlab.core.lattice import CellKey
from latentlab.core.placed import Placed
from latentlab.core.plane import Floats
from latentlab.core.portions import in_parts
from latentlab.core.requests import DecodeCells, Request
from latentlab.core.serving import Images, LatentServer


@dataclass(frozen=True, eq=False)
class EncodeMoment(Request):
    """The codes of the shown points under other weights than those that are looked at, which stay as they are.

    In parts; only the last is the answer, the others None.

    Attributes:
        step: of the weights.
        weights: a state dict of the served model.
        known: the codes as far as they are known: only their place on the present plane is missing.
    """

    urgency: ClassVar[int] = 9
    idle: ClassVar[bool] = True
    step: int
    weights: Mapping[str, Tensor] = field(repr=False)
    known: Codes | None = None

    def answers(self, server: LatentServer) -> Iterator[Codes | None]:
        cloud = server.cloud
        if cloud is None or not isinstance(server.source, nn.Module):
            return
        if self.known is not None:
            latents, scales = self.known.latents, self.known.scales
        else:
            other = _under(self.weights, server)
            parts: list[tuple[Floats, Floats | None]] = []
            for part in in_parts(len(cloud.images), clock=server.clock):
                parts.append(cloud.encode_with_scale(other, part))
                yield None
            latents = np.concatenate([part for part, _ in parts])
            known = [scale for _, scale in parts if scale is not None]
            scales = np.concatenate(known) if known else None
        # A plane through three of the points lies elsewhere under every weights: it is laid when they are looked at.
        yield Codes(latents, scales, None if server.spanned else server.placed_straight(latents))


@dataclass(frozen=True, eq=False)
class ForeseeMoment(Request):
    """What the panels show of a filmed moment when that is looked at.

    In parts; only the last is the answer, the others None. It is of no use where the plane goes through chosen points,
    for it lies elsewhere under all weights.

    Attributes:
        step, weights: as in `EncodeMoment`.
        codes: of the shown points under these weights.
        reference: as in `Moment`.
        keys, label: as in `DecodeCells`.
        others: what else is asked then, and answered here as well.
        known: what was foreseen when other things were asked, of the same points and cells.
    """

    urgency: ClassVar[int] = 9
    idle: ClassVar[bool] = True
    step: int
    weights: Mapping[str, Tensor] = field(repr=False)
    codes: Codes
    reference: Floats | None = field(repr=False)
    keys: tuple[CellKey, ...] = field(repr=False)
    label: int | None = None
    others: tuple[Request, ...] = ()
    known: Foreseen | None = None

    def answers(self, server: LatentServer) -> Iterator[Foreseen | None]:
        if not isinstance(server.source, nn.Module):
            return
        other = _under(self.weights, server)
        other.cut(server.axes, None)
        other.offset = server.offset
        positions = other.place(self.codes.latents, self.reference, turn=True)
        known: Mapping[Request, Any] = {} if self.known is None else self.known.answers
        answers = {request: known[request] for request in self.others if request in known}
        for request in self.others:
            for answer in () if request in known else request.answers(other):
                if answer is not None:
                    answers[request] = answer
                yield None
        if self.known is not None:
            yield replace(self.known, answers=answers)
            return
        placed = Placed.by(other, positions, self.step, laid_anew=False, complete=True)
        images: list[Images] = []
        for part in DecodeCells(self.keys, self.label).answers(other):
            images += [] if part is None else [part[1]]
            yield None
        seen = fingerprint(self.reference), placed, other.offset, self.label, self.keys, np.concatenate(images)
        yield Foreseen(*seen, answers)


def _under(weights: Mapping[str, Tensor], server: LatentServer) -> LatentServer:
    """Another server for the same model with other weights."""
    other = LatentServer(copy.deepcopy(server.source), server.full_scale)
    other.take_weights(weights)
    return other
