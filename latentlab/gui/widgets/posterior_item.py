"""A posterior on the plane, as ellipses of one and two standard deviations, and latents that were drawn from it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from latentlab.core.plane import Floats
from latentlab.core.posterior import PlanePosterior
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem

SIGMAS = (1.0, 2.0)
_FILL = 0.14
_DOT = 3.5
_CROSS = 3.0
_MARGIN = 8.0
_FADED, _OLDEST = 0.72, 0.15  # each roll has so much of the opacity of the next newer one, down to the latter


class PosteriorItem(PlaneItem):
    """Above the points and below the handles.

    Attributes:
        posterior: what the ellipses are of, or None.
        rolls: n×2 positions of drawn latents, the newest last.
    """

    def __init__(self) -> None:
        super().__init__()
        self.posterior: PlanePosterior | None = None
        self.rolls: Floats = np.empty((0, 2), np.float32)
        self._rolled_from: tuple[float, float] = (0.0, 0.0)
        self.setZValue(15)

    def set_posterior(self, posterior: PlanePosterior | None) -> None:
        """Shows another one, or none."""
        before = self._ellipses_box()
        self.posterior = posterior
        self._redraw(before, self._ellipses_box())

    def set_rolls(self, mean: Floats, positions: Floats) -> None:
        """Marks latents drawn about ``mean`` (2), at n×2 positions, the newest last."""
        before = self._rolls_box()
        self._rolled_from, self.rolls = (float(mean[0]), float(mean[1])), positions
        self._redraw(before, self._rolls_box())

    def clear_rolls(self) -> None:
        """Marks none."""
        self.set_rolls(np.zeros(2, np.float32), self.rolls[:0])

    def ellipse(self, sigma: float) -> tuple[QPointF, float, float, float] | None:
        """Centre in pixels, half axes in pixels, and turn in degrees, anticlockwise, of the ellipse of ``sigma``."""
        if self.posterior is None or self.frame is None:
            return None
        variances, directions = np.linalg.eigh(self.posterior.covariance.astype(np.float64))
        small, large = (sigma * math.sqrt(max(0.0, float(variance))) / self.frame.unit for variance in variances)
        turn = math.degrees(math.atan2(directions[1, 1], directions[0, 1]))
        x, y = (float(value) for value in self.posterior.mean)
        return self.frame.to_pixels(x, y), large, small, turn

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        if self.posterior is None and not len(self.rolls):
            return
        ring = QColor(self.colours.ring)
        for sigma in SIGMAS:
            ellipse = self.ellipse(sigma)
            if ellipse is not None:
                self._draw_ellipse(painter, ellipse, ring, sigma)
        for age, (x, y) in enumerate(frame.points_to_pixels(self.rolls)[::-1]):
            opacity = max(_OLDEST, _FADED**age)
            self._draw_roll(painter, frame.to_pixels(*self._rolled_from), QPointF(x, y), opacity, newest=age == 0)

    def _draw_ellipse(
        self, painter: QPainter, ellipse: tuple[QPointF, float, float, float], ring: QColor, sigma: float
    ) -> None:
        centre, large, small, turn = ellipse
        fill = QColor(ring)
        fill.setAlphaF(_FILL / sigma)
        painter.save()
        painter.translate(centre)
        painter.rotate(-turn)
        painter.setBrush(fill)
        # A halo, so that the line is told from the points' own colours.
        for width, ink in ((3.5, QColor(self.colours.plot)), (1.5, ring)):
            painter.setPen(QPen(ink, width, Qt.PenStyle.SolidLine if sigma == 1 else Qt.PenStyle.DashLine))
            painter.drawEllipse(QPointF(), large, small)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.restore()

    def _draw_roll(self, painter: QPainter, mean: QPointF, place: QPointF, opacity: float, newest: bool) -> None:
        painter.save()
        painter.setOpacity(opacity)
        ring, ground = QColor(self.colours.ring), QColor(self.colours.plot)
        if newest:  # σ·ε, the way from the mean
            for width, ink in ((4.0, ground), (1.5, ring)):
                painter.setPen(QPen(ink, width))
                painter.drawLine(QLineF(mean, place))
            for width, ink in ((4.0, ground), (1.75, QColor(self.colours.text))):
                painter.setPen(QPen(ink, width))
                painter.drawLine(QLineF(mean - QPointF(_CROSS, 0), mean + QPointF(_CROSS, 0)))
                painter.drawLine(QLineF(mean - QPointF(0, _CROSS), mean + QPointF(0, _CROSS)))
        painter.setPen(QPen(ground, 1.5))
        painter.setBrush(ring)
        painter.drawEllipse(place, _DOT, _DOT)
        painter.restore()

    def _redraw(self, *boxes: QRectF) -> None:
        for box in boxes:
            if not box.isNull():  # which to Qt means all of the plane
                self.update(box)

    def _ellipses_box(self) -> QRectF:
        ellipse = self.ellipse(max(SIGMAS))
        if ellipse is None:
            return QRectF()
        reach = ellipse[1] + _MARGIN
        return QRectF(ellipse[0].x() - reach, ellipse[0].y() - reach, 2 * reach, 2 * reach)

    def _rolls_box(self) -> QRectF:
        if not len(self.rolls) or self.frame is None:
            return QRectF()
        places = self.frame.points_to_pixels(np.concatenate([self.rolls, [self._rolled_from]]))
        (left, top), (right, bottom) = places.min(0), places.max(0)
        return QRectF(QPointF(left, top), QPointF(right, bottom)).adjusted(-_MARGIN, -_MARGIN, _MARGIN, _MARGIN)
