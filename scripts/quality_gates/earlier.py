"""The figures behind the page, kept beside it: what one machine has measured another need not train again."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from latentlab.core.atomic import replace_bytes
from quality_gates.cases import Case
from quality_gates.gates import Figure, Row

Rows = Sequence[tuple[Case, Sequence[Row]]]


def filled(measured: Rows, file: Path) -> list[tuple[Case, list[Row]]]:
    """Rows without a figure get that of the page before, from ``file``, if they ask the same in the same setting."""
    before: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return [(case, [_filled(row, before.get(row.gate.name)) for row in rows]) for case, rows in measured]


def keep(rows: Iterable[Row], file: Path) -> None:
    """Writes the figures of ``rows`` for the next page."""
    kept = {
        row.gate.name: {
            "setting": row.gate.setting,
            "date": row.date,
            "figures": [asdict(figure) for figure in row.figures],
        }
        for row in rows
        if row.figures
    }
    replace_bytes(file, (json.dumps(kept, indent=1, ensure_ascii=False) + "\n").encode())


def _filled(row: Row, before: dict[str, Any] | None) -> Row:
    if row.figures or before is None or before["setting"] != row.gate.setting:
        return row
    figures = tuple(Figure(**figure) for figure in before["figures"])
    return replace(row, figures=figures, date=before["date"], note=f"of an earlier run, {before['date']}")
