"""The View menu: which panels show, their pictures and figures, theme, size of the words, and the layout at first."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from latentlab.gui import text_size, theme
from latentlab.gui.docks import Docks
from latentlab.gui.kept_sizes import KeptSizes
from latentlab.gui.settings import Settings
from latentlab.gui.table_saving import save_table
from latentlab.gui.theme import Mode
from latentlab.gui.widgets.menu import Menu

_MOST_KEYS = 10  # Alt with a digit


class ViewMenu(Menu):
    """Everything about how the window looks.

    Signals:
        said: (sentence) for the status bar.
    """

    said = Signal(str)

    def __init__(self, docks: Docks, settings: Settings, sizes: KeptSizes, parent: QWidget) -> None:
        super().__init__("&View", parent)
        self._settings, self._sizes = settings, sizes
        self._add_panels(docks)
        self.addSeparator()
        self._docks = docks
        self._pictures = self.addMenu("Co&py picture of")
        self._files = self.addMenu("&Save picture of")
        self._tables = self.addMenu("Save &figures of")
        self.aboutToShow.connect(self._list_pictures)
        self.addSeparator()
        self._add_themes()
        self.addSeparator()
        self._add_text_sizes()
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
        self._tables.clear()
        for panel in (each for each in self._docks.panels.values() if each.has_picture):
            self._pictures.addAction(panel.title, panel.copy_picture)
            self._files.addAction(f"{panel.title}…", panel.save_picture)
            if panel.has_table():
                self._tables.addAction(f"{panel.title}…", partial(save_table, panel))

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

    def _add_text_sizes(self) -> None:
        self.larger = self.add("&Larger text", "Ctrl++", partial(self._step_text, 1))
        # Where + is typed with Shift, nobody wants to press it.
        self.larger.setShortcuts([QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")])
        self.smaller = self.add("S&maller text", "Ctrl+-", partial(self._step_text, -1))
        self.normal = self.add("&Normal text size", "Ctrl+1", partial(self._set_text, text_size.NORMAL))

    def _step_text(self, by: int) -> None:
        self._set_text(text_size.next_step(theme.active().text_percent, by))

    def _set_text(self, percent: int) -> None:
        self._sizes.change(partial(setattr, theme.active(), "text_percent", percent))
        self._settings.text_percent = percent
        self.said.emit(f"Text at {percent} % of the system's size.")
