"""The pins' names in a row, each to be typed anew, removed, or put elsewhere in the row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from latentlab.gui.widgets.pin_field import PinField


class PinList(QWidget):
    """A field for each pin.

    Attributes:
        fields: in the pins' order; more are kept out of sight once there were more.

    Signals:
        renamed(index, name): another name was typed.
        removed(index): the cross in the field was clicked.
        moved(index, to): a pin is to have another place in the row.
    """

    renamed = Signal(int, str)
    removed = Signal(int)
    moved = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[PinField] = []
        self._count = 0
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addStretch(1)

    def set_names(self, names: Sequence[str]) -> None:
        """Shows these names, without a signal."""
        self._count = len(names)
        while len(self.fields) < len(names):
            self._add()
        for index, field in enumerate(self.fields):
            field.setVisible(index < len(names))
            name = names[index] if index < len(names) else ""
            # What is being typed is not overwritten by a pin that moves.
            if not field.name.isModified() or not field.name.hasFocus():
                field.name.setText(name)
            field.name.setAccessibleName(f"Name of pin {name}")

    def _add(self) -> None:
        field = PinField()
        # The fields change places with their pins, so that a hand keeps hold of the one that it drags.
        field.removed.connect(lambda: self.removed.emit(self.fields.index(field)))
        field.stepped.connect(lambda step: self._move(field, self.fields.index(field) + step))
        field.dragged.connect(lambda x: self._move(field, self._place_of(x)))
        field.name.editingFinished.connect(self._finished)
        self._row.insertWidget(len(self.fields), field)
        self.fields.append(field)

    def _place_of(self, x: int) -> int:
        """The place in the row where pixel ``x`` is."""
        return sum(field.geometry().center().x() < x for field in self.fields[1 : self._count])

    def _move(self, field: PinField, to: int) -> None:
        index = self.fields.index(field)
        to = min(max(to, 0), self._count - 1)
        if index != to:
            self.fields.insert(to, self.fields.pop(index))
            self._row.insertWidget(to, field)
            self._row.activate()
            self.moved.emit(index, to)

    @Slot()
    def _finished(self) -> None:
        for index, field in enumerate(self.fields):
            if field.name.isModified():
                field.name.setModified(False)
                self.renamed.emit(index, field.name.text())
