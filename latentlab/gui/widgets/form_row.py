"""One line of a form: caption, field, and beneath it what is wrong with what was typed."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from latentlab.core.options import Option, Value
from latentlab.gui.text_size import follow, px
from latentlab.gui.widgets.fields import Field, SwitchField, TypedField
from latentlab.gui.widgets.numbers import number_text

GAP = 8


class FormRow(QWidget):
    """One setting's caption and field.

    Attributes:
        setting: what the row is about.
        field: its editor.

    Signals:
        edited: (value) the user gave another value.
        complained: (sentence) what was typed cannot be.
    """

    edited = Signal(object)
    complained = Signal(str)

    def __init__(self, setting: Option, field: Field, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setting = setting
        self.field = field
        self._caption = _Caption(setting.label, field, self)
        self._error = QLabel(self)
        self._error.setProperty("role", "error")
        self._error.setWordWrap(True)
        self._error.setTextFormat(Qt.TextFormat.PlainText)
        self._error.hide()
        self._lay_out()
        self.set_reason("")
        field.setAccessibleName(setting.label)
        field.edited.connect(self._on_edited)
        if isinstance(field, TypedField):
            field.refused.connect(self._complain)
            field.typed.connect(self.forgive)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(2)
        grid.addWidget(self._caption, 0, 0)
        # A switch takes no more than its own room; the rest of the line must not centre it.
        side = Qt.AlignmentFlag.AlignLeft if isinstance(self.field, SwitchField) else Qt.AlignmentFlag(0)
        grid.addWidget(self.field, 0, 1, side)
        grid.addWidget(self._error, 1, 1)
        grid.setColumnStretch(1, 1)
        # A switch is lower than the other fields; without this its row would break the rhythm of the lines.
        follow(self, lambda: grid.setRowMinimumHeight(0, px(20) + 6))

    def natural_caption_width(self) -> int:
        """The width of the caption on one line."""
        return self._caption.fontMetrics().horizontalAdvance(self.setting.label) + 2

    def set_caption_width(self, width: int) -> None:
        """Fixes the caption's column, so that the fields of a whole form stand under each other."""
        self._caption.setFixedWidth(width)

    def set_reason(self, reason: str) -> None:
        """Why the field cannot be changed now; empty where it can. Shown with the help."""
        about = describe_range(self.setting)
        words = [text for text in (self.setting.help, about, reason) if text]
        tip = "<qt>" + "<br>".join(html.escape(text) for text in words) + "</qt>"
        self.field.setToolTip(tip)
        self._caption.setToolTip(tip)
        self.field.setAccessibleDescription(" ".join(words))

    def error(self) -> str:
        """The complaint on show; empty where there is none."""
        return "" if self._error.isHidden() else self._error.text()

    def set_value(self, value: Value) -> None:
        """Shows ``value`` and drops an older complaint."""
        self.forgive()
        if value != self.field.value():
            self.field.set_value(value)

    def commit(self) -> None:
        """Reads what is still being typed."""
        if isinstance(self.field, TypedField):
            self.field.commit()

    @Slot(object)
    def _on_edited(self, value: Value) -> None:
        self.forgive()
        self.edited.emit(value)

    @Slot(str)
    def _complain(self, sentence: str) -> None:
        self._error.setText(sentence)
        self._error.show()
        self._mark(True)
        self.complained.emit(sentence)

    @Slot()
    def forgive(self) -> None:
        """Drops the complaint, if there is one."""
        if not self._error.isHidden():
            self._error.hide()
            self._mark(False)

    def _mark(self, wrong: bool) -> None:
        self.field.setProperty("wrong", wrong)
        # Style sheets look at a property only when a widget is polished.
        self.field.style().unpolish(self.field)
        self.field.style().polish(self.field)


def describe_range(setting: Option) -> str:
    """What a number may be, in words; empty for what is not a number."""
    if setting.kind not in (int, float):
        return ""
    low, high = setting.minimum, setting.maximum
    unit = f" {setting.unit}" if setting.unit else ""
    if low is not None and high is not None:
        words = f"{_figure(low)} to {_figure(high)}{unit}"
    elif low is not None:
        words = f"At least {_figure(low)}{unit}"
    elif high is not None:
        words = f"At most {_figure(high)}{unit}"
    else:
        return ""
    if setting.special and low is not None:
        words += f"; {_figure(low)} is “{setting.special}”"
    return f"{words}."


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else number_text(value)


class _Caption(QLabel):
    """A caption that acts on its field, as people expect of a form: a click focuses it, or flips a switch."""

    def __init__(self, text: str, field: Field, parent: QWidget) -> None:
        super().__init__(text, parent)
        self._field = field
        self.setBuddy(field)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._field.setFocus(Qt.FocusReason.MouseFocusReason)
        if isinstance(self._field, SwitchField):
            self._field.click()
