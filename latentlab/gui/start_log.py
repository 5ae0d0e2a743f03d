"""What of the start a user waits for, in the log with its time."""

from __future__ import annotations

import logging

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentlab.gui.main_window import MainWindow

USABLE = "the window is usable"
PLACED = "the first points are placed"

_log = logging.getLogger(__name__)


class StartLog(QObject):
    """Logs, once each, that Train answers a click and that the first points are on the screen.

    Signals:
        became_usable: Train answers a click.
    """

    became_usable = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.control.state_changed.connect(self._take_state)
        window.scatter.points.drawn.connect(self._take_picture)

    @Slot()
    def _take_state(self) -> None:
        if self._window.experiment.training_bar.train.isEnabled():
            self._window.control.state_changed.disconnect(self._take_state)
            QTimer.singleShot(0, self._say_usable)  # when all that happens at once has happened

    @Slot()
    def _take_picture(self) -> None:
        placed = self._window.session.placed
        if placed is not None and placed.complete and self._window.scatter.points.is_up_to_date:
            self._window.scatter.points.drawn.disconnect(self._take_picture)
            QTimer.singleShot(0, self._say_placed)  # when it is painted, too

    @Slot()
    def _say_usable(self) -> None:
        _log.info(USABLE)
        self.became_usable.emit()

    @Slot()
    def _say_placed(self) -> None:
        _log.info(PLACED)
