"""The axes of rate and distortion: where a point of them lies in a widget, and their lines and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from latentlab.core.rate_distortion import RatePath
from latentlab.gui.colours import Colours
from latentlab.gui.widgets.curve_axis import few_ticks

Range = tuple[float, float]

_FIGURE_WIDTH, _FIGURE_HEIGHT = 64, 36  # of an axis for each of its figures
_GAP, _TOP, _RIGHT = 6, 4, 12
_RATE, _DISTORTION = "KL (rate)", "Reconstruction (distortion)"


@dataclass(frozen=True)
class RateAxes:
    """KL to the right and the reconstruction term upwards.

    Attributes:
        rate, distortion: between which values the axes lie, in nats per image.
        box: where, in pixels.
    """

    rate: Range
    distortion: Range
    box: QRectF

    @classmethod
    def within(cls, metrics: QFontMetricsF, size: QRectF, rate: Range, distortion: Range) -> RateAxes:
        """The axes that fit into ``size`` with their figures beside them, in the font of ``metrics``."""
        line = metrics.height()
        widest = max(map(metrics.horizontalAdvance, ("0000", *_texts(distortion, size.height()))))
        left, top = widest + 2 * _GAP, line + _TOP + _GAP
        return cls(rate, distortion, size.adjusted(left, top, -_RIGHT, -(2 * line + 2 * _GAP)))

    def to_pixel(self, rate: float, distortion: float) -> QPointF:
        """Where a point lies."""
        (x0, x1), (y0, y1), box = self.rate, self.distortion, self.box
        return QPointF(
            box.left() + box.width() * (rate - x0) / (x1 - x0),
            box.bottom() - box.height() * (distortion - y0) / (y1 - y0),
        )

    def to_pixels(self, rates: NDArray[np.float64], distortions: NDArray[np.float64]) -> list[QPointF]:
        """Where points lie."""
        return [self.to_pixel(*point) for point in zip(rates.tolist(), distortions.tolist(), strict=True)]

    def newest(self, path: RatePath) -> QPointF:
        """Where a path ends."""
        return self.to_pixel(float(path.rate[-1]), float(path.distortion[-1]))

    def level(self, bound: float) -> list[QPointF]:
        """The ends of the line of equal rate + distortion, from the left axis or the top to the right or the floor."""
        (x0, x1), (y0, y1) = self.rate, self.distortion
        ends = max(x0, bound - y1), min(x1, bound - y0)
        return [self.to_pixel(rate, bound - rate) for rate in ends] if ends[0] < ends[1] else []

    def draw(self, painter: QPainter, colours: Colours) -> None:
        """Faint lines of equal −ELBO, the figures of both axes, and what they are called."""
        metrics, box = painter.fontMetrics(), self.box
        line = metrics.height()
        painter.setPen(QPen(QColor(colours.grid), 1))
        sums = self.rate[0] + self.distortion[0], self.rate[1] + self.distortion[1]
        for bound, _ in few_ticks(*sums, max(3, int(box.height() / _FIGURE_HEIGHT))):
            painter.drawPolyline(self.level(bound))
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.drawPolyline([box.topLeft(), box.bottomLeft(), box.bottomRight()])
        painter.setPen(QColor(colours.muted))
        for rate, text in few_ticks(*self.rate, int(box.width() / _FIGURE_WIDTH)):
            middle = self.to_pixel(rate, self.distortion[0])
            width = metrics.horizontalAdvance(text) + 2
            under = QRectF(middle.x() - width / 2, box.bottom() + _GAP / 2, width, line)
            painter.drawText(under, Qt.AlignmentFlag.AlignCenter, text)
        for distortion, text in few_ticks(*self.distortion, int(box.height() / _FIGURE_HEIGHT)):
            middle = self.to_pixel(self.rate[0], distortion)
            beside = QRectF(0, middle.y() - line / 2, box.left() - _GAP, line)
            painter.drawText(beside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        above = QRectF(_GAP, box.top() - line - _GAP, box.right() - _GAP, line)
        painter.drawText(above, Qt.AlignmentFlag.AlignLeft, _DISTORTION)
        below = QRectF(0, box.bottom() + _GAP / 2 + line, box.right(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, _RATE)


def _texts(distortion: Range, height: float) -> Sequence[str]:
    return [text for _, text in few_ticks(*distortion, int(height / _FIGURE_HEIGHT))]
