"""The pins' names in a row, each to be typed anew or removed."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from latentlab.gui import icons

_WIDTH = 72


class PinList(QWidget):
    """A field for each pin.

    Signals:
        renamed(index, name): another name was typed.
        removed(index): the cross in the field was clicked.
    """

    renamed = Signal(int, str)
    removed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[QLineEdit] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._row.addStretch(1)

    def set_names(self, names: Sequence[str]) -> None:
        """Shows these names, without a signal."""
        while len(self.fields) < len(names):
            self._add()
        for index, field in enumerate(self.fields):
            field.setVisible(index < len(names))
            name = names[index] if index < len(names) else ""
            # What is being typed is not overwritten by a pin that moves.
            if not field.isModified() or not field.hasFocus():
                field.setText(name)
            field.setAccessibleName(f"Name of pin {name}")

    def _add(self) -> None:
        field, index = QLineEdit(), len(self.fields)
        field.setFixedWidth(_WIDTH)
        field.setToolTip("The pin's name: type another and press Enter. A path visits the pins in this order")
        remove = field.addAction(icons.icon("close", "muted"), QLineEdit.ActionPosition.TrailingPosition)
        icons.set_icon(remove, "close", "muted")
        remove.setToolTip("Remove this pin")
        remove.triggered.connect(lambda: self.removed.emit(index))
        field.editingFinished.connect(self._finished)
        self.fields.append(field)
        self._row.insertWidget(index, field)

    @Slot()
    def _finished(self) -> None:
        for index, field in enumerate(self.fields):
            if field.isModified():
                field.setModified(False)
                self.renamed.emit(index, field.text())
