"""A menu that takes an entry in a line: what it is called, its keys, and what it does."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractButton, QMenu

Keys = str | QKeySequence.StandardKey | None


class Menu(QMenu):
    """A menu of the menu bar."""

    def add(self, text: str, keys: Keys, act: Callable[[], object]) -> QAction:
        """Adds an entry that does ``act``."""
        action = self.addAction(text)
        if keys is not None:
            action.setShortcut(QKeySequence(keys))
        # A plain call: `triggered` would hand its own argument on.
        action.triggered.connect(lambda: act())
        return action

    def add_button(self, text: str, keys: Keys, button: QAbstractButton) -> QAction:
        """Adds an entry that presses ``button``, and is grey in the menu while that has no use."""
        action = self.add(text, keys, button.click)
        self.aboutToShow.connect(lambda: action.setEnabled(button.isEnabled()))
        # The keys are not looked at in between: they press the button, which knows by itself whether it may be.
        self.aboutToHide.connect(lambda: action.setEnabled(True))
        return action
