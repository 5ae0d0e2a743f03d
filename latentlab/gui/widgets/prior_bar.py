"""What there is of a code prior in a sentence, and the buttons that train one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QToolButton, QVBoxLayout, QWidget

from latentlab.core.code_prior import PriorConfig
from latentlab.core.options import build, describe
from latentlab.gui import icons
from latentlab.gui.text_size import field_width, follow
from latentlab.gui.widgets.elided_label import ElidedLabel
from latentlab.gui.widgets.number_field import NumberField
from latentlab.gui.widgets.training_bar import duration

_SHOWN = ("epochs", "width")
_SCALE = 1000
_FIELD_WIDTH = 64


class PriorBar(QWidget):
    """A sentence; beneath it the settings and the button, or, while training, how far it is.

    Signals:
        train_pressed(PriorConfig): the user wants a prior.
        pause_toggled(bool): to rest, or to go on.
        stop_pressed(): to keep what was learned and end.
    """

    train_pressed = Signal(object)
    pause_toggled = Signal(bool)
    stop_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._sentence = QLabel()
        self._sentence.setWordWrap(True)
        self._sentence.setProperty("role", "note")
        self.train = QPushButton("Train prior")
        self.train.clicked.connect(self._press)
        self.fields = {
            setting.name: NumberField(setting) for setting in describe(PriorConfig) if setting.name in _SHOWN
        }
        self.pause, self.stop = QToolButton(), QToolButton()
        for button, tip in ((self.pause, "Pause, or go on"), (self.stop, "Stop; what the prior learned is kept")):
            icons.set_size(button, 16)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
        icons.set_icon(self.stop, "stop")
        self.pause.setCheckable(True)
        self.pause.toggled.connect(self._toggle)
        self.stop.clicked.connect(self.stop_pressed)
        self._progress = QProgressBar()
        self._progress.setRange(0, _SCALE)
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(4)
        self._pace = ElidedLabel()
        self._pace.setProperty("role", "note")
        self._settings, self._work = QWidget(), QWidget()
        self._lay_out()

    def show_rest(self, sentence: str, again: bool, hindrance: str) -> None:
        """Shows that nothing is being trained.

        Args:
            again: there is a prior already.
            hindrance: why none can be trained now; empty where one can.
        """
        self._sentence.setText(sentence)
        self.train.setText("Train prior anew" if again else "Train prior")
        self.train.setEnabled(not hindrance)
        self.train.setToolTip(hindrance or "Learn which codes go together, from the codes of all training images")
        self._show(working=False)

    def show_work(self, sentence: str, paused: bool) -> None:
        """Shows that a prior is being trained."""
        self._sentence.setText(sentence)
        self.pause.blockSignals(True)
        self.pause.setChecked(paused)
        self.pause.blockSignals(False)
        icons.set_icon(self.pause, "train" if paused else "pause")
        if self._work.isHidden():
            self.show_progress("Starting", 0.0, None)
        self._show(working=True)

    def show_progress(self, what: str, share: float, seconds_left: float | None) -> None:
        """Shows how far it is, and how long it still takes."""
        self._progress.setValue(round(_SCALE * share))
        self._pace.setText(what if seconds_left is None else f"{what} · {duration(seconds_left)} left")

    def sentence(self) -> str:
        """What it says."""
        return self._sentence.text()

    def _show(self, working: bool) -> None:
        self._settings.setVisible(not working)
        self._work.setVisible(working)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self._settings)
        row.addWidget(self.train)
        for field in self.fields.values():
            caption = QLabel(field.setting.label)
            caption.setBuddy(field)
            field.setToolTip(f"{field.setting.help} ({field.setting.minimum:g} to {field.setting.maximum:g})")
            field.setAccessibleName(field.setting.label)
            follow(field, partial(_fit, field))
            row.addWidget(caption)
            row.addWidget(field)
        row.addStretch(1)
        work = QHBoxLayout(self._work)
        meter = QVBoxLayout()
        meter.setSpacing(4)
        meter.addWidget(self._progress)
        meter.addWidget(self._pace)
        work.addLayout(meter, 1)
        work.addWidget(self.pause)
        work.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.addWidget(self._sentence)
        column.addWidget(self._settings)
        column.addWidget(self._work)
        for layout in (row, work, column):
            layout.setContentsMargins(0, 0, 0, 0)
            layout.setSpacing(8)
        column.setSpacing(4)
        self._work.hide()

    @Slot()
    def _press(self) -> None:
        for field in self.fields.values():
            field.commit()
        self.train_pressed.emit(build(PriorConfig, {name: field.value() for name, field in self.fields.items()}))

    @Slot(bool)
    def _toggle(self, paused: bool) -> None:
        self.pause_toggled.emit(paused)


def _fit(field: NumberField) -> None:
    field.setFixedWidth(field_width(_FIELD_WIDTH))
