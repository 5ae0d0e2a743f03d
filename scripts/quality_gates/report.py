"""docs/quality.md: what was asked, what was measured, and on which machine; docs/quality.json: its figures."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import machine

import latentlab
from quality_gates.earlier import Rows, filled, keep
from quality_gates.gates import Row, closing_line

_INTRODUCTION = """# Quality

Written by `python3 scripts/quality.py --report`. Each row is a gate: a model and its setting, our figure (the mean; in
brackets the smallest and the largest over the seeds), what it stands beside (an oracle computed in the same run, or a
published figure) and what was asked. Images are in [0, 1]; nats are per image. Every bound and likelihood is estimated
by the script's own code from the model's encoder and decoder. Grey targets and freshly binarised ones bound the same
likelihood, the grey ones a little more loosely; fixed binarisation has another and is not used here.
"""
_LEFT_OUT = """- Gaussian mixtures by EM, and flows: the program has neither.
"""


def write_report(measured: Rows, file: Path) -> None:
    """Writes the page ``file`` and its figures beside it, from which gates that were not run keep theirs."""
    here = machine()
    measured = filled(measured, file.with_suffix(".json"), here)
    every = [row for _, rows in measured for row in rows]
    date = f"{datetime.date.today():%d %B %Y}"
    sections = [
        _INTRODUCTION,
        f"LatentLab {latentlab.__version__} on {here}, {date}. **{closing_line(every)}.**\n",
    ]
    for subject in dict.fromkeys(case.subject for case, _ in measured):
        rows = [row for case, rows in measured if case.subject == subject for row in rows if row.figures]
        if rows:
            sections += [f"## {subject}\n", _table(rows)]
    missing: dict[str, list[str]] = {}
    for row in every:
        if not row.figures:
            missing.setdefault(row.note, []).append(f"`{row.gate.name}`")
    lines = [f"- {', '.join(names)}: {note}." for note, names in missing.items()]
    sections += ["## Not run\n", "\n".join([*lines, _LEFT_OUT])]
    file.write_text("\n".join(sections), encoding="utf-8")
    keep(every, file.with_suffix(".json"), here)


def _table(rows: Sequence[Row]) -> str:
    lines = ["| gate | model | setting | ours | beside | asked | holds |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        gate = row.gate
        verdict = "yes" if row.holds else "**falls short**"
        if row.note:
            verdict += f" ({row.note})"
        beside = ": ".join(part for part in (gate.source, row.reference_in_words()) if part)
        cells = (f"`{gate.name}`", gate.model, gate.setting, f"{row.ours_in_words()} {gate.unit}", beside, row.asked())
        lines.append(f"| {' | '.join(cells)} | {verdict} |")
    return "\n".join(lines) + "\n"
