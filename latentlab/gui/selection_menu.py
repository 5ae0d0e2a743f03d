"""The menu of everything that selects, beside the gestures that do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from latentlab.gui.overlays.tool_switch import ToolActions
from latentlab.gui.session import Session
from latentlab.gui.widgets.menu import Menu

if TYPE_CHECKING:
    from latentlab.gui.panels.selection import SelectionPanel

Keys = QKeySequence.StandardKey


class SelectionMenu(Menu):
    """Tools, all, inverse, a class, an image by its number, neighbours, and saving.

    Attributes:
        tools: the entries of the tools.
        classes: the menu of the classes.
    """

    def __init__(self, session: Session, panel: Callable[[], SelectionPanel], window: QWidget) -> None:
        """``panel`` gives the panel that searches and saves, which may be made only when it is asked for."""
        super().__init__("&Select", window)
        self._session = session
        self.tools = ToolActions(session, self)
        self.addSeparator()
        self.add("Select &all", Keys.SelectAll, session.select_all)
        self.add("&Invert the selection", "Ctrl+Shift+A", session.invert_selection)
        self.add("&Clear the selection", "Ctrl+D", partial(session.select, None))
        self.addSeparator()
        self.classes = self.addMenu("A cla&ss")
        self.add("Nearest &neighbours of the point", "Ctrl+K", lambda: panel().select_neighbours())
        self.add("&Go to image number…", Keys.Find, lambda: panel().ask_for_number())
        self.addSeparator()
        self.add("Sa&ve selection…", "Ctrl+Shift+E", lambda: panel().saving.save())
        session.dataset_changed.connect(self._name_classes)

    @Slot()
    def _name_classes(self) -> None:
        dataset = self._session.dataset
        names = () if dataset is None else dataset.class_names
        self.classes.clear()
        self.classes.setEnabled(bool(names))
        for value, name in enumerate(names):
            self.classes.addAction(name, partial(self._session.select_class, value))
