"""The menu of everything that selects, beside the gestures that do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from latentlab.gui.overlays.tool_switch import ToolActions
from latentlab.gui.panels.selection import SelectionPanel
from latentlab.gui.selection_saving import SelectionSaving
from latentlab.gui.session import Session

Keys = QKeySequence.StandardKey


class SelectionMenu(QObject):
    """Tools, all, inverse, a class, an image by its number, neighbours, and saving.

    Attributes:
        tools: the entries of the tools.
        classes: the menu of the classes.
    """

    def __init__(self, session: Session, panel: SelectionPanel, saving: SelectionSaving, explore: QMenu) -> None:
        super().__init__(explore)
        self._session = session
        self._menu = menu = explore.addMenu("&Select")
        self.tools = ToolActions(session, menu, panel.window())
        menu.addSeparator()
        self._add("Select &all", Keys.SelectAll, session.select_all)
        self._add("&Invert the selection", "Ctrl+I", session.invert_selection)
        self._add("&Clear the selection", "Ctrl+D", partial(session.select, None))
        menu.addSeparator()
        self.classes = menu.addMenu("A cla&ss")
        self._add("Nearest &neighbours of the point", "Ctrl+K", panel.select_neighbours)
        self._add("&Go to image number…", Keys.Find, panel.ask_for_number)
        menu.addSeparator()
        self._add("Sa&ve selection…", "Ctrl+E", saving.save)
        session.dataset_changed.connect(self._name_classes)

    def _add(self, text: str, keys: str | Keys, act: Callable[[], object]) -> None:
        action = self._menu.addAction(text)
        action.setShortcut(QKeySequence(keys))
        # A plain call: `triggered` would hand its own argument on.
        action.triggered.connect(lambda: act())

    @Slot()
    def _name_classes(self) -> None:
        dataset = self._session.dataset
        names = () if dataset is None else dataset.class_names
        self.classes.clear()
        self.classes.setEnabled(bool(names))
        for value, name in enumerate(names):
            self.classes.addAction(name, partial(self._session.select_class, value))
