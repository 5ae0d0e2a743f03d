"""A strip of many rows: all of them at once where they can be told apart, else large ones to scroll through."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from latentlab.gui.widgets.image_strip import ImageStrip, StripRow

# Rows of smaller images are not read any more; once there is something to scroll, there is room for larger ones.
_LEAST, _COMFORTABLE = 14, 32


class StripScroller(QScrollArea):
    """An `ImageStrip` that scrolls rather than make its images too small.

    Attributes:
        strip: the strip.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = ImageStrip()
        self.setWidget(self.strip)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The strip has the focus; its own keys are those of a row, and the others come here.
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def set_rows(self, rows: Sequence[StripRow]) -> None:
        """Shows other rows, as `ImageStrip.set_rows`."""
        self.strip.set_rows(rows)
        self._give_room()

    def _give_room(self) -> None:
        scrolls = self.strip.height_with(_LEAST) > self.viewport().height()
        self.strip.setMinimumHeight(self.strip.height_with(_COMFORTABLE) if scrolls else 0)
        self.verticalScrollBar().setSingleStep(_COMFORTABLE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._give_room()
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:
        return self.strip.minimumSizeHint()
