"""A field for one number: typed freely, stepped sensibly, read only when the user is done typing."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QLabel, QWidget

from latentlab.core.errors import OptionError
from latentlab.core.options import Option, Value
from latentlab.gui.text_size import field_width, follow
from latentlab.gui.widgets.numbers import number_text, stepped

_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")
"""A whole number as our own sentences write it; a comma elsewhere could be someone's decimal point."""


class NumberField(QAbstractSpinBox):
    """A spin box over an int or float setting, with its unit at the right.

    Qt's own spin boxes refuse keystrokes, round what was typed and know no ``3e-4``; this one reads the text when it is
    finished (Enter, or the focus leaves) and says in a sentence why it cannot be.

    Attributes:
        setting: what the number means, its range and its unit.

    Signals:
        edited: (value) the user gave another value.
        refused: (sentence) what was typed cannot be; the last good value is back.
        typed: the text was touched, so that an older complaint no longer holds.
    """

    edited = Signal(object)
    refused = Signal(str)
    typed = Signal()

    def __init__(self, setting: Option, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self._value: float = setting.default  # type: ignore[assignment]  # a number, by the setting's kind
        self._unit = QLabel(setting.unit, self)
        self._unit.setProperty("role", "note")
        self._unit.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        # Wheel focus would let a scrolling hand change what it passes over.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        # Where the text of a combo box begins, so that the column reads straight.
        self.lineEdit().setTextMargins(5, 0, 0, 0)
        self.editingFinished.connect(self.commit)
        self.lineEdit().textEdited.connect(self._on_typed)
        self.set_value(self._value)
        follow(self, self._place_unit)

    def value(self) -> Value:
        """The last good value."""
        return self._value

    def set_value(self, value: Value) -> None:
        """Shows ``value``; says nothing."""
        self._value = value  # type: ignore[assignment]  # a number, by the setting's kind
        self._show()

    @Slot()
    def commit(self) -> None:
        """Reads what was typed: ``edited`` or ``refused`` follows where it differs from what was there."""
        text = self.lineEdit().text().strip()
        if text == self._text():
            return
        try:
            value = self._read(text)
        except OptionError as error:
            self._show()
            self.refused.emit(str(error))
            return
        self._take(value)

    def _read(self, text: str) -> Value:
        if self.setting.special and text.casefold() == self.setting.special.casefold():
            return self.setting.check(self.setting.minimum)
        number = text.removesuffix(self.setting.unit).strip()
        if self.setting.kind is int and _THOUSANDS.fullmatch(number):
            number = number.replace(",", "")
        return self.setting.parse(number)

    def _take(self, value: Value) -> None:
        changed = value != self._value
        self.set_value(value)
        if changed:
            self.edited.emit(value)

    def _special(self) -> bool:
        return bool(self.setting.special) and self._value == self.setting.minimum

    def _text(self) -> str:
        return self.setting.special if self._special() else number_text(self._value)

    def _show(self) -> None:
        if self.lineEdit().text() != self._text():
            self.lineEdit().setText(self._text())
        self._unit.setVisible(bool(self.setting.unit) and not self._special())
        if self.hasFocus():
            self.lineEdit().selectAll()

    @Slot()
    def _on_typed(self) -> None:
        self.typed.emit()

    def stepBy(self, steps: int) -> None:
        self.typed.emit()
        self.commit()
        self._take(stepped(self.setting, self._value, steps))

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:
        flags = QAbstractSpinBox.StepEnabledFlag.StepNone
        if self.setting.maximum is None or self._value < self.setting.maximum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepUpEnabled
        if self.setting.minimum is None or self._value > self.setting.minimum:
            flags |= QAbstractSpinBox.StepEnabledFlag.StepDownEnabled
        return flags

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.lineEdit().text() != self._text():
            self._show()
            event.accept()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if event.reason() != Qt.FocusReason.MouseFocusReason:
            self.lineEdit().selectAll()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_unit()

    def _place_unit(self) -> None:
        editor = self.lineEdit().geometry()
        hint = self._unit.sizeHint()
        self._unit.setGeometry(editor.right() - hint.width(), editor.top(), hint.width(), editor.height())

    def sizeHint(self) -> QSize:
        return QSize(field_width(120), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(field_width(72), super().minimumSizeHint().height())
