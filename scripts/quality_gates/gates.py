"""A gate: a figure of a model, what is asked of it, and whether that holds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Measure(StrEnum):
    """What of a figure is compared with a gate's bounds."""

    VALUE = "value"
    RATIO = "ratio"  # ours over the reference
    DIFFERENCE = "difference"  # ours less the reference


@dataclass(frozen=True)
class Figure:
    """What was measured with one seed.

    Attributes:
        ours: the model's figure.
        reference: what it is compared with, where that was computed in the same run.
        margin: how far beyond a bound the comparison forgives (two standard errors of an estimate, say).
    """

    ours: float
    reference: float | None = None
    margin: float = 0.0


@dataclass(frozen=True)
class Gate:
    """What is asked of a figure.

    Attributes:
        name: stable and unique.
        model: the model and its data, in words.
        setting: how it was trained and measured, in words.
        unit: of the figure.
        source: the oracle, or who published the figure.
        measure: what ``low`` and ``high`` bound.
        low, high: the bounds, inclusive; infinite where there is none.
        published: a figure to stand beside ours where none is computed in the run.
        digits: significant ones to show.
    """

    name: str
    model: str
    setting: str
    unit: str
    source: str
    measure: Measure = Measure.VALUE
    low: float = -math.inf
    high: float = math.inf
    published: float | None = None
    digits: int = 4

    def holds(self, figures: Sequence[Figure]) -> bool:
        """Whether the mean over the seeds lies within the bounds; a figure that is no number does not."""
        compared = statistics.fmean(self._compared(figure) for figure in figures)
        margin = statistics.fmean(figure.margin for figure in figures)
        return self.low - margin <= compared <= self.high + margin

    def asked(self) -> str:
        """The bounds in words, e.g. ``≤ 141.5`` or ``0 to 0.001 above``."""
        low, high = number(self.low), number(self.high)
        if math.isinf(self.low):
            words = f"≤ {high}"
        elif math.isinf(self.high):
            words = f"≥ {low}"
        else:
            words = f"{low} to {high}"
        if self.measure is Measure.RATIO:
            return f"{words} times it"
        if self.measure is Measure.DIFFERENCE:
            return f"{words} from it"
        return words

    def _compared(self, figure: Figure) -> float:
        if self.measure is Measure.VALUE:
            return figure.ours
        if figure.reference is None:
            raise ValueError(f"{self.name} has nothing to be compared with")
        if self.measure is Measure.RATIO:
            return figure.ours / figure.reference
        return figure.ours - figure.reference


@dataclass(frozen=True)
class Row:
    """A gate with what was measured.

    Attributes:
        gate: what was asked.
        figures: one a seed; empty where it was not run.
        note: why it was not run, how far an unfinished run got, or what to know of the figures; may be empty.
        date: of the first of the figures, in words.
        machine: that measured them, in words; empty for this one.
    """

    gate: Gate
    figures: tuple[Figure, ...] = ()
    note: str = ""
    date: str = ""
    machine: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the gate holds; None where it was not run."""
        return self.gate.holds(self.figures) if self.figures else None

    @property
    def ours(self) -> float:
        """The mean over the seeds."""
        return statistics.fmean(figure.ours for figure in self.figures)

    @property
    def reference(self) -> float | None:
        """What ours stands beside: the mean of what was computed, else what was published, else None."""
        references = [figure.reference for figure in self.figures if figure.reference is not None]
        return statistics.fmean(references) if references else self.gate.published

    def ours_in_words(self) -> str:
        """The mean and, with several seeds, the smallest and the largest."""
        spread = ""
        if len(self.figures) > 1:
            values = [figure.ours for figure in self.figures]
            spread = f" ({self._number(min(values))} to {self._number(max(values))})"
        return f"{self._number(self.ours)}{spread}"

    def reference_in_words(self) -> str:
        """The reference, or nothing where there is none."""
        return "" if self.reference is None else self._number(self.reference)

    def asked(self) -> str:
        """The gate's bounds in words, with the margin where one can be seen."""
        margin = statistics.fmean(figure.margin for figure in self.figures) if self.figures else 0.0
        return f"{self.gate.asked()} (± {number(margin, 2)})" if margin > 1e-6 else self.gate.asked()

    def in_words(self) -> str:
        """The row as a line."""
        if not self.figures:
            return f"{self.gate.name}: not run ({self.note})"
        figures = f"{self.ours_in_words()} {self.gate.unit}"
        beside = "" if self.reference is None else f", beside {self.reference_in_words()}"
        verdict = "holds" if self.holds else "FALLS SHORT"
        note = f" ({self.note})" if self.note else ""
        return f"{self.gate.name}: {figures}{beside}; {self.asked()}: {verdict}{note}"

    def _number(self, value: float) -> str:
        return number(value, self.gate.digits)


def closing_line(rows: Sequence[Row]) -> str:
    """How many gates hold and how many do not; those that were not run are in neither number."""
    held, short = (sum(row.holds is verdict for row in rows) for verdict in (True, False))
    return f"{held} gates hold, {short} fall short"


def number(value: float, significant: int = 4) -> str:
    """``value`` with that many significant digits, without an exponent: 140.9, 0.0557, 0.000033."""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    decimals = max(0, significant - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
