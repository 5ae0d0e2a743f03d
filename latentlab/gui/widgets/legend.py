"""The classes and their colours; also the switch that dims a class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFrame, QListView, QSizePolicy, QWidget

from latentlab.gui.text_size import follow, px
from latentlab.gui.widgets.combination import combination
from latentlab.gui.widgets.legend_delegate import COLOUR, COUNT, DIMMED, LegendDelegate

_PICKING = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.AltModifier
)

LEAST_WIDTH = 88
"""Pixels in which a legend can be read, its names cut, with text of the normal size."""


class Legend(QListView):
    """Class names with swatches, in as many columns as fit; scrolls where there are many.

    It asks, and shows what it was told: a click changes nothing here until `set_dimmed` says so. A double-click is
    heard as a toggle and then as an isolate, so that the first click need not wait for a second.

    Keys: arrows move, Space asks to toggle, Enter to isolate, letters jump to a name.

    Signals:
        class_toggled: (class) the user wants it dimmed, or not dimmed any more.
        class_isolated: (class) the user wants to see it alone; asked of the only one left, to see all again.
        class_picked: (class, Combine) the user wants its points selected, alone or beside others, or not any more.
    """

    class_toggled = Signal(int)
    class_isolated = Signal(int)
    class_picked = Signal(int, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        self._delegate = LegendDelegate(self)
        self._words: tuple[Sequence[str], Sequence[int] | None] = (), None
        self.setItemDelegate(self._delegate)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Classes")
        follow(self, self._measure)

    def set_classes(
        self, names: Sequence[str], colours: NDArray[np.uint8], counts: Sequence[int] | None = None
    ) -> None:
        """Shows one entry a class, none dimmed.

        Args:
            names: K class names.
            colours: uint8 K×3.
            counts: how many there are of each, shown behind the name.

        Raises:
            ValueError: names, colours and counts differ in number.
        """
        if colours.shape != (len(names), 3) or (counts is not None and len(counts) != len(names)):
            raise ValueError(f"{len(names)} classes need as many colours and counts; got {colours.shape}.")
        self._model.clear()
        for number, name in enumerate(names):
            item = QStandardItem(name)
            item.setEditable(False)
            item.setData(tuple(int(channel) for channel in colours[number]), COLOUR)
            item.setData(None if counts is None else int(counts[number]), COUNT)
            self._model.appendRow(item)
        self._words = tuple(names), counts
        self.set_dimmed(frozenset())
        self._measure()

    def _measure(self) -> None:
        self._delegate.measure(*self._words, self.font())
        self._fit()
        self.updateGeometry()

    def _fit(self) -> None:
        self.setGridSize(self._delegate.size_within(self.viewport().width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def set_dimmed(self, dimmed: frozenset[int]) -> None:
        """Draws these classes as dimmed and all others as not; says nothing."""
        for number in range(self._model.rowCount()):
            item = self._model.item(number)
            is_dimmed = number in dimmed
            if item.data(DIMMED) is not is_dimmed:
                item.setData(is_dimmed, DIMMED)
                item.setData(self._describe(item, is_dimmed), Qt.ItemDataRole.AccessibleDescriptionRole)
                item.setToolTip(self._describe(item, is_dimmed))

    def _describe(self, item: QStandardItem, is_dimmed: bool) -> str:
        act = "Click to show it again" if is_dimmed else "Click to dim it"
        return (
            f"{item.text()}: {'dimmed. ' if is_dimmed else ''}{act}, double-click to see it alone. "
            "Ctrl+click selects its points; Shift adds them, Alt takes them away."
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and index.isValid():
            if event.modifiers() & _PICKING:
                self.class_picked.emit(index.row(), combination(event.modifiers()))
            else:
                self.class_toggled.emit(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if event.modifiers() & _PICKING:
            self.mousePressEvent(event)
        elif event.button() == Qt.MouseButton.LeftButton and index.isValid():
            self.class_isolated.emit(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if index.isValid() and event.key() == Qt.Key.Key_Space:
            self.class_toggled.emit(index.row())
        elif index.isValid() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.class_isolated.emit(index.row())
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        entry = self._delegate.entry_size()
        return QSize(entry.width() + 12, entry.height() * max(1, min(10, self._model.rowCount())))

    def minimumSizeHint(self) -> QSize:
        entry = self._delegate.entry_size()
        return QSize(min(entry.width() + 12, px(LEAST_WIDTH)), entry.height() * 2)
