"""One image, as large as the room allows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentlab.gui.widgets.empty_text import paint_empty_text
from latentlab.gui.widgets.qimages import crisp_scale, draw, to_qimage


class ImageView(QWidget):
    """A large image with its own proportions and sharp pixels; a sentence where there is none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pixels: NDArray[np.uint8] | None = None
        self._picture = QImage()
        self._empty_text = ""
        # Its ground is its own, so that Qt need not paint the panel, the dock and the window beneath it.
        self.setAutoFillBackground(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_image(self, image: NDArray[np.uint8] | None) -> None:
        """Shows ``image``, uint8 C×H×W with 255 fully bright; None shows the sentence.

        Raises:
            ValueError: the array has another shape or type.
        """
        picture = QImage() if image is None else to_qimage(image)
        # A copy: the caller may write the next image into the same array.
        self._pixels = None if image is None else image.copy()
        self._picture = picture
        self.update()

    def pixels(self) -> NDArray[np.uint8] | None:
        """The image on show as it was set, uint8 C×H×W."""
        return self._pixels

    def set_empty_text(self, text: str) -> None:
        """The sentence shown where there is no image."""
        self._empty_text = text
        self.update()

    def image_rect(self) -> QRect:
        """Where the image lies in the widget."""
        scale = self._scale()
        size = QSize(round(self._picture.width() * scale), round(self._picture.height() * scale))
        rect = QRect(0, 0, size.width(), size.height())
        rect.moveCenter(self.rect().center())
        return rect

    def _scale(self) -> float:
        if self._picture.isNull():
            return 0.0
        picture = self._picture
        return crisp_scale(picture.width(), picture.height(), self.width(), self.height(), self.devicePixelRatioF())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self._picture.isNull():
            paint_empty_text(painter, self, self._empty_text)
            return
        scale = self._scale()
        left = (self.width() - self._picture.width() * scale) / 2
        top = (self.height() - self._picture.height() * scale) / 2
        draw(painter, self._picture, left, top, scale)

    def sizeHint(self) -> QSize:
        return QSize(224, 224)

    def minimumSizeHint(self) -> QSize:
        return QSize(64, 64)
