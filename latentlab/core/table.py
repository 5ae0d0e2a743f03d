"""Figures as a table for other programs: spreadsheets, pandas, R."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from latentlab.core.atomic import replace_bytes

Cell = str | int | float | None
"""One value; None where there is none."""


@dataclass(frozen=True)
class Table:
    """Rows under named columns.

    Attributes:
        columns: their names.
        rows: as long each as there are columns.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Cell]]) -> Table:
        """Of rows that name their values: a column a name, in the order in which they first come."""
        every = list(rows)
        columns = tuple(dict.fromkeys(name for row in every for name in row))
        return cls(columns, tuple(tuple(row.get(name) for name in columns) for row in every))

    def as_csv(self) -> str:
        """Comma-separated values (RFC 4180), numbers with all their digits."""
        return self._joined(",", "\r\n")

    def as_cells(self) -> str:
        """Tab-separated values, which a spreadsheet pastes into cells."""
        return self._joined("\t", "\n")

    def save(self, path: Path) -> None:
        """Writes it as CSV.

        Raises:
            OSError: it cannot be written; what was there stays.
        """
        # With a byte order mark, or spreadsheets take a "β" for two letters.
        replace_bytes(path, self.as_csv().encode("utf-8-sig"))

    def _joined(self, separator: str, end: str) -> str:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=separator, lineterminator=end)
        writer.writerow(self.columns)
        writer.writerows(_plain(row) for row in self.rows)
        return text.getvalue()


def _plain(row: Sequence[Cell]) -> list[str | int | float]:
    return ["" if cell is None else cell for cell in row]
