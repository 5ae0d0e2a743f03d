"""What training measured: rows of figures, and the running means that they are made of."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from latentlab.core.models.codebook import codes_used, perplexity


@dataclass(frozen=True)
class HistoryRow:
    """Means of the objective and its terms over a stretch of training, or over the test split.

    Attributes:
        step, epoch: where training stood at the row's end.
        split: ``train`` or ``test``.
        figures: ``total`` and the model's named terms, per image; of a model with a codebook also ``perplexity`` and
            ``codes_used``, both over all that the row covers.
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
    """Means of scalars weighted by images, kept on the device so that no step waits for a number.

    How often each code of a codebook is used is summed: what follows from it is no mean over batches.

    The sums are added to in place: a step that was recorded goes on adding to them when it is replayed.
    """

    def __init__(self) -> None:
        self._names: tuple[str, ...] = ()
        self._sums: Tensor | None = None
        self._uses: Tensor | None = None
        self._images = 0

    def add(self, total: Tensor, terms: dict[str, Tensor], images: int, uses: Tensor | None = None) -> None:
        """Adds the means of a batch of ``images`` images, and how often it used each of K codes."""
        self.add_sums(total, terms, images, uses)
        self.count(images)

    def add_sums(self, total: Tensor, terms: dict[str, Tensor], images: int, uses: Tensor | None = None) -> None:
        """The part of `add` that is work for the device."""
        values, names = torch.stack((total, *terms.values())), ("total", *terms)
        if uses is not None:
            self._add_uses(uses)
        if self._sums is None or self._names != names or self._sums.device != values.device:
            self._sums = self._sums_of(names, values.device)
            self._names = names
        self._sums.add_(values, alpha=images)

    def count(self, images: int) -> None:
        """The other part of `add`: how many images the sums are over."""
        self._images += images

    def so_far(self) -> dict[str, float]:
        """The means since the last `take`, in plain numbers; empty where nothing was added. Waits for the device."""
        if self._sums is None or not self._images:
            return {}
        return {name: value / self._images for name, value in zip(self._names, self._sums.tolist(), strict=True)}

    def take(self) -> dict[str, float]:
        """`so_far` and, where there is a codebook, its use; the next means begin."""
        figures = self.so_far()
        if self._sums is None or not figures:
            return {}
        if self._uses is not None:
            figures |= {"perplexity": float(perplexity(self._uses)), "codes_used": float(codes_used(self._uses))}
            self._uses.zero_()
        self._sums.zero_()
        self._images = 0
        return figures

    def state(self) -> dict[str, float]:
        """What continuing needs, in plain numbers."""
        if self._sums is None or not self._images:
            return {"images": 0}
        sums = zip(self._names, self._sums.tolist(), strict=True)
        uses = [] if self._uses is None else self._uses.tolist()
        return {
            "images": self._images,
            **{f"sum.{name}": value for name, value in sums},
            **{f"uses.{code}": value for code, value in enumerate(uses)},
        }

    def load(self, state: dict[str, float]) -> None:
        """Takes up where `state` was called."""
        sums = {name[4:]: value for name, value in state.items() if name.startswith("sum.")}
        uses = {int(name[5:]): value for name, value in state.items() if name.startswith("uses.")}
        if not all(map(math.isfinite, (*sums.values(), *uses.values()))):
            raise ValueError("its running means are not finite")
        self._images = int(state.get("images", 0))
        self._names = tuple(sums)
        self._sums = torch.tensor(list(sums.values()), dtype=torch.float64) if sums else None
        self._uses = torch.tensor([uses[code] for code in range(len(uses))], dtype=torch.float64) if uses else None

    def _add_uses(self, uses: Tensor) -> None:
        if self._uses is None:
            self._uses = torch.zeros(len(uses), dtype=_wide(uses.device), device=uses.device)
        elif self._uses.device != uses.device:
            self._uses = self._uses.to(uses.device, _wide(uses.device))
        self._uses.add_(uses)

    def _sums_of(self, names: tuple[str, ...], device: torch.device) -> Tensor:
        """The sums so far, in the order of ``names`` and on the device of what is added to them."""
        known = {} if self._sums is None else dict(zip(self._names, self._sums.tolist(), strict=True))
        return torch.tensor([known.get(name, 0.0) for name in names], dtype=_wide(device), device=device)


def _wide(device: torch.device) -> torch.dtype:
    """The widest type that a device knows: Apple's GPUs have no float64."""
    return torch.float32 if device.type == "mps" else torch.float64
