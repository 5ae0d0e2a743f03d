"""The page on which a run is continued as another one: its name, and the settings that may change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget
from torch import Tensor

from latentlab.core.run import Origin, RunSettings
from latentlab.gui.open_run import OpenRun
from latentlab.gui.widgets.config_form import ConfigForm
from latentlab.gui.widgets.form_group import FormGroup

_WHOLE = "Weights, optimizer and the order of the images are taken over: with no change it goes on as it would have."
_WEIGHTS = "Of a past moment only the weights are left, so the optimizer starts afresh; the loss may stir at first."


@dataclass(frozen=True, eq=False)
class PastMoment:
    """A moment of a run's training of which the weights are left, as a film keeps it.

    Attributes:
        origin: the run's title then, and where its training stood.
        weights: the model's state dict.
    """

    origin: Origin
    weights: Mapping[str, Tensor] = field(repr=False)


class ForkPage(QWidget):
    """What is chosen before a fork.

    Attributes:
        name: the new run's name.
        forms: the settings that may change, of the model and of its training.
        fork, queue, cancel: the buttons.

    Signals:
        fork_pressed(bool): the fork is wanted, in the queue where True.
        cancelled(): it is not.
    """

    fork_pressed = Signal(bool)
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._run: OpenRun | None = None
        self.moment: PastMoment | None = None
        self._heading, self._note = QLabel(), QLabel()
        for label, role in ((self._heading, ""), (self._note, "note")):
            label.setProperty("role", role)
            label.setWordWrap(True)
        self.name = QLineEdit()
        self.name.setToolTip("What the new run is called")
        self.name.setAccessibleName("Name of the new run")
        self.forms = ConfigForm(retunable_only=True), ConfigForm(retunable_only=True)
        self.fork = QPushButton("Train now")
        self.fork.setToolTip("Train the new run now; the run that trains makes room and rests")
        self.fork.setProperty("primary", True)
        self.queue = QPushButton("Add to queue")
        self.queue.setToolTip("Train the new run when its turn in the queue comes")
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip("Back to the list; nothing is begun (Esc)")
        self._lay_out()
        self.name.returnPressed.connect(self.fork.click)
        self.fork.clicked.connect(lambda: self.fork_pressed.emit(False))
        self.queue.clicked.connect(lambda: self.fork_pressed.emit(True))
        self.cancel.clicked.connect(self.cancelled)

    @property
    def run(self) -> OpenRun | None:
        """The run that is to be continued."""
        return self._run

    def offer(self, run: OpenRun, name: str, moment: PastMoment | None) -> None:
        """Asks about a fork of ``run``, at its present state or at a past moment."""
        self._run, self.moment = run, moment
        step = moment.origin.step if moment is not None else run.newest.step if run.newest is not None else 0
        self._heading.setText(f"Continue “{run.title}” from step {step:,} as another run:")
        weights_only = moment is not None or (run.moment is not None and not run.moment.tensors)
        self._note.setText(_WEIGHTS if weights_only else _WHOLE)
        self.name.setText(name)
        for form, config in zip(self.forms, (run.settings.model, run.settings.training), strict=True):
            form.set_config(config)
        self.name.setFocus()
        self.name.selectAll()

    def settings(self) -> RunSettings:
        """What the new run is to be trained with."""
        assert self._run is not None
        before = self._run.settings
        return RunSettings(before.data, before.model_name, self.forms[0].config(), self.forms[1].config())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.cancelled.emit()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(320, 240)

    def _lay_out(self) -> None:
        group = FormGroup()
        group.add_widget(self._heading)
        group.add_widget(self.name)
        for form in self.forms:
            group.add_form("", form)
        group.add_widget(self._note)
        content = QWidget()
        inner = QVBoxLayout(content)
        inner.setContentsMargins(0, 0, 8, 0)
        inner.addWidget(group)
        inner.addStretch(1)
        area = QScrollArea()
        area.setWidget(content)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.fork, self.queue, self.cancel):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(8)
        column.addWidget(area, 1)
        column.addLayout(buttons)
