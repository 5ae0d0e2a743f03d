"""What the background is doing, with a way to cancel it; in the status bar, and only when it takes a while."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

# Shorter work would only flicker.
_PATIENCE_MS = 400
_SCALE = 1000


@dataclass(frozen=True)
class _Doing:
    """What an errand says of itself; the fraction is negative where it is unknown."""

    text: str
    fraction: float = -1.0
    can_be_cancelled: bool = False


class BusyNote(QWidget):
    """One line for the errand that runs now; of several, the one that began last.

    Signals:
        cancel_pressed(number): the user wants that errand to end.
    """

    cancel_pressed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._doing: dict[int, _Doing] = {}
        self._number = 0  # of the one that is shown
        self._text, self._bar, self._cancel = QLabel(), QProgressBar(), QPushButton("Cancel")
        self._text.setMinimumWidth(1)  # a long text is cut rather than widen what it stands in
        self._bar.setFixedSize(120, 4)
        self._bar.setTextVisible(False)
        self._cancel.setProperty("quiet", True)
        self._cancel.setToolTip("End this work; everything else stays as it is")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(8)
        for widget in (self._text, self._bar, self._cancel):
            row.addWidget(widget)
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self.show)
        self._cancel.clicked.connect(self._press)
        self.hide()

    @Slot(int, str)
    def begin(self, number: int, title: str) -> None:
        """An errand began; one without a title is nobody's business."""
        if title:
            self._doing[number] = _Doing(f"{title}…")
            self._show()

    @Slot(int, str, float)
    def advance(self, number: int, text: str, fraction: float) -> None:
        """It reports its progress; errands that do can be cancelled."""
        if number in self._doing:
            self._doing[number] = _Doing(text, fraction, can_be_cancelled=True)
            self._show()

    @Slot(int)
    def end(self, number: int) -> None:
        """It is over."""
        if self._doing.pop(number, None) is not None:
            self._show()

    def _show(self) -> None:
        """Shows the errand that began last of those that are not over."""
        if not self._doing:
            self._patience.stop()
            self.hide()
            return
        self._number, doing = next(reversed(self._doing.items()))
        self._text.setText(doing.text)
        self._cancel.setVisible(doing.can_be_cancelled)
        self._bar.setRange(0, _SCALE if doing.fraction >= 0 else 0)
        self._bar.setValue(round(_SCALE * doing.fraction))
        if self.isHidden() and not self._patience.isActive():
            self._patience.start()

    @Slot()
    def _press(self) -> None:
        self.cancel_pressed.emit(self._number)
