"""A VAE's rate against its distortion: the KL and the reconstruction term of test images, as a path over the epochs.

What they add up to is −ELBO, so that models of one bound lie on a straight line, and where on it a model lies says how
much of what it knows of an image it writes into the latents (Alemi, Poole, Fischer, Dillon, Saurous & Murphy, Fixing a
Broken ELBO, ICML 2018, section 3).
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentlab.core.history import HistoryRow
from latentlab.core.models import model_info
from latentlab.core.run import RunSettings

UNIT = "nats per image"
_STEEP = 2.5
_BEGINNING = 3  # a third of a path may be left out of view


@dataclass(frozen=True)
class RatePath:
    """The test rows of a run, oldest first.

    Attributes:
        epochs: N.
        rate, distortion: N, the KL and the reconstruction term in nats per image.
    """

    epochs: NDArray[np.float64]
    rate: NDArray[np.float64]
    distortion: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.epochs)

    @property
    def bound(self) -> NDArray[np.float64]:
        """N, −ELBO in nats per image."""
        return self.rate + self.distortion

    def behind(self, epoch: float) -> RatePath:
        """The part of it behind ``epoch``, with the row before that as where it comes from."""
        start = max(0, int(np.searchsorted(self.epochs, epoch, side="right")) - 1)
        return RatePath(self.epochs[start:], self.rate[start:], self.distortion[start:])


class RateTrack:
    """A history's test rows as a path; rows that were added since are all that costs time."""

    def __init__(self) -> None:
        self._newest: HistoryRow | None = None
        self._taken = 0
        self._columns = tuple(array("d") for _ in range(3))

    def take(self, history: Sequence[HistoryRow]) -> bool:
        """Follows ``history``, which grew or is another one; says whether the path is another one now."""
        before = len(self._columns[0])
        grew = self._taken <= len(history) and (not self._taken or history[self._taken - 1] is self._newest)
        if not grew:
            self._taken, self._columns = 0, tuple(array("d") for _ in range(3))
        for row in history[self._taken :]:
            point = row.epoch, row.figures.get("kl", math.nan), row.figures.get("reconstruction", math.nan)
            if row.split == "test" and all(map(math.isfinite, point)):
                for column, value in zip(self._columns, point, strict=True):
                    column.append(value)
        self._taken, self._newest = len(history), history[-1] if history else None
        return not grew or len(self._columns[0]) > before

    def path(self) -> RatePath:
        """All of it; copies."""
        return RatePath(*(np.array(column) for column in self._columns))


def has_rate(settings: RunSettings) -> bool:
    """Whether a run with these settings has both figures, and in nats."""
    units = model_info(settings.model_name).model.units(settings.model)
    return units.get("kl") == units.get("reconstruction") == UNIT


def shown_range(paths: Sequence[RatePath]) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """From where to where rates and distortions are worth an axis; None without a row.

    All of them, unless the first ones of a path would squash the rest.
    """
    if not any(map(len, paths)):
        return None
    return _settled_range([path.rate for path in paths]), _settled_range([path.distortion for path in paths])


def _settled_range(figures: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    starts = [len(values) // _BEGINNING for values in figures]
    settled = np.concatenate([values[start:] for values, start in zip(figures, starts, strict=True)])
    low, high = float(settled.min()), float(settled.max())
    shown = settled
    for values, start in zip(figures, starts, strict=True):
        early = values[:start][::-1]
        outlying = np.maximum(early, high) - np.minimum(early, low) > _STEEP * (high - low)
        first = int(outlying.argmax()) if outlying.any() else len(early)
        shown = np.concatenate([shown, early[:first]])
    return float(shown.min()), float(shown.max())
