"""The figures behind the page, kept beside it: what one machine has measured another need not train again."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from latentlab.core.atomic import replace_bytes
from quality_gates.cases import Case
from quality_gates.gates import Figure, Row

Rows = Sequence[tuple[Case, Sequence[Row]]]


def filled(measured: Rows, file: Path, machine: str) -> list[tuple[Case, list[Row]]]:
    """The rows, or where the page before, in ``file``, has better figures of the same gate and setting, those.

    Better are those of more seeds, and of as many those of a later day: a work folder may be an old one. But what falls
    short now is not hidden by a better past.
    """
    before: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return [(case, [_better(row, _earlier(row, before, machine)) for row in rows]) for case, rows in measured]


def keep(rows: Iterable[Row], file: Path, machine: str) -> None:
    """Writes the figures of ``rows`` for the next page."""
    kept = {
        row.gate.name: {
            "setting": row.gate.setting,
            "date": row.date,
            "machine": row.machine or machine,
            "figures": [asdict(figure) for figure in row.figures],
        }
        for row in rows
        if row.figures
    }
    replace_bytes(file, (json.dumps(kept, indent=1, ensure_ascii=False) + "\n").encode())


def _earlier(row: Row, before: dict[str, Any], machine: str) -> Row | None:
    kept = before.get(row.gate.name)
    if kept is None or kept["setting"] != row.gate.setting:
        return None
    figures = tuple(Figure(**figure) for figure in kept["figures"])
    elsewhere = "" if kept["machine"] == machine else f" on {kept['machine']}"
    note = f"of an earlier run, {kept['date']}{elsewhere}"
    return replace(row, figures=figures, note=note, date=kept["date"], machine=kept["machine"])


def _better(row: Row, earlier: Row | None) -> Row:
    if earlier is None:
        return row
    is_later = _day(row) >= _day(earlier)
    if row.holds is False and is_later:
        return row
    more = len(row.figures) - len(earlier.figures)
    return row if more > 0 or (more == 0 and is_later) else earlier


def _day(row: Row) -> datetime.date:
    return datetime.datetime.strptime(row.date, "%d %B %Y").date() if row.date else datetime.date.min
