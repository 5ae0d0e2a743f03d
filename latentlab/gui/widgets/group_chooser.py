"""One of the two groups of images that an attribute compares: the selection, or a class."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from latentlab.gui.widgets.elided_box import ElidedBox

_NO_CLASS = "Class…"
_LEAST_WIDTH = 72  # where there is less room than for the longest words, they are cut rather than widen the window


class GroupChooser(QWidget):
    """A button that takes the selection, and a list of classes, which says how many images it was.

    Attributes:
        button, classes: its parts.

    Signals:
        selection_taken(): the group is to be what is selected now.
        class_taken(label): it is to be all shown images of a class.
    """

    selection_taken = Signal()
    class_taken = Signal(int)

    def __init__(self, letter: str) -> None:
        super().__init__()
        self.button, self.classes = QPushButton(f"Use as {letter}"), ElidedBox()
        self.button.setToolTip(f"Group {letter} becomes the points that are selected now")
        self.classes.setToolTip(f"Group {letter} becomes all shown images of a class")
        self.classes.setAccessibleName(f"Class of group {letter}")
        # As wide as its longest words, "10,000 images", or the button beside it would move when they change.
        self.classes.setMinimumContentsLength(11)
        self.classes.setMinimumWidth(_LEAST_WIDTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.button)
        row.addWidget(self.classes)
        row.addStretch(1)
        self.button.clicked.connect(self.selection_taken)
        self.classes.activated.connect(self._choose)
        self.set_classes(())

    def set_classes(self, names: Sequence[str]) -> None:
        """Offers these classes."""
        self.classes.clear()
        self.classes.addItems([_NO_CLASS, *names])

    def show_group(self, images: int, label: int | None) -> None:
        """Shows how many images the group has, and the class that they are all of, without a signal."""
        selected = images > 0 and label is None
        self.classes.setItemText(0, f"{images:,} image{'' if images == 1 else 's'}" if selected else _NO_CLASS)
        self.classes.setCurrentIndex(0 if label is None else label + 1)

    @Slot(int)
    def _choose(self, index: int) -> None:
        if index > 0:
            self.class_taken.emit(index - 1)
