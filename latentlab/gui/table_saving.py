"""The figures of a panel, copied into a spreadsheet or saved for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from latentlab.core.errors import reason_of
from latentlab.core.table import Table
from latentlab.gui.where_to import ask_where_to

if TYPE_CHECKING:
    from latentlab.gui.panels.base import Panel

_KINDS = {"Comma-separated values (*.csv)": ".csv"}


def copy_table(panel: Panel) -> None:
    """Puts the figures on the clipboard, as a spreadsheet takes them."""
    table = _table_of(panel)
    if table is not None:
        QGuiApplication.clipboard().setText(table.as_cells())
        panel.said.emit(f"The figures of {panel.title} are on the clipboard; paste them into a spreadsheet.")


def save_table(panel: Panel) -> None:
    """Asks where to, and saves the figures there."""
    table = _table_of(panel)
    if table is not None:
        path = ask_where_to(panel, f"Save the figures of {panel.title}", f"{panel.name}.csv", _KINDS)
        if path is not None:
            _write(panel, table, path)


def _table_of(panel: Panel) -> Table | None:
    table = panel.as_table()
    if table.rows:
        return table
    panel.said.emit(f"{panel.title} has no figures yet.")
    return None


def _write(panel: Panel, table: Table, path: Path) -> None:
    if path.suffix.lower() != ".csv":
        panel.failed.emit(f"The figures of {panel.title} are saved as .csv; choose such a name.")
        return
    try:
        table.save(path)
    except OSError as error:
        panel.failed.emit(f"The figures could not be saved: {reason_of(error)}. Choose another place.")
        return
    panel.said.emit(f"Saved {path}.")
