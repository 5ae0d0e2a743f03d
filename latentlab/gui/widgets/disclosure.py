"""The quiet button that folds what a beginner does not need."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from latentlab.gui.icons import set_icon


class Disclosure(QPushButton):
    """A word with an arrow; checked while what it folds is open. Its own signal ``toggled(bool)`` says so."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setProperty("quiet", True)
        self.setObjectName("disclosure")
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.toggled.connect(self._point)
        self._point()

    @Slot()
    def _point(self) -> None:
        set_icon(self, "chevron-down" if self.isChecked() else "chevron-right", "muted")
