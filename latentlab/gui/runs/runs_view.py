"""The list of runs under mouse and keys."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QListView

from latentlab.gui.open_run import OpenRun
from latentlab.gui.runs.run_delegate import Places, RunDelegate, row_height
from latentlab.gui.runs.runs_model import RunsModel
from latentlab.gui.text_size import follow

_Key = Qt.Key
_Checked = Qt.CheckState


class RunsView(QListView):
    """Rows of runs: a click chooses, the check box plots, F2 or a double-click on the name renames.

    Signals:
        chosen(OpenRun): the user wants to look at it.
        deleted(OpenRun): the user wants it gone.
        moved(OpenRun, int): by so many places in the queue.
        menu_wanted(OpenRun, QPoint): its menu, at a place of the screen.
    """

    chosen = Signal(object)
    deleted = Signal(object)
    moved = Signal(object, int)
    menu_wanted = Signal(object, QPoint)

    def __init__(self, model: RunsModel) -> None:
        super().__init__()
        self._runs = model
        self.setModel(model)
        self.setItemDelegate(RunDelegate(self))
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Open runs")
        follow(self, self._make_room)

    def current_run(self) -> OpenRun | None:
        """The run that the keys act on."""
        return self._runs.run(self.currentIndex().row())

    def places(self, run: OpenRun) -> Places:
        """Where the parts of a run's row lie, in the viewport's pixels."""
        return Places.of(self.visualRect(self._runs.index(self._runs.row_of(run))))

    def rename(self, run: OpenRun) -> None:
        """Lets the user type another name in the run's row."""
        index = self._runs.index(self._runs.row_of(run))
        self.setCurrentIndex(index)
        self.edit(index)

    def _make_room(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(320, 3 * row_height())

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 2 * row_height())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        run = self._runs.run(index.row()) if index.isValid() else None
        super().mousePressEvent(event)
        if run is None or event.button() != Qt.MouseButton.LeftButton:
            return
        # Wider than it looks, for the hand.
        if Places.of(self.visualRect(index)).check.adjusted(-8, -20, 4, 20).contains(event.position().toPoint()):
            self._toggle(index)
        else:
            self.chosen.emit(run)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        run = self._runs.run(index.row()) if index.isValid() else None
        if run is not None and Places.of(self.visualRect(index)).title.contains(event.position().toPoint()):
            self.rename(run)
        else:
            self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        run, key = self.current_run(), event.key()
        if run is None:
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.AltModifier and key in (_Key.Key_Up, _Key.Key_Down):
            self.moved.emit(run, -1 if key == _Key.Key_Up else 1)
        elif key in (_Key.Key_Return, _Key.Key_Enter):
            self.chosen.emit(run)
        elif key == _Key.Key_Space:
            self._toggle(self.currentIndex())
        elif key == _Key.Key_F2:
            self.rename(run)
        elif key == _Key.Key_Delete:
            self.deleted.emit(run)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        run = self._runs.run(index.row()) if index.isValid() else None
        if run is not None:
            place = event.globalPos() if by_mouse else self.viewport().mapToGlobal(self.visualRect(index).center())
            self.menu_wanted.emit(run, place)

    def _toggle(self, index: QModelIndex | QPersistentModelIndex) -> None:
        run = self._runs.run(index.row())
        if run is not None:
            value = _Checked.Unchecked if run.plotted else _Checked.Checked
            self._runs.setData(index, value, Qt.ItemDataRole.CheckStateRole)
