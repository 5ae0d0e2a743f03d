"""What a film asks of the view's worker: the codes of a moment that nobody looks at yet."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from torch import Tensor, nn

from latentlab.core.film import Codes
from latentlab.core.plane import Floats
from latentlab.core.portions import in_parts
from latentlab.core.requests import Request
from latentlab.core.serving import LatentServer


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
        cloud, source = server.cloud, server.source
        if cloud is None or not isinstance(source, nn.Module):
            return
        if self.known is not None:
            latents, scales = self.known.latents, self.known.scales
        else:
            model = copy.deepcopy(source)
            model.load_state_dict(self.weights)
            other = LatentServer(model, server.full_scale)
            parts: list[tuple[Floats, Floats | None]] = []
            for part in in_parts(len(cloud.images)):
                parts.append(cloud.encode_with_scale(other, part))
                yield None
            latents = np.concatenate([part for part, _ in parts])
            known = [scale for _, scale in parts if scale is not None]
            scales = np.concatenate(known) if known else None
        # A plane through three of the points lies elsewhere under every weights: it is laid when they are looked at.
        yield Codes(latents, scales, None if server.spanned else server.placed_straight(latents))
