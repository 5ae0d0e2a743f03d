"""What training measured: rows of figures, and the running means that they are made of."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class HistoryRow:
    """Means of the objective and its terms over a stretch of training, or over the test split.

    Attributes:
        step, epoch: where training stood at the row's end.
        split: ``train`` or ``test``.
        figures: ``total`` and the model's named terms, per image.
        seconds: time spent training until then.
    """

    step: int
    epoch: float
    split: str
    figures: dict[str, float]
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Plain values for a line of history.jsonl."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> HistoryRow:
        """The inverse of `as_json`.

        Raises:
            KeyError, TypeError, ValueError: the values are no history row.
        """
        figures = {str(name): float(value) for name, value in values["figures"].items()}
        return cls(int(values["step"]), float(values["epoch"]), str(values["split"]), figures, float(values["seconds"]))


class RunningMean:
    """Means of scalars weighted by images, kept on the device so that no step waits for a number."""

    def __init__(self) -> None:
        self._sums: dict[str, Tensor] = {}
        self._images = 0

    def add(self, total: Tensor, terms: dict[str, Tensor], images: int) -> None:
        """Adds one batch's means."""
        for name, value in {"total": total, **terms}.items():
            # MPS knows no float64.
            wide = value.float() if value.device.type == "mps" else value.double()
            weighted = wide * images
            self._sums[name] = self._sums[name] + weighted if name in self._sums else weighted
        self._images += images

    def is_finite(self) -> bool:
        """False once a total was infinite or not a number; waits for the device."""
        total = self._sums.get("total")
        return total is None or bool(torch.isfinite(total))

    def take(self) -> dict[str, float]:
        """The means since the last call, in plain numbers; empty where nothing was added."""
        figures = {name: float(value) / self._images for name, value in self._sums.items()}
        self._sums, self._images = {}, 0
        return figures

    def state(self) -> dict[str, float]:
        """What continuing needs, in plain numbers."""
        return {"images": self._images, **{f"sum.{name}": float(value) for name, value in self._sums.items()}}

    def load(self, state: dict[str, float]) -> None:
        """Takes up where `state` was called."""
        sums = {name[4:]: value for name, value in state.items() if name.startswith("sum.")}
        if not all(map(math.isfinite, sums.values())):
            raise ValueError("its running means are not finite")
        self._images = int(state.get("images", 0))
        self._sums = {name: torch.tensor(value, dtype=torch.float64) for name, value in sums.items()}
