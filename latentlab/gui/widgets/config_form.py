"""A form that builds itself from a config dataclass."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from latentlab.core import options
from latentlab.core.options import Choice, Value
from latentlab.gui.text_size import follow, px
from latentlab.gui.widgets.disclosure import Disclosure
from latentlab.gui.widgets.fields import make_field
from latentlab.gui.widgets.form_row import FormRow

WIDEST_CAPTION = 136
"""A caption longer than this is set on two lines rather than pushing the fields aside."""

_SHARE = 0.12  # of the screen's width: the most that captions in large words take

_SPACING = 8


class ConfigForm(QWidget):
    """Caption and field for each setting of a config; the advanced ones folded under "More".

    What is shown is what counts: text that cannot be read is put back to the last good value, with a sentence beneath
    that says why. Settings that have no meaning beside the others are hidden and keep their value.

    Signals:
        config_edited: the user changed a setting; `config` has it.
        error_said: (sentence) something typed cannot be; shown under its field too.
        more_toggled: (open) the user unfolded or folded the advanced settings.
        rows_changed: the form shows another kind of config, with other captions.
    """

    config_edited = Signal()
    error_said = Signal(str)
    more_toggled = Signal(bool)
    rows_changed = Signal()

    def __init__(self, config: Any = None, parent: QWidget | None = None, retunable_only: bool = False) -> None:
        """``retunable_only``: shows what a continued run may change, all of it unfolded, and hides the rest."""
        super().__init__(parent)
        self._retunable_only = retunable_only
        self._class: type | None = None
        self._rows: dict[str, FormRow] = {}
        self._choices: dict[str, tuple[Choice, ...]] = {}
        self._locked = False
        self._except_retunable = False
        self._reason = ""
        self._caption_width = 0
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(_SPACING)
        self._more = Disclosure("More", self)
        self._more.toggled.connect(self._on_more_toggled)
        self._layout.addWidget(self._more)
        if config is not None:
            self.set_config(config)
        else:
            self._show_rows()
        follow(self, lambda: self.set_caption_width(self._caption_width))

    def set_config(self, config: Any) -> None:
        """Shows ``config``, an instance of a config dataclass; says nothing but ``rows_changed``."""
        values = options.as_values(config)
        if type(config) is not self._class:
            self._class = type(config)
            self._build(values)
            self.rows_changed.emit()
        else:
            for name, value in values.items():
                self._rows[name].set_value(value)
        self._show_rows()

    def config(self) -> Any:
        """The settings as an instance of the class that was set, with what is still being typed read first.

        Raises:
            RuntimeError: no config was set yet.
        """
        if self._class is None:
            raise RuntimeError("The form was given no config to show.")
        return options.build(self._class, self.values())

    def values(self) -> dict[str, Value]:
        """The settings as plain values, hidden ones included."""
        for row in self._rows.values():
            row.commit()
        return {name: row.field.value() for name, row in self._rows.items()}

    def set_choices(self, name: str, choices: Sequence[Choice]) -> None:
        """Offers ``choices`` for a text setting whose values are known only while running (data sets, devices)."""
        self._choices[name] = tuple(choices)
        if self._class is not None and name in self._rows:
            focused = self._focused()
            self._build(self.values())
            self._show_rows()
            if focused:
                self._rows[focused].field.setFocus()

    def field(self, name: str) -> QWidget:
        """The editor of one setting."""
        return self._rows[name].field

    def row(self, name: str) -> FormRow:
        """The line of one setting."""
        return self._rows[name]

    def is_more_open(self) -> bool:
        """True while the advanced settings are unfolded."""
        return self._more.isChecked()

    def set_more_open(self, is_open: bool) -> None:
        """Unfolds or folds the advanced settings; kept when another config is shown."""
        self._more.setChecked(is_open)

    def set_locked(self, locked: bool, except_retunable: bool = False, reason: str = "") -> None:
        """Forbids changes, or all but those that a continued run may take; ``reason`` goes into the tooltips."""
        self._locked = locked
        self._except_retunable = except_retunable
        self._reason = reason
        for row in self._rows.values():
            self._lock(row)

    def natural_caption_width(self) -> int:
        """The width of the caption column that fits this form's captions, hidden ones too."""
        widths = [row.natural_caption_width() for row in self._rows.values()]
        widest = min(px(WIDEST_CAPTION), max(WIDEST_CAPTION, round(_SHARE * self.screen().availableGeometry().width())))
        return min(widest, max(widths, default=0))

    def set_caption_width(self, width: int) -> None:
        """Fixes the caption column, so that several forms stand under each other aligned; 0 fits this form alone."""
        self._caption_width = width
        for row in self._rows.values():
            row.set_caption_width(width or self.natural_caption_width())

    def _build(self, values: dict[str, Value]) -> None:
        for row in self._rows.values():
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = {}
        settings = options.describe(self._class)
        self._add_rows([setting for setting in settings if not setting.advanced])
        # Tab must reach "More" between what it follows and what it unfolds; focus follows the order of creation.
        self._layout.removeWidget(self._more)
        self._layout.addWidget(self._more)
        self._add_rows([setting for setting in settings if setting.advanced])
        self._order_focus()
        for name, value in values.items():
            self._rows[name].set_value(value)
        self.set_caption_width(self._caption_width)

    def _add_rows(self, settings: list[options.Option]) -> None:
        for setting in settings:
            field = make_field(setting, self, self._choices.get(setting.name, ()))
            row = FormRow(setting, field, self)
            row.edited.connect(self._on_edited)
            row.complained.connect(self.error_said)
            self._rows[setting.name] = row
            self._layout.addWidget(row)
            self._lock(row)

    def _order_focus(self) -> None:
        basic = [row.field for row in self._rows.values() if not row.setting.advanced]
        advanced = [row.field for row in self._rows.values() if row.setting.advanced]
        order: list[QWidget] = [*basic, self._more, *advanced]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _focused(self) -> str:
        """The setting whose field has the focus; empty where none has."""
        focused = self.window().focusWidget()
        return next((name for name, row in self._rows.items() if focused and row.isAncestorOf(focused)), "")

    def _lock(self, row: FormRow) -> None:
        shut = self._locked and not (self._except_retunable and row.setting.retunable)
        row.field.setEnabled(not shut)
        row.set_reason(self._reason if shut else "")

    def _show_rows(self) -> None:
        values = {name: row.field.value() for name, row in self._rows.items()}
        folded = False
        for row in self._rows.values():
            applies = options.applies(row.setting, values)
            if self._retunable_only:
                row.setVisible(applies and row.setting.retunable)
                continue
            folded |= applies and row.setting.advanced
            row.setVisible(applies and (self.is_more_open() or not row.setting.advanced))
        self._more.setVisible(folded)

    @Slot()
    def _on_edited(self) -> None:
        for row in self._rows.values():
            row.forgive()  # whoever edits another setting has read the complaint
        self._show_rows()
        self.config_edited.emit()

    @Slot(bool)
    def _on_more_toggled(self, is_open: bool) -> None:
        self._show_rows()
        self.more_toggled.emit(is_open)
