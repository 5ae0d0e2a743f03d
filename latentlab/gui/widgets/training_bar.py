"""The buttons that train, and how far training is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QToolButton, QVBoxLayout, QWidget

from latentlab.core.fit import Snapshot
from latentlab.gui import icons
from latentlab.gui.widgets.elided_label import ElidedLabel

_SCALE = 1000
_TRAIN, _CONTINUE = "Train a model with these settings (F5)", "Go on from where training stands (F5)"
_TRAIN_ON = (
    "Train for as many epochs again (F5). The schedule of the learning rate begins anew: what was learned may get a "
    "little worse before it gets better."
)
_PAUSE = (
    "Pause for a moment: everything is kept, and Continue goes on as if training had never paused. The queue waits "
    "until then (F6)"
)
_STOP = (
    "Stop: this training ends here and is evaluated as it is; the next in the queue begins at once. It can be "
    "continued later (F8)"
)


class TrainingBar(QWidget):
    """Train, pause, step, stop, start over; progress, time left, images per second, device.

    Train and Pause share one place, the most prominent one: there stands what has a use next.

    Attributes:
        train, pause, step, stop, over, queue, sweep: the buttons.

    Signals:
        train_pressed, pause_pressed, step_pressed, stop_pressed, over_pressed, queue_pressed, sweep_pressed: the button
            was pressed.
    """

    train_pressed = Signal()
    pause_pressed = Signal()
    step_pressed = Signal()
    stop_pressed = Signal()
    over_pressed = Signal()
    queue_pressed = Signal()
    sweep_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.train = _primary("Train", _TRAIN, self.train_pressed)
        self.pause = _primary("Pause", _PAUSE, self.pause_pressed)
        icons.set_icon(self.pause, "pause", "accent_text")
        self.step = self._tool("step", "Take one optimizer step (F7)", self.step_pressed)
        self.stop = self._tool("stop", _STOP, self.stop_pressed)
        self.over = self._tool("restart", "Start over from random weights", self.over_pressed)
        self.queue = self._tool("queue", "Add to queue: train this after what trains and waits now", self.queue_pressed)
        self.sweep = self._tool("sweep", "Sweep: line up one run for each value of a setting", self.sweep_pressed)
        self.progress = QProgressBar()
        self.progress.setRange(0, _SCALE)
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(4)
        self._left, self._right = ElidedLabel(self), ElidedLabel(self, Qt.AlignmentFlag.AlignRight)
        self._device = QLabel()
        self._device.setWordWrap(True)
        for note in (self._left, self._right, self._device):
            note.setProperty("role", "note")
        self._home: QWidget | None = None
        self._lay_out()
        self.clear_progress()

    def show_state(self, state: str, differs: bool, read_only: bool) -> None:
        """Enables what makes sense in ``state``.

        Args:
            differs: the form asks for another training, so that Train begins anew.
            read_only: the run can be looked at only.
        """
        running, waiting = state == "running", state in ("starting", "loading", "empty")
        rests = state in ("resting", "finished", "waiting") and not read_only
        texts = {"starting": "Starting…", "loading": "Loading…"}
        if rests and not differs:
            text, tip = ("Train on", _TRAIN_ON) if state == "finished" else ("Continue", _CONTINUE)
        else:
            text, tip = texts.get(state, "Train"), _TRAIN
        focused = self._focused()
        self.train.setText(text)
        self.train.setToolTip(tip)
        # While it says what is going on, there is nothing to press; and in a narrow panel the words take all the room.
        icons.set_icon(self.train, "" if text in texts.values() else "train", "accent_text")
        self.train.setEnabled(not running and not waiting and not (read_only and not differs))
        self.pause.setEnabled(running)
        self.train.setVisible(not running)
        self.pause.setVisible(running)
        self.stop.setEnabled(running)
        self.step.setEnabled(rests)
        self.over.setEnabled(rests)
        for button in (self.queue, self.sweep):
            button.setEnabled(state not in ("loading", "empty"))
        if focused is not None:
            self._keep_focus(focused)

    @Slot(object)
    def show_progress(self, snapshot: Snapshot) -> None:
        """Shows how far training is, at what speed, and how long it still takes."""
        self.progress.setValue(round(_SCALE * snapshot.progress))
        self._left.setText(f"Epoch {snapshot.epoch:.1f} · step {snapshot.step:,}")
        if snapshot.seconds_left is not None and snapshot.progress < 1.0:
            self._show_pace(f"{duration(snapshot.seconds_left)} left · {snapshot.images_per_s:,.0f} img/s")
        else:
            self._show_pace(f"{snapshot.images_per_s:,.0f} img/s" if snapshot.images_per_s else "")

    def show_device(self, text: str) -> None:
        """Says where training runs."""
        self._device.setText(text)

    def clear_progress(self) -> None:
        """Shows that nothing was trained yet."""
        self.progress.setValue(0)
        self._left.setText("Not trained yet")
        self._show_pace("")

    def _show_pace(self, text: str) -> None:
        self._right.setText(text)
        self._right.setVisible(bool(text))  # where there is none, the step has the whole line

    def _focused(self) -> QWidget | None:
        """What has the focus of all that a state can take the use from; the bar itself while none of it has a use."""
        focused = self.window().focusWidget()
        return focused if focused in (self, self.train, self.pause, self.step, self.stop, self.over) else None

    def _keep_focus(self, focused: QWidget) -> None:
        """Gives the focus back to the button that had it, or to Pause until that one has a use again.

        Qt would hand it on to the next button of the row, where the space bar adds to the queue.
        """
        if focused not in (self, self.pause):
            self._home = focused
        buttons = (button for button in (self._home, self.pause) if button is not None and button.isEnabled())
        next(buttons, self).setFocus()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(2)
        for button in (self.train, self.pause, self.step, self.stop, self.over, self.queue, self.sweep):
            buttons.addWidget(button, 1 if button in (self.train, self.pause) else 0)
        notes = QHBoxLayout()
        notes.addWidget(self._left, 1)
        notes.addWidget(self._right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(6)
        column.addLayout(buttons)
        column.addWidget(self.progress)
        column.addLayout(notes)
        column.addWidget(self._device)

    def _tool(self, icon: str, tip: str, pressed: SignalInstance) -> QToolButton:
        button = QToolButton()
        icons.set_icon(button, icon)
        icons.set_size(button, 20)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(pressed)
        return button


class _PrimaryButton(QPushButton):
    """A button in whose place another stands once it was pressed: a double click is meant for the first alone."""

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        event.accept()


def _primary(text: str, tip: str, pressed: SignalInstance) -> QPushButton:
    button = _PrimaryButton(text)
    button.setProperty("primary", True)
    button.setProperty("tight", True)
    button.setMinimumWidth(96)
    icons.set_size(button, 16)
    button.setToolTip(tip)
    button.clicked.connect(pressed)
    return button


def duration(seconds: float) -> str:
    """Seconds as ``0:07``, ``12:30`` or ``1:02:03``."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
