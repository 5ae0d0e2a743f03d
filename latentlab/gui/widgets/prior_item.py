"""The prior's contours over the density of the encoded data, with the holes that it leaves shaded."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from latentlab.core.aggregate import Aggregate, PlanePrior
from latentlab.gui.colours import Colours, rgb
from latentlab.gui.theme import small
from latentlab.gui.widgets.halo_text import draw_halo_text
from latentlab.gui.widgets.many_shapes import draw_lines
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem

SIGMAS = (1, 2, 3)
"""The prior's contours, in standard deviations from its middle."""

DENSEST, HOLE = 0.40, 0.16
"""Opacity of the shade where the data are densest, and of a hole's."""

# The density is shown by its root, so that thin places are seen beside dense ones.
_ROOT = 0.4
_LABELLED_FROM = 40.0


class PriorShade(PlaneItem):
    """Beneath the points: a grey shade for the encoded data, an amber one for holes."""

    def __init__(self) -> None:
        super().__init__()
        self._map: Aggregate | None = None
        self._image = QImage()
        self.setZValue(-10)
        self.hide()

    def set_map(self, aggregate: Aggregate | None) -> None:
        """Shows another map, or none."""
        self._map = aggregate
        self._paint_image()
        self.setVisible(aggregate is not None)
        self.update()

    def set_colours(self, colours: Colours) -> None:
        super().set_colours(colours)
        self._paint_image()

    def _paint_image(self) -> None:
        if self._map is None:
            self._image = QImage()
            return
        shade = _shaded(self._map, self.colours)
        height, width = shade.shape
        picture = QImage(shade.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
        self._image = picture.copy()  # QImage only borrows the array

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        if self._map is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(frame.rect_to_pixels(self._map.rect), self._image)
        painter.restore()


class PriorLines(PlaneItem):
    """Above the points: thin lines for the prior and around the holes."""

    def __init__(self) -> None:
        super().__init__()
        self._map: Aggregate | None = None
        self.setZValue(8)
        self.hide()

    def set_map(self, aggregate: Aggregate | None) -> None:
        """Shows another map, or none."""
        self._map = aggregate
        self.setVisible(aggregate is not None)
        self.update()

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        if self._map is None:
            return
        ends = frame.points_to_pixels(self._map.outline.reshape(-1, 2)).reshape(-1, 4)
        painter.setPen(QPen(_faded(self.colours.warning, 0.8), 1.25))
        draw_lines(painter, ends)
        self._draw_prior(painter, frame, self._map.prior)

    def _draw_prior(self, painter: QPainter, frame: Frame, prior: PlanePrior) -> None:
        centre = frame.to_pixels(*map(float, prior.middle))
        font = small(self.scene().views()[0].font())
        ink, ground = QColor(self.colours.muted), QColor(self.colours.plot)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for sigma in SIGMAS:
            radius = sigma / frame.unit
            painter.setPen(QPen(ink, 1.0))
            if prior.flat:
                for x in (centre.x() - radius, centre.x() + radius):
                    painter.drawLine(QLineF(x, 0, x, frame.height))
                place = QPointF(centre.x() + radius, 0.9 * frame.height)
            else:
                painter.drawEllipse(centre, radius, radius)
                place = centre + QPointF(0, radius)
            if 1 / frame.unit >= _LABELLED_FROM:
                draw_halo_text(painter, place, f"{sigma} σ", font, ink, ground)


def _shaded(aggregate: Aggregate, colours: Colours) -> NDArray[np.uint32]:
    """0xAARRGGBB, premultiplied, highest row first."""
    density = aggregate.density / max(float(aggregate.density.max()), 1e-30)
    grey, amber = rgb(colours.muted), rgb(colours.warning)
    data = DENSEST * density**_ROOT
    hole = HOLE * aggregate.hole
    alpha = data + hole * (1 - data)
    layers = [data * g * (1 - hole) + hole * a for g, a in zip(grey, amber, strict=True)]
    channels = [np.rint(layer).astype(np.uint32) for layer in (255 * alpha, *layers)]
    # Rounding must not leave a colour brighter than its opacity allows.
    a, r, g, b = (np.minimum(channel, channels[0]) for channel in channels)
    return np.ascontiguousarray((a << 24 | r << 16 | g << 8 | b)[::-1])


def _faded(colour: str, opacity: float) -> QColor:
    faded = QColor(colour)
    faded.setAlphaF(opacity)
    return faded
