"""A row a gate: what was measured, against what, and whether the goal is met."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass

Measure = Callable[[], float]


@dataclass(frozen=True)
class Row:
    """One gate; None stands where nothing was measured.

    Attributes:
        name: stable; a suffix may name the variant.
        unit: of ``ours`` and ``reference``.
        ours: what was measured here.
        against: the peer or the limit it is compared with, or why it was not measured.
        reference: that one's figure, measured in the same run or given.
        ratio: how far the goal is met: 1 is just met, more is better.
        goal: the factor of the reference that is asked for; 1 where the reference itself is the bound.
        holds: whether ``ratio`` is at least 1.
    """

    name: str
    unit: str
    ours: float | None
    against: str
    reference: float | None
    ratio: float | None
    goal: float
    holds: bool | None


def at_most(name: str, unit: str, ours: float, bound: float, against: str = "the bound") -> Row:
    """A row for a figure that must not be greater than ``bound``."""
    return _row(name, unit, ours, against, bound, bound / max(ours, 1e-12), 1.0)


def at_least(name: str, unit: str, ours: float, bound: float, against: str = "the bound") -> Row:
    """A row for a figure that must not be less than ``bound``."""
    return _row(name, unit, ours, against, bound, ours / bound, 1.0)


def times_as_much(name: str, unit: str, ours: float, reference: float, goal: float, against: str) -> Row:
    """A row for a figure (images/s, say) that must be at least ``goal`` times ``reference``."""
    return _row(name, unit, ours, against, reference, ours / reference / goal, goal)


def times_as_fast(name: str, unit: str, ours: float, reference: float, goal: float, against: str) -> Row:
    """A row for a duration that must be ``goal`` times shorter than ``reference``; for a ``goal`` below 1, no more
    than 1/goal times as long.
    """
    return _row(name, unit, ours, against, reference, reference / max(ours, 1e-12) / goal, goal)


def not_measured(name: str, unit: str, goal: float, why: str) -> Row:
    """A row that could not be measured here, and why."""
    return Row(name, unit, None, why, None, None, goal, None)


def _row(name: str, unit: str, ours: float, against: str, reference: float, ratio: float, goal: float) -> Row:
    return Row(name, unit, ours, against, reference, ratio, goal, ratio >= 1.0)


def interleaved(rounds: int, *measures: Measure) -> list[float]:
    """The median of each of ``measures``, which take turns, so that a busy moment of the machine hits all alike."""
    readings = [[measure() for measure in measures] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*readings, strict=True)]


def paired_ratio(rounds: int, ours: Measure, reference: Measure) -> tuple[float, float]:
    """Medians of ``ours`` and ``reference`` scaled so that their quotient is the median of the rounds' quotients.

    A round's two readings are neighbours in time: their quotient suffers less from a shared machine than either.
    """
    readings = [(ours(), reference()) for _ in range(rounds)]
    quotient = statistics.median(mine / theirs for mine, theirs in readings)
    theirs = statistics.median(reading[1] for reading in readings)
    return quotient * theirs, theirs


def percentile(values: list[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of ``values`` do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
