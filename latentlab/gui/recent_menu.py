"""The menu of the runs that were saved or opened last."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QMenu, QWidget

from latentlab import paths
from latentlab.gui.settings import Settings


class RecentMenu(QMenu):
    """Opens one of the runs that the settings remember."""

    def __init__(self, settings: Settings, open_folder: Callable[[Path], None], parent: QWidget) -> None:
        super().__init__("Open &recent", parent)
        self._settings, self._open_folder = settings, open_folder
        self.setToolTipsVisible(True)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Lists what is remembered now; there is nothing to choose from where that is nothing."""
        self.clear()
        for folder in self._settings.recent_runs():
            # Those where runs are usually kept are known by their names alone.
            text = folder.name if folder.parent == paths.runs() else str(folder)
            self.addAction(text, partial(self._open_folder, folder)).setToolTip(str(folder))
        self.setEnabled(not self.isEmpty())
