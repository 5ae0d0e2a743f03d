"""The open runs as a list that a view shows."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal, Slot

from latentlab.core.run import RunSettings
from latentlab.core.setting_words import told_apart
from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_list import RunList, colour_of
from latentlab.gui.run_queue import RunQueue
from latentlab.gui.runs.run_delegate import CHOSEN, COLOUR, ROW, THUMBNAIL
from latentlab.gui.runs.run_rows import RunRow, in_order, row_of
from latentlab.gui.runs.thumbnails import RunThumbnails

_Role = Qt.ItemDataRole
Index = QModelIndex | QPersistentModelIndex


class RunsModel(QAbstractListModel):
    """A row a run, in the order of `in_order`.

    Signals:
        renamed(OpenRun, str): the user typed another name.
    """

    renamed = Signal(object, str)

    def __init__(self, runs: RunList, queue: RunQueue, thumbnails: RunThumbnails, parent: QObject) -> None:
        super().__init__(parent)
        self._runs, self._queue, self._thumbnails = runs, queue, thumbnails
        self._listed: list[OpenRun] = []
        self._rows: dict[OpenRun, RunRow] = {}
        self._settings: tuple[RunSettings, ...] = ()
        self._apart: tuple[str, ...] = ()
        runs.listed.connect(self.refresh)
        queue.changed.connect(self.refresh)
        runs.changed.connect(self.refresh)
        thumbnails.changed.connect(self.refresh)
        self.refresh()

    def run(self, row: int) -> OpenRun | None:
        """The run of a row."""
        return self._listed[row] if 0 <= row < len(self._listed) else None

    def measured(self) -> str:
        """Of how many images the rows' errors are, or nothing where they have none, or not of as many."""
        counted = {row.images for row in self._rows.values() if row.images}
        return f"errors {counted.pop()}" if len(counted) == 1 else ""

    def row_of(self, run: OpenRun) -> int:
        """The row of a run; −1 where it is not listed."""
        return self._listed.index(run) if run in self._listed else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - the signature is Qt's
        return 0 if parent.isValid() else len(self._listed)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flag = Qt.ItemFlag
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsEditable | flag.ItemIsUserCheckable

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:
        run = self.run(index.row())
        if run is None:
            return None
        row = self._rows[run]
        answers = {
            _Role.DisplayRole: lambda: row.title,
            _Role.ToolTipRole: row.text,
            _Role.AccessibleTextRole: row.text,
            _Role.CheckStateRole: lambda: Qt.CheckState.Checked if run.plotted else Qt.CheckState.Unchecked,
            ROW: lambda: row,
            COLOUR: lambda: colour_of(run),
            CHOSEN: lambda: run is self._runs.chosen,
            THUMBNAIL: lambda: self._thumbnails.picture(run),
        }
        answer = answers.get(_Role(role)) if role in answers else None
        return None if answer is None else answer()

    def setData(self, index: Index, value: Any, role: int = _Role.EditRole) -> bool:
        run = self.run(index.row())
        if run is None:
            return False
        if role == _Role.CheckStateRole:
            self._runs.plot(run, value == Qt.CheckState.Checked)
            return True
        if role == _Role.EditRole and value.strip() != run.title:
            self.renamed.emit(run, value)
            return True
        return False

    @Slot()
    def refresh(self) -> None:
        """Takes up the runs and what is to be said of them; a row that stays keeps the keys, or a name being typed."""
        wanted = in_order(self._runs, self._queue)
        chosen = tuple(run.settings for run in wanted)
        if chosen != self._settings:  # it is told five times a second that something trains
            self._settings, self._apart = chosen, told_apart(chosen)
        self._rows = {
            run: row_of(run, own, self._queue, self._thumbnails.error(run))
            for run, own in zip(wanted, self._apart, strict=True)
        }
        top, listed = QModelIndex(), self._listed
        for row in reversed(range(len(listed))):
            if listed[row] not in self._rows:
                self.beginRemoveRows(top, row, row)
                del listed[row]
                self.endRemoveRows()
        for row, run in enumerate(wanted):
            if run not in listed:
                self.beginInsertRows(top, row, row)
                listed.insert(row, run)
                self.endInsertRows()
            elif listed[row] is not run:
                before = listed.index(run)
                self.beginMoveRows(top, before, before, top, row)
                listed.insert(row, listed.pop(before))
                self.endMoveRows()
        self._tell()

    @Slot()
    def _tell(self) -> None:
        if self._listed:
            self.dataChanged.emit(self.index(0), self.index(len(self._listed) - 1))
