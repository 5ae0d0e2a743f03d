"""Images at their points, as many as there is room for without overlap."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPixmap

from latentlab.core.spreading import NEVER, level_of
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem, device_ratio
from latentlab.gui.widgets.points_item import PointsItem
from latentlab.gui.widgets.qimages import crisp_scale, draw, to_qimage

SIDE = 32
"""The most room that an image takes, in pixels."""

BORDER = 1.5
PITCH = SIDE + 2 * BORDER + 1
"""The least distance of two images' centres, across or down."""

_MOST_KEPT = 3000
_MADE_AT_ONCE = 100  # in one paint; the others come with the next, so that none takes longer than a frame

Look = tuple[NDArray[np.uint8], tuple[int, int, int]]
"""An image, uint8 C×H×W, and the colour of its border."""


class ThumbnailsItem(PlaneItem):
    """Images over the points that they belong to; what marks the points is drawn on top again."""

    def __init__(self, points: PointsItem, look: Callable[[int], Look]) -> None:
        """``look`` gives the image and the colour of a point."""
        super().__init__()
        self._points, self._look = points, look
        self._first: NDArray[np.int8] = np.empty(0, np.int8)
        self._coarsest = 1.0
        self._positions = points.points
        self._pictures: dict[int, QPixmap] = {}
        self._ratio = 0.0

    def set_levels(self, first: NDArray[np.int8], coarsest: float) -> None:
        """From which level on each of the points is drawn, as `core.spreading.fill` says; of none, nothing is yet.

        Args:
            coarsest: the distance that level 0 keeps, in data units.
        """
        self._first, self._coarsest = first, coarsest
        self.update()

    def follow(self) -> None:
        """Moves the images to where the points are drawn now; the picture of the points is to be painted anew."""
        self._positions = self._points.points
        self.update()

    @property
    def has_levels(self) -> bool:
        """Whether it was said which images to draw."""
        return len(self._first) > 0

    def forget(self) -> None:
        """Drops everything: other points are shown."""
        self._pictures.clear()
        self.set_levels(self._first[:0], 1.0)

    def shown(self, frame: Frame) -> NDArray[np.intp]:
        """Which points' images have room in ``frame``, those beside the view among them."""
        level = min(max(level_of(PITCH * frame.unit, self._coarsest), 0), NEVER - 1)
        return np.flatnonzero(self._first[: len(self._positions)] <= level)

    @property
    def stands_still(self) -> bool:
        return True

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        ratio = device_ratio(painter)
        pictures = self._pictures
        if ratio != self._ratio:
            pictures.clear()
            self._ratio = ratio
        points = self.shown(frame)
        places = frame.points_to_pixels(self._positions[points])
        reach = PITCH / 2
        low = np.array([exposed.left(), exposed.top()]) - reach
        high = np.array([exposed.right(), exposed.bottom()]) + reach
        in_view = ((places >= low) & (places <= high)).all(1)
        to_be_made = _MADE_AT_ONCE
        for point, (x, y) in zip(points[in_view].tolist(), places[in_view].tolist(), strict=True):
            picture = pictures.get(point)
            if picture is None:
                if not to_be_made:
                    continue
                to_be_made -= 1
                picture = pictures[point] = self._made(point, ratio)
            size = picture.deviceIndependentSize()
            # On whole device pixels, where it stays crisp.
            left, top = (round(value * ratio) / ratio for value in (x - size.width() / 2, y - size.height() / 2))
            painter.drawPixmap(QPointF(left, top), picture)
        for point in list(pictures)[: max(0, len(pictures) - _MOST_KEPT)]:
            del pictures[point]
        if not to_be_made:
            self.update()
        self._points.draw_marks(painter, frame, exposed)

    def _made(self, point: int, ratio: float) -> QPixmap:
        image, colour = self._look(point)
        picture = to_qimage(image)
        scale = crisp_scale(picture.width(), picture.height(), SIDE, SIDE, ratio)
        width, height = picture.width() * scale + 2 * BORDER, picture.height() * scale + 2 * BORDER
        made = QPixmap(math.ceil(width * ratio), math.ceil(height * ratio))
        made.setDevicePixelRatio(ratio)
        made.fill(QColor(*colour))
        painter = QPainter(made)
        draw(painter, picture, BORDER, BORDER, scale)
        painter.end()
        return made
