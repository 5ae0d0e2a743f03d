"""A case: what is trained and measured together, and the rows of its gates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.report import machine

from latentlab.core.errors import LatentLabError
from quality_gates.gates import Figure, Gate, Row
from quality_gates.work import Measurement, Result, Stopped, Work, measure_digest, program_digest


class NotRun(Exception):
    """The case cannot be measured here; the message says why."""


@dataclass(frozen=True)
class Case:
    """Gates that are measured together.

    Attributes:
        name: unique; a file name too.
        subject: the heading that its rows stand under.
        gates: what is asked.
        measure: gives a figure for each gate, by its name; may raise `NotRun`.
        seeds: with how many it is measured; the mean counts.
        quick: it is an oracle, measured in at most a minute or two.
    """

    name: str
    subject: str
    gates: tuple[Gate, ...]
    measure: Callable[[Measurement], dict[str, Figure]]
    seeds: int = 1
    quick: bool = False

    def answers_to(self, name: str) -> bool:
        """Whether ``--only name`` means this case: its own name, or the beginning of one of its gates'."""
        return self.name == name or any(gate.name.startswith(name) for gate in self.gates)

    def counts(self, result: Result) -> bool:
        """Whether a kept result needs no measuring anew.

        An oracle is measured whenever the program has changed; a long training stays, and its row says so.
        """
        same = result.measure == measure_digest(self.measure)
        return bool(result.figures) and same and (result.program == program_digest() or not self.quick)


def measure(cases: Iterable[Case], work: Work) -> Iterator[tuple[Case, list[Row]]]:
    """Measures what is not kept yet, a case at a time.

    Raises:
        Stopped: asked to; what is there can be had from `rows`.
    """
    for case in cases:
        reason = ""
        for seed in range(case.seeds):
            kept = work.result(case.name, seed)
            if kept is not None and case.counts(kept):
                continue
            measurement = Measurement(work, case.name, seed, anew=case.quick)
            try:
                measurement.check("not begun")
                figures = case.measure(measurement)
            except (NotRun, LatentLabError) as error:
                reason = str(error).rstrip(".")
                break
            except Stopped as stopped:
                if str(stopped) != "not begun":
                    work.keep(case.name, seed, measurement.result({}, str(stopped), measure_digest(case.measure)))
                raise
            work.keep(case.name, seed, measurement.result(figures, "", measure_digest(case.measure)))
        yield case, rows(case, work, reason)


def rows(case: Case, work: Work, reason: str = "not begun") -> list[Row]:
    """The rows of what is kept of a case; where nothing is, they say ``reason`` or how far it got."""
    results = [work.result(case.name, seed) for seed in range(case.seeds)]
    finished = [result for result in results if result is not None and case.counts(result)]
    reached = [result.reached for result in results if result is not None and result.reached]
    if not finished:
        return [Row(gate, note=reached[0] if reached else reason) for gate in case.gates]
    notes = []
    if len(finished) < case.seeds:
        notes.append(", the next: ".join([f"{len(finished)} of {case.seeds} seeds", *reached[:1]]))
    if any(result.program != program_digest() for result in finished):
        notes.append(f"by an earlier state of the program, {finished[0].date}")
    where = finished[0].machine
    if where != machine():
        notes.append(f"on {where}")
    found = [[result.figures[gate.name] for result in finished] for gate in case.gates]
    note, date = "; ".join(notes), finished[0].date
    return [Row(gate, tuple(figures), note, date, where) for gate, figures in zip(case.gates, found, strict=True)]


def chosen(cases: Sequence[Case], only: str | None, quick: bool) -> list[Case]:
    """The cases that were asked for."""
    return [case for case in cases if (only is None or case.answers_to(only)) and (case.quick or not quick)]
