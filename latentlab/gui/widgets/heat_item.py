"""A quantity over the plane as heat that lies under the decoded images: their strokes stay the brightest thing."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from latentlab.core.exploration import Rect
from latentlab.core.plane import Floats
from latentlab.gui.colours import rgb
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem

# Dark to warm, even in lightness, and ending where white still stands out.
_STOPS = ("#000000", "#1c1044", "#4a1571", "#7d2279", "#b23a63", "#dd5f43")
_STEPS = 256


def heat_colours() -> NDArray[np.uint8]:
    """uint8 256×3, from nothing to the most."""
    stops = np.array([rgb(stop) for stop in _STOPS], float)
    at = np.linspace(0, len(stops) - 1, _STEPS)
    channels = [np.interp(at, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, -1)).astype(np.uint8)


def rounded_up(value: float) -> float:
    """The next of 1, 1.5, 2, 3, 4, 5, 6, 8 × 10ⁿ, so that the end of a scale is a round number and seldom another."""
    if not value > 0 or not math.isfinite(value):
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if power * step >= value * (1 - 1e-9))


class HeatItem(PlaneItem):
    """Values on a grid as colours that brighten what is drawn beneath, as if it were lit: white stays white.

    Attributes:
        extent, values: what is shown, or None.
    """

    def __init__(self) -> None:
        super().__init__()
        self.extent: Rect | None = None
        self.values: Floats | None = None
        self._image = QImage()
        self._colours = heat_colours()
        self.setZValue(5)
        self.hide()

    def set_values(self, rect: Rect, values: Floats, high: float) -> None:
        """Shows values rows×columns, lowest row first, over ``rect``; 0 is dark, ``high`` and more the warmest."""
        self.extent, self.values = rect, values
        levels = np.clip(np.nan_to_num(values / high) * (_STEPS - 1), 0, _STEPS - 1).astype(np.intp)
        pixels = np.ascontiguousarray(self._colours[levels][::-1])
        rows, columns = values.shape
        picture = QImage(pixels.data, columns, rows, pixels.strides[0], QImage.Format.Format_RGB888)
        self._image = picture.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        self.show()
        self.update()

    def clear(self) -> None:
        """Shows nothing."""
        self.extent = self.values = None
        self.hide()

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        if self.extent is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Screen)
        painter.drawImage(frame.rect_to_pixels(self.extent), self._image)
        painter.restore()
