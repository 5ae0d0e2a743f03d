"""The form's editors: one small widget for each kind of setting, all with the same words.

Each has ``value()``, ``set_value(value)`` (silent) and the signal ``edited(value)``. Those that are typed into
(`TypedField`) also have ``commit()``, which reads what is still being typed, and ``refused(sentence)`` and ``typed()``.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QLineEdit, QSizePolicy, QWidget

from latentlab.core.errors import OptionError
from latentlab.core.options import Choice, Option, Value
from latentlab.gui.text_size import field_width
from latentlab.gui.widgets.elided_box import ElidedBox
from latentlab.gui.widgets.number_field import NumberField


class ChoiceField(ElidedBox):
    """A setting that takes one of a few values.

    Signals:
        edited: (value) the user chose another one.
    """

    edited = Signal(object)

    def __init__(self, setting: Option, choices: Sequence[Choice], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # A long entry must not widen the panel: the box is as wide as its column, the list as wide as its entries.
        self.setSizeAdjustPolicy(ElidedBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.setMaxVisibleItems(16)  # all data sets, and one's own beneath them
        for choice in choices:
            self.addItem(choice.label, choice.value)
        self.set_value(setting.default)
        self.activated.connect(self._on_activated)

    def value(self) -> Value:
        """The chosen value."""
        return self.currentData()

    def set_value(self, value: Value) -> None:
        """Shows ``value``; one that is not among the choices is added under its own name."""
        if self.findData(value) < 0:
            self.addItem(str(value), value)
        self._said = value
        self.setCurrentIndex(self.findData(value))

    @Slot()
    def _on_activated(self) -> None:
        if self.value() != self._said:
            self._said = self.value()
            self.edited.emit(self._said)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class SwitchField(QCheckBox):
    """A setting that is on or off.

    Signals:
        edited: (value) the user switched it.
    """

    edited = Signal(object)

    def __init__(self, setting: Option, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.set_value(setting.default)
        self.clicked.connect(self._on_clicked)

    def value(self) -> Value:
        """On or off."""
        return self.isChecked()

    def set_value(self, value: Value) -> None:
        """Shows ``value``; says nothing, because only a click does."""
        self.setChecked(bool(value))

    @Slot()
    def _on_clicked(self) -> None:
        self.edited.emit(self.isChecked())


class TextField(QLineEdit):
    """A setting of free text, read when the user is done typing.

    Signals:
        edited: (value) the user gave another text.
        refused: (sentence) what was typed cannot be; the last good text is back.
        typed: the text was touched.
    """

    edited = Signal(object)
    refused = Signal(str)
    typed = Signal()

    def __init__(self, setting: Option, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self._value = str(setting.default)
        self.set_value(self._value)
        self.editingFinished.connect(self.commit)
        self.textEdited.connect(self._on_typed)

    def value(self) -> Value:
        """The last good text."""
        return self._value

    def set_value(self, value: Value) -> None:
        """Shows ``value``; says nothing."""
        self._value = str(value)
        self.setText(self._value)

    @Slot()
    def commit(self) -> None:
        """Reads what was typed: ``edited`` or ``refused`` follows where it differs from what was there."""
        text = self.text().strip()
        if text == self._value:
            return
        try:
            self._value = str(self.setting.check(text))
        except OptionError as error:
            self.setText(self._value)
            self.refused.emit(str(error))
            return
        self.setText(self._value)
        self.edited.emit(self._value)

    @Slot()
    def _on_typed(self) -> None:
        self.typed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text() != self._value:
            self.setText(self._value)
            event.accept()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(field_width(120), super().sizeHint().height())


TypedField = NumberField | TextField
Field = TypedField | ChoiceField | SwitchField


def make_field(setting: Option, parent: QWidget, choices: Sequence[Choice] = ()) -> Field:
    """The editor for ``setting``; ``choices`` stand in where the setting learns its values only while running."""
    if setting.kind is bool:
        return SwitchField(setting, parent)
    if setting.kind in (int, float):
        return NumberField(setting, parent)
    if choices or setting.choices:
        return ChoiceField(setting, choices or setting.choices, parent)
    return TextField(setting, parent)
