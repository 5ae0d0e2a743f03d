"""A list of class names."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize
from PySide6.QtWidgets import QComboBox, QSizePolicy

from latentlab.gui.text_size import follow, px

# Longer names are cut while the list is closed; open, it is as wide as they need.
_WIDEST = 120
_FRAME = 32  # of the open list, its scroll bar among it


class ClassBox(QComboBox):
    """Closed no wider than a panel's title bar can spare, open as wide as the longest name.

    Args:
        name: what a screen reader calls it.
        tip: what it does.
    """

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        follow(self, self._make_room)
        # What room is left belongs to the words beside it.
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_names(self, names: Sequence[str]) -> None:
        """Offers other names, the first of them chosen; says nothing."""
        with QSignalBlocker(self):
            self.clear()
            self.addItems(names)
        self._make_room()

    def _make_room(self) -> None:
        self.setMaximumWidth(px(_WIDEST))
        self.view().setMinimumWidth(self.view().sizeHintForColumn(0) + _FRAME if self.count() else 0)

    def minimumSizeHint(self) -> QSize:
        # Qt's own stays that of the empty list, which is wider than "All" and takes the room of the words beside it.
        return QSize(min(self.sizeHint().width(), px(_WIDEST)), super().minimumSizeHint().height())
