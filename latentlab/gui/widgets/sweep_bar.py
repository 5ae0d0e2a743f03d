"""A sweep in one act: a setting, a list of values, and as many runs in the queue."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from latentlab.core.errors import OptionError
from latentlab.core.models import model_info
from latentlab.core.options import Option, Value, as_values
from latentlab.core.run import RunSettings
from latentlab.core.sweep import read_values, sweepable, swept, typed
from latentlab.gui.widgets.elided_box import ElidedBox

# What people sweep first, where the model has it.
_LIKELY = ("beta", "capacity", "level", "commitment", "latent_dim")


class SweepBar(QWidget):
    """A field chooser, its values, and the button that lines the runs up.

    Attributes:
        chooser, values, add: the three.

    Signals:
        lined_up(settings, titles): a tuple of `RunSettings`, and a tuple of what the runs are called.
    """

    lined_up = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._settings: RunSettings | None = None
        self._choices: tuple[tuple[str, Option], ...] = ()
        self.chooser = ElidedBox()
        self.chooser.setToolTip("The setting that is to differ from run to run; all others are as the form has them")
        self.chooser.setAccessibleName("Setting of the sweep")
        self.chooser.setSizeAdjustPolicy(ElidedBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.chooser.setMinimumContentsLength(10)
        self.values = QLineEdit()
        self.values.setPlaceholderText("0.5, 1, 2, 4")
        self.values.setAccessibleName("Values of the sweep")
        self.add = QPushButton("Add to queue")
        # The sentence on what cannot be takes the place of the heading: nothing moves under the hand.
        self._heading, self._problem = QLabel("A sweep: one run for each value of"), QLabel()
        for label, role in ((self._heading, "note"), (self._problem, "error")):
            label.setProperty("role", role)
            label.setWordWrap(True)
        self._lay_out()
        self.chooser.activated.connect(self._show_setting)
        self.values.textChanged.connect(self._count)
        self.values.returnPressed.connect(self.add.click)
        self.add.clicked.connect(self._line_up)
        self._count()

    def set_settings(self, settings: RunSettings) -> None:
        """The settings that the runs are to have but for one."""
        choices = sweepable(settings)
        known = [setting.name for _, setting in self._choices]
        self._settings, self._choices = settings, choices
        names = [setting.name for _, setting in choices]
        if names == known:
            return
        before = self.chooser.currentData()
        self.chooser.clear()
        for _, setting in choices:
            self.chooser.addItem(setting.label, setting.name)
        likely = [before, *(name for name in _LIKELY if name in names), names[0]]
        self.chooser.setCurrentIndex(names.index(next(name for name in likely if name in names)))
        self._show_setting()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    @property
    def _chosen(self) -> tuple[str, Option] | None:
        place = self.chooser.currentIndex()
        return self._choices[place] if 0 <= place < len(self._choices) else None

    @Slot()
    def _show_setting(self) -> None:
        chosen = self._chosen
        if chosen is not None and self._settings is not None:
            part, setting = chosen
            words = [choice.label for choice in setting.choices] or ["on", "off"][: 2 * (setting.kind is bool)]
            present = as_values(getattr(self._settings, part))[setting.name]
            self.values.setPlaceholderText(", ".join(words) or f"{typed(setting, present)}, …")
            self.values.setToolTip(f"{setting.help} The values, with commas between them")
        self._count()

    @Slot()
    def _count(self) -> None:
        """Says how many runs it would be; what cannot be read yet is nobody's mistake before the button is pressed."""
        self._words.setCurrentWidget(self._heading)
        try:
            count = len(self._read())
        except OptionError:
            count = 0
        self.add.setText(f"Add {count} run{'s' if count > 1 else ''} to queue" if count else "Add to queue")
        self.add.setToolTip("Lines up one run a value; they train one after the other")

    def _read(self) -> tuple[Value, ...]:
        chosen = self._chosen
        return () if chosen is None else read_values(chosen[1], self.values.text())

    @Slot()
    def _line_up(self) -> None:
        chosen, settings = self._chosen, self._settings
        if chosen is None or settings is None:
            return
        part, setting = chosen
        try:
            values = self._read()
        except OptionError as error:
            self._problem.setText(str(error))
            self._words.setCurrentWidget(self._problem)
            return
        model = model_info(settings.model_name).short_title
        titles = tuple(f"{model}, {setting.label} {setting.text(value)}" for value in values)
        self.values.clear()
        self.hide()
        self.lined_up.emit(swept(settings, part, setting, values), titles)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.chooser, 1)
        row.addWidget(self.values, 1)
        self._words = QStackedLayout()
        for label in (self._heading, self._problem):
            self._words.addWidget(label)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        column.addLayout(self._words)
        column.addLayout(row)
        column.addWidget(self.add)
