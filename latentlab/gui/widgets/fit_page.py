"""What is chosen before a slow fit starts, and how far it is once it has."""

from __future__ import annotations

import time
from typing import Any

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from latentlab.gui.widgets.config_form import ConfigForm
from latentlab.gui.widgets.training_bar import duration

_SCALE = 1000
_TICK_MS = 500
# Before so much is done, what is left would be guessed from the start-up.
_TELLING_SHARE = 0.05


class FitPage(QWidget):
    """A summary and a form; while it runs, a bar and the time in their place.

    Attributes:
        form: the settings.
        fit, cancel: the buttons that start and end it, to be laid where they never scroll out of sight.

    Signals:
        fit_pressed: the fit shall start with the settings that the form shows.
        cancel_pressed: it shall end.
    """

    fit_pressed = Signal()
    cancel_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._summary, self._doing = QLabel(), QLabel()
        for label in (self._summary, self._doing):
            label.setProperty("role", "note")
            label.setWordWrap(True)
        self.form = ConfigForm()
        self.fit, self.cancel = QPushButton("Fit", self), QPushButton("Cancel", self)
        self.fit.setToolTip("Fit with these settings, in the background")
        self.cancel.setToolTip("End the fit; nothing else changes")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._text, self._fraction, self._since = "", -1.0, 0.0
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._tell)
        self.fit.clicked.connect(self.fit_pressed)
        self.cancel.clicked.connect(self.cancel_pressed)
        self._lay_out()
        self.rest()

    def set_method(self, summary: str, config: Any) -> None:
        """Describes another method; ``config`` is what the form shows of it."""
        self._summary.setText(summary)
        self.form.set_config(config)

    def rest(self) -> None:
        """Offers nothing: something else is on show."""
        self._show_only()

    def show_settings(self, hindrance: str) -> None:
        """Offers to start, or says why that cannot be."""
        self._show_only(*([self._doing] if hindrance else [self.form, self.fit]))
        self._doing.setText(hindrance)

    def show_progress(self, text: str, fraction: float) -> None:
        """Shows that it runs: what it does, and the share of that which is done, −1 where only time tells."""
        if text != self._text or not self._tick.isActive():
            self._text, self._since = text, time.monotonic()
        self._fraction = fraction
        self._show_only(self._doing, self._bar, self.cancel)
        self._bar.setRange(0, _SCALE if fraction >= 0 else 0)
        self._bar.setValue(round(_SCALE * fraction))
        self._tell()

    def _show_only(self, *shown: QWidget) -> None:
        for widget in (self.form, self._doing, self._bar, self.fit, self.cancel):
            widget.setVisible(widget in shown)
        busy = self.cancel in shown
        if busy != self._tick.isActive():
            self._tick.start() if busy else self._tick.stop()

    @Slot()
    def _tell(self) -> None:
        so_far = time.monotonic() - self._since
        if self._fraction >= _TELLING_SHARE:
            left = so_far * (1 - self._fraction) / self._fraction
            self._doing.setText(f"{self._text} · {duration(left)} left")
        else:
            self._doing.setText(f"{self._text} · {duration(so_far)} so far")

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 8, 0)
        column.setSpacing(8)
        for widget in (self._summary, self.form, self._doing, self._bar):
            column.addWidget(widget)
        column.addStretch(1)
