"""What the background is doing, with a way to cancel it; in the status bar, and only when it takes a while."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

# Shorter work would only flicker.
_PATIENCE_MS = 400
_SCALE = 1000


class BusyNote(QWidget):
    """One line for the errand that runs now.

    Signals:
        cancel_pressed(number): the user wants that errand to end.
    """

    cancel_pressed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._number = 0
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
        """An errand began."""
        self._number = number
        self._text.setText(f"{title}…" if title else "")
        self._bar.setRange(0, 0)
        self._cancel.hide()
        if title:
            self._patience.start()

    @Slot(int, str, float)
    def advance(self, number: int, text: str, fraction: float) -> None:
        """It reports its progress; errands that do can be cancelled."""
        if number == self._number:
            self._text.setText(text)
            self._cancel.show()
            self._bar.setRange(0, _SCALE if fraction >= 0 else 0)
            self._bar.setValue(round(_SCALE * fraction))

    @Slot(int)
    def end(self, number: int) -> None:
        """It is over."""
        if number == self._number:
            self._patience.stop()
            self.hide()

    @Slot()
    def _press(self) -> None:
        self.cancel_pressed.emit(self._number)
