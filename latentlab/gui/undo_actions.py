"""The menu entries that take exploring acts back and do them again; each says which."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from latentlab.gui.session import Session


class UndoActions(QObject):
    """Undo and Redo in a menu."""

    def __init__(self, session: Session, menu: QMenu) -> None:
        super().__init__(menu)
        self._session = session
        self.undo = _action(menu, [QKeySequence(QKeySequence.StandardKey.Undo)])
        # Both of the usual keys: which one is a system's own differs.
        self.redo = _action(menu, [QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        self.undo.triggered.connect(session.undo)
        self.redo.triggered.connect(session.redo)
        session.undo_changed.connect(self._follow)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        for action, word, act in (
            (self.undo, "&Undo", self._session.undo_act),
            (self.redo, "&Redo", self._session.redo_act),
        ):
            action.setText(word if act is None else f"{word} {act}")
            action.setEnabled(act is not None)


def _action(menu: QMenu, keys: list[QKeySequence]) -> QAction:
    action = menu.addAction("")
    action.setShortcuts(keys)
    return action
