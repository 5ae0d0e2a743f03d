"""Where training stands at each of some steps, in tensors that stay where they are: recorded work reads them anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


class Standing(NamedTuple):
    """Where training stands at a step: passes through the images so far, the step's number, and its size for Adam."""

    epoch: float
    number: int
    rate: float


@dataclass(frozen=True)
class Moment:
    """A `Standing` on the device: float32 scalars."""

    epoch: Tensor
    number: Tensor
    rate: Tensor


class Moments:
    """Those of some steps.

    Attributes:
        each: one a step, in their order.
    """

    def __init__(self, steps: int, device: torch.device) -> None:
        self._numbers = torch.zeros(steps, len(Standing._fields), device=device)
        self.each = [Moment(*row.unbind()) for row in self._numbers.unbind()]
        # Written to as an array they take no call of torch's, each of which hands the interpreter's lock to others.
        self._array = self._numbers.numpy() if device.type == "cpu" else None

    def set(self, standings: Sequence[Standing]) -> None:
        """Says where training stands, without waiting for the device."""
        if self._array is not None:
            self._array[:] = standings
        elif self._numbers.is_cuda:
            # From memory that is not pinned CUDA has taken its copy when this returns.
            self._numbers.copy_(torch.tensor(standings), non_blocking=True)
        else:
            for place, value in zip(self._numbers.view(-1).unbind(), sum(standings, ()), strict=True):
                place.fill_(value)
