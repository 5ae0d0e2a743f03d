"""Going back and forth along something by slider or by itself."""

from __future__ import annotations

import time

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSlider, QToolButton, QWidget

from latentlab.gui import icons

_FINEST = 1000
_FRAME_MS = 33
_SECONDS = (8, 4, 2, 1)


class Walk(QWidget):
    """A slider from one end to the other, a button that lets it run back and forth, and how fast.

    Attributes:
        button, slider, speed: its controls.

    Signals:
        moved(share): so far, 0 to 1, the hand or the running has come.
    """

    moved = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.button = QToolButton()
        self.button.setCheckable(True)
        icons.set_size(self.button, 16)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, _FINEST)
        self.slider.setPageStep(_FINEST // 12)
        self.slider.setSingleStep(_FINEST // 100)
        self.slider.setToolTip("How far along the path the probe is, from the first pin to the last")
        self.slider.setAccessibleName("Place on the path")
        self.speed = QComboBox()
        self.speed.addItems([f"{seconds} s" for seconds in _SECONDS])
        self.speed.setCurrentIndex(1)
        self.speed.setToolTip("How long playing takes from one end of the path to the other, in seconds")
        self.speed.setAccessibleName("Seconds from end to end")
        self._share, self._direction, self._before = 0.0, 1, 0.0
        self._timer = QTimer(self, interval=_FRAME_MS)
        self._timer.timeout.connect(self._step)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.button)
        row.addWidget(self.slider, 1)
        row.addWidget(self.speed)
        self.button.toggled.connect(self._play)
        self.slider.valueChanged.connect(self._slid)
        self._show_button()

    @property
    def playing(self) -> bool:
        """Whether it runs by itself."""
        return self._timer.isActive()

    def set_share(self, share: float) -> None:
        """Shows how far it has come, without a signal."""
        self._share = share
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(share * _FINEST))

    def stop(self) -> None:
        """Lets it rest where it is."""
        self.button.setChecked(False)

    @Slot(bool)
    def _play(self, on: bool) -> None:
        self._before = time.perf_counter()
        self._timer.start() if on else self._timer.stop()
        self._show_button()

    def _show_button(self) -> None:
        icons.set_icon(self.button, "pause" if self.playing else "train", "text")
        tip = "Stop here (Shift+P)" if self.playing else "Play the path back and forth (Shift+P)"
        self.button.setToolTip(tip)
        self.button.setAccessibleName(tip)

    @Slot()
    def _step(self) -> None:
        now = time.perf_counter()
        self._go((now - self._before) / _SECONDS[self.speed.currentIndex()])
        self._before = now

    def _go(self, step: float) -> None:
        """So much of the whole way on, turning at the ends."""
        share = self._share + self._direction * step
        if not 0.0 < share < 1.0:
            self._direction = 1 if share <= 0 else -1
        self.set_share(min(max(share, 0.0), 1.0))
        self.moved.emit(self._share)

    @Slot(int)
    def _slid(self, value: int) -> None:
        self.stop()
        self._share = value / _FINEST
        self.moved.emit(self._share)
