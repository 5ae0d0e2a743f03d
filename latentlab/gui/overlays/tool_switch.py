"""Choosing what a drag of the background does: three buttons, three menu entries, three keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QButtonGroup, QComboBox, QToolButton, QWidget

from latentlab.gui.session import Session
from latentlab.gui.tools import TOOLS, Tool
from latentlab.gui.widgets.menu import Menu

_LISTS = (QComboBox, QAbstractItemView)


class ToolSwitch(QObject):
    """The tools as buttons in a panel's bar.

    Attributes:
        buttons: by tool.
    """

    def __init__(self, session: Session, add_tool: Callable[[str, str], QToolButton], panel: QWidget) -> None:
        """Has ``add_tool`` make each button, of an icon and a tip."""
        super().__init__(panel)
        self._session = session
        self.buttons: dict[Tool, QToolButton] = {}
        group = QButtonGroup(self)
        for tool in TOOLS:
            button = add_tool(tool.icon, f"{tool.tip} ({tool.key})")
            button.setCheckable(True)
            button.clicked.connect(partial(session.choose_tool, tool))
            group.addButton(button)
            self.buttons[tool] = button
        session.tool_chosen.connect(self._follow)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        self.buttons[self._session.tool].setChecked(True)


class ToolActions(QObject):
    """The tools as entries of a menu, with their keys.

    Attributes:
        actions: by tool.
    """

    def __init__(self, session: Session, menu: Menu) -> None:
        super().__init__(menu)
        self._session = session
        self.actions: dict[Tool, QAction] = {}
        group = QActionGroup(self)
        for tool in TOOLS:
            action = menu.add(tool.title, tool.key, partial(session.choose_tool, tool))
            action.setCheckable(True)
            action.setToolTip(tool.tip)
            group.addAction(action)
            self.actions[tool] = action
        session.tool_chosen.connect(self._follow)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._watch_lists)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        self.actions[self._session.tool].setChecked(True)

    @Slot(QWidget, QWidget)
    def _watch_lists(self, old: QWidget | None, new: QWidget | None) -> None:
        # Only them: a filter of the whole window would be asked at every move of the mouse.
        if isinstance(old, _LISTS):
            old.removeEventFilter(self)
        if isinstance(new, _LISTS):
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # In a list a letter goes to the entry that begins with it.
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
            and event.text().isalpha()
        ):
            event.accept()
            return True
        return super().eventFilter(watched, event)
