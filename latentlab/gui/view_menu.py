"""The View menu: which panels show, their pictures, the theme, and the layout as it was at first."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtGui import QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from latentlab.gui import theme
from latentlab.gui.docks import Docks
from latentlab.gui.settings import Settings
from latentlab.gui.theme import Mode
from latentlab.gui.widgets.menu import Menu

_MOST_KEYS = 10  # Alt with a digit


class ViewMenu(Menu):
    """Everything about how the window looks."""

    def __init__(self, docks: Docks, settings: Settings, parent: QWidget) -> None:
        super().__init__("&View", parent)
        self._settings = settings
        self._add_panels(docks)
        self.addSeparator()
        self._docks = docks
        self._pictures = self.addMenu("Co&py picture of")
        self._files = self.addMenu("&Save picture of")
        self.aboutToShow.connect(self._list_pictures)
        self.addSeparator()
        self._add_themes()
        self.addSeparator()
        self.add("&Reset layout", None, docks.reset)

    def _add_panels(self, docks: Docks) -> None:
        for number, toggle in enumerate(docks.toggle_actions(), start=1):
            if number <= _MOST_KEYS:
                toggle.setShortcut(QKeySequence(f"Alt+{number % 10}"))
            self.addAction(toggle)

    @Slot()
    def _list_pictures(self) -> None:
        self._pictures.clear()
        self._files.clear()
        for panel in (each for each in self._docks.panels.values() if each.has_picture):
            self._pictures.addAction(panel.title, panel.copy_picture)
            self._files.addAction(f"{panel.title}…", panel.save_picture)

    def _add_themes(self) -> None:
        themes = QActionGroup(self)
        for mode in Mode:
            choice = self.addAction(f"{mode.value.capitalize()} theme")
            choice.setCheckable(True)
            choice.setChecked(theme.active().mode is mode)
            choice.triggered.connect(partial(self._set_mode, mode))
            themes.addAction(choice)

    def _set_mode(self, mode: Mode) -> None:
        theme.active().mode = mode
        self._settings.mode = mode
