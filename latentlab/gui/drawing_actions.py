"""The menu entries for what a hand draws itself."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from latentlab.gui.panels.draw import DrawPanel


class DrawingActions(QObject):
    """Draw, open, and put the probe there; ``show_panel`` brings the panel to the front."""

    def __init__(self, panel: DrawPanel, show_panel: Callable[[], None], menu: QMenu) -> None:
        super().__init__(menu)
        self._panel, self._show_panel = panel, show_panel
        for text, keys, act in (
            ("&Draw an image", "Ctrl+Shift+I", self._draw),
            ("Open an &image…", "Ctrl+I", self._open),
            ("Probe w&here the drawing is", "Ctrl+Shift+M", panel.put_probe),
        ):
            action = menu.addAction(text)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(act)

    @Slot()
    def _draw(self) -> None:
        self._show_panel()
        self._panel.canvas.setFocus()

    @Slot()
    def _open(self) -> None:
        self._show_panel()
        self._panel.choose_file()
