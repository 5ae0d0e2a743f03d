"""A figure with its standard error, as the command line, the JSON and the window's table all show it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Done = Callable[[float], None]
"""Told the share of a piece of work that is done, between any two parts of it; what it raises ends the work."""

HUGE = 1e7
"""From here on a figure comes of a training gone wrong; all its digits would take the room of everything else."""

NATS, PIXEL = "nats per image", "per pixel"


@dataclass(frozen=True)
class Figure:
    """One number about a model.

    Attributes:
        name: stable, for programs.
        title: for people.
        group: the heading it stands under.
        value: the number.
        error: its standard error, or None where chance has no part in it.
        unit: of both; empty for a share or a count.
        note: on how many images, and how it was estimated.
    """

    name: str
    title: str
    group: str
    value: float
    error: float | None = None
    unit: str = ""
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        values = asdict(self)
        values["standard_error"] = values.pop("error")
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Figure:
        """The inverse of `as_json`."""
        return cls(**{("error" if name == "standard_error" else name): value for name, value in values.items()})

    def number(self) -> str:
        """The value with as many digits as its standard error leaves a meaning, e.g. ``140.89 ± 0.48``."""
        if abs(self.value) >= HUGE:
            return f"{self.value:.3g}" if self.error is None else f"{self.value:.3g} ± {self.error:.1g}"
        if self.error is None:
            return f"{self.value:,.0f}" if float(self.value).is_integer() else f"{self.value:,.4g}"
        if not 0 < self.error < math.inf:
            return f"{self.value:,.4g} ± {self.error:g}"
        digits = min(max(0, 1 - math.floor(math.log10(self.error))), 6)
        return f"{self.value:,.{digits}f} ± {self.error:,.{digits}f}"


def mean_and_error(values: NDArray[np.floating[Any]]) -> tuple[float, float | None]:
    """The mean of one number an image, and its standard error s/√N (None of a single image)."""
    mean = float(values.mean(dtype=np.float64))
    if len(values) < 2:
        return mean, None
    return mean, float(values.std(ddof=1, dtype=np.float64) / math.sqrt(len(values)))


def share_and_error(share: float, count: int) -> tuple[float, float]:
    """A share of ``count`` independent trials, and its binomial standard error √(p(1 − p)/n)."""
    return share, math.sqrt(share * (1.0 - share) / count)


def over_images(count: int, split: str) -> str:
    """Of how many images a figure is the mean, as it is said everywhere: ``over 2,000 test images``.

    Args:
        split: ``test`` or ``train``.
    """
    return f"over {count:,} {'test' if split == 'test' else 'training'} image{'' if count == 1 else 's'}"


def percent(share: float) -> str:
    """A share as a whole percentage, but never 0 % of what there is something of: ``12%``, ``<1%``."""
    return "<1%" if 0 < share < 0.005 else f"{share:.0%}"
