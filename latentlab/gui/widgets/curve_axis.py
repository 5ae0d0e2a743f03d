"""Which range and which figures a small plot has. Arithmetic only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latentlab.gui.widgets.plane_grid import tick_text, ticks

_LEAST_FILL = 0.6
_STEEP = 2.5
_EDGE_SHARE = 0.12  # of an axis, where a figure would be cut off


def suits(low: float, high: float, least: float, most: float) -> bool:
    """Whether values from ``least`` to ``most`` lie within an axis from ``low`` to ``high`` and fill enough of it."""
    return low <= least and most <= high and most - least >= _LEAST_FILL * (high - low)


def value_range(curves: Sequence[NDArray[np.float64]]) -> tuple[float, float] | None:
    """The least and the greatest value to show; None where there is none that is finite.

    All of them, unless the steep fall of the first steps would leave the rest of the curves flat: then without it.
    """
    finite = [values[np.isfinite(values)] for values in curves]
    every, settled = (np.concatenate(part) for part in (finite, [values[len(values) // 20 :] for values in finite]))
    if not len(every):
        return None
    low, high = float(settled.min()), float(settled.max())
    least, most = float(every.min()), float(every.max())
    return (least, most) if most - least <= _STEEP * (high - low) else (low, high)


def few_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Up to ``most`` round values, at least two, between ``low`` and ``high`` but not near its ends, and their texts.

    Where one step gives too many and the next a single one, the first and the last of the many are taken.
    """
    edge = _EDGE_SHARE * (high - low)
    low, high = low + edge, high - edge
    if not high > low:
        return []
    power = 10.0 ** math.floor(math.log10((high - low) / 10))
    figures: list[tuple[float, str]] = []
    for step in (power * factor for factor in (1, 2, 5, 10, 20, 50)):
        finer, figures = figures, [(value, tick_text(value, step)) for value in ticks(low, high, step)]
        if len(figures) <= max(most, 2):
            return [finer[0], finer[-1]] if finer and len(figures) < 2 else figures
    return figures


def figure_text(value: float) -> str:
    """A value with four digits, or all of those before its point, and a count as it is: ``151.9``, ``0.02326``."""
    digits = 0 if value.is_integer() else 3 - math.floor(math.log10(abs(value)))
    return f"{value:,.{min(max(digits, 0), 6)}f}".replace("-", "−")
