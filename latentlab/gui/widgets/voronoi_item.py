"""A codebook on the plane: each code a diamond, and the borders of the cells within which it is the nearest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from latentlab.core.voronoi import Cells, clipped, voronoi_cells
from latentlab.gui.colours import mix
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem

_DIAMOND = 4.5
_DIAMOND_SHAPE = QPolygonF([QPointF(0, -_DIAMOND), QPointF(_DIAMOND, 0), QPointF(0, _DIAMOND), QPointF(-_DIAMOND, 0)])


class VoronoiItem(PlaneItem):
    """Codes and the borders between their cells; a code that no image uses is hollow."""

    def __init__(self) -> None:
        super().__init__()
        self._codes = np.empty((0, 2))
        self._used = np.empty(0, np.bool_)
        self._cells: Cells | None = None  # found when first drawn
        self._highlighted: int | None = None
        self.setZValue(10)

    def set_codes(self, codes: NDArray[np.floating], usage: NDArray[np.integer] | NDArray[np.floating]) -> None:
        """Shows the codes (K, 2), in data units; ``usage`` (K,) counts the images that each stands for.

        Raises:
            ValueError: the sizes do not match.
        """
        if codes.shape != (len(usage), 2):
            raise ValueError(f"codes must be (K, 2) for K figures of usage; got {codes.shape} for {len(usage)}")
        self._codes, self._used = codes.astype(np.float64), np.asarray(usage) > 0
        self._cells = None
        self._highlighted = None
        self.update()

    def highlight(self, index: int | None) -> None:
        """Outlines the cell of one code, or of none."""
        self._highlighted = index
        self.update()

    def draw(self, painter: QPainter, frame: Frame) -> None:
        if self._cells is None:
            self._cells = voronoi_cells(self._codes)
        cells = self._cells
        border = QColor(mix(self.colours.plot, self.colours.muted, 0.6))  # a translucent one takes twice as long
        self._draw_lines(painter, frame, cells.borders, QPen(border, 1))
        pixels = frame.points_to_pixels(self._codes)
        ground, ink, ring = (QColor(name) for name in (self.colours.plot, self.colours.text, self.colours.ring))
        self._draw_codes(painter, frame, pixels[~self._used], ground, ink)
        self._draw_codes(painter, frame, pixels[self._used], ink, ground)
        if self._highlighted is not None:
            sides = cells.borders[cells.sides_of(self._highlighted)]
            self._draw_lines(painter, frame, sides, QPen(ring, 2.5))
            self._draw_codes(painter, frame, pixels[[self._highlighted]], ring, ground)

    def _draw_lines(self, painter: QPainter, frame: Frame, borders: NDArray[np.float64], pen: QPen) -> None:
        pieces = frame.points_to_pixels(clipped(borders, frame.rect).reshape(-1, 2)).reshape(-1, 4)
        painter.setPen(pen)
        painter.drawLines([QLineF(*piece) for piece in pieces.tolist()])

    def _draw_codes(
        self, painter: QPainter, frame: Frame, pixels: NDArray[np.float64], fill: QColor, line: QColor
    ) -> None:
        in_view = ((pixels > -_DIAMOND) & (pixels < (frame.width + _DIAMOND, frame.height + _DIAMOND))).all(axis=1)
        painter.setPen(QPen(line, 1.25))  # once for all: setting it costs more than a diamond
        painter.setBrush(fill)
        for x, y in pixels[in_view].tolist():
            painter.drawPolygon(_DIAMOND_SHAPE.translated(x, y))
