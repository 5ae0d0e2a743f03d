"""A sheet of samples under what it is called."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from latentlab.core.serving import Images
from latentlab.gui.widgets.elided_label import ElidedLabel
from latentlab.gui.widgets.image_grid import ImageGrid
from latentlab.gui.widgets.image_strip import StripRow
from latentlab.gui.widgets.strip_scroller import StripScroller

_LEAST, _LARGEST = 20, 112


class SampleSheet(QWidget):
    """Images under a caption: in a grid, or with classes a row for each.

    Attributes:
        grid, strip: where they are shown, one of the two.

    Signals:
        image_clicked(place): an image, or with classes a column of them, was chosen; it is selected already.
    """

    image_clicked = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._caption = ElidedLabel()
        self._caption.setProperty("role", "heading")
        self.grid, self._rows = ImageGrid(_LEAST, _LARGEST), StripScroller()
        self.strip = self._rows.strip
        self._stack = QStackedLayout()
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self._rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._caption)
        column.addLayout(self._stack, 1)
        self.grid.image_clicked.connect(self.image_clicked)
        self.strip.image_clicked.connect(self.image_clicked)

    def show_images(self, images: Images, caption: str, classes: tuple[str, ...] = ()) -> None:
        """Shows uint8 images N×C×H×W; with several classes N/K of each in turn."""
        self.select_none()
        self._caption.setText(caption)
        self._caption.setVisible(bool(caption))
        if len(classes) > 1:
            each = len(images) // len(classes)
            rows = [StripRow(name, images[i * each : (i + 1) * each]) for i, name in enumerate(classes)]
            self._rows.set_rows(rows)
            self._stack.setCurrentWidget(self._rows)
        else:
            self.grid.set_images(images)
            self._stack.setCurrentWidget(self.grid)

    def show_nothing(self, sentence: str) -> None:
        """Shows no images, and says why."""
        self._caption.hide()
        self.grid.set_images(None)
        self.grid.set_empty_text(sentence)
        self._stack.setCurrentWidget(self.grid)

    def select_none(self) -> None:
        """Takes the ring away."""
        self.grid.set_selected(None)
        self.strip.set_selected(None)
