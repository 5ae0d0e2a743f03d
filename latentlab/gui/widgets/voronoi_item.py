"""A codebook on the plane: each code a diamond, and the borders of the cells within which it is the nearest."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPen

from latentlab.core.voronoi import Cells, clipped, voronoi_cells
from latentlab.gui.colours import mix
from latentlab.gui.widgets.many_shapes import draw_lines, draw_points
from latentlab.gui.widgets.newest_wins import NewestWins
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem

_DIAMOND = 4.0  # from its middle to a corner, in pixels, and what its outline adds
_LINE = 1.25


@dataclass(frozen=True, eq=False)
class _Codebook:
    """Codes (K, 2), which of them are used (K,), and their cells, None until they are found."""

    codes: NDArray[np.float64]
    used: NDArray[np.bool_]
    cells: Cells | None = None

    def with_cells(self) -> _Codebook:
        return replace(self, cells=voronoi_cells(self.codes))


class VoronoiItem(PlaneItem):
    """Codes and the borders between their cells; a code that no image uses is hollow.

    The cells are found beside the GUI thread; until then the codes before them stay to be seen.
    """

    def __init__(self) -> None:
        super().__init__()
        self._newest = self._shown = _Codebook(np.empty((0, 2)), np.empty(0, np.bool_))
        self._highlighted: int | None = None
        self._worker = NewestWins()
        self._worker.finished.connect(self._take)
        self.setZValue(10)

    def set_codes(self, codes: NDArray[np.floating], usage: NDArray[np.integer] | NDArray[np.floating]) -> None:
        """Shows the codes (K, 2), in data units; ``usage`` (K,) counts the images that each stands for.

        Raises:
            ValueError: the sizes do not match.
        """
        if codes.shape != (len(usage), 2):
            raise ValueError(f"codes must be (K, 2) for K figures of usage; got {codes.shape} for {len(usage)}")
        self._newest = _Codebook(codes.astype(np.float64), np.asarray(usage) > 0)
        if len(codes) != len(self._shown.codes):
            self._shown, self._highlighted = self._newest, None
            self.update()
        self._worker.request(self._newest.with_cells)

    def highlight(self, index: int | None) -> None:
        """Outlines the cell of one code, or of none."""
        self._highlighted = index
        self.update()

    def settle(self) -> None:
        if self._shown.codes is not self._newest.codes or self._shown.cells is None:
            self._take(self._newest.with_cells())

    @property
    def stands_still(self) -> bool:
        return True

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        codes, used, cells = self._shown.codes, self._shown.used, self._shown.cells
        pixels = frame.points_to_pixels(codes)
        ground, ink, ring = (QColor(name) for name in (self.colours.plot, self.colours.text, self.colours.ring))
        if cells is not None:
            # Opaque and one device pixel wide: a translucent or a wider line takes two or three times as long.
            border = QColor(mix(self.colours.plot, self.colours.text, 0.7))
            self._draw_lines(painter, frame, cells.borders, QPen(border, 0))
        self._draw_codes(painter, frame, pixels[~used], ground, ink)
        self._draw_codes(painter, frame, pixels[used], ink, ground)
        if self._highlighted is not None:
            if cells is not None:
                self._draw_lines(painter, frame, cells.borders[cells.sides_of(self._highlighted)], QPen(ring, 2.5))
            self._draw_codes(painter, frame, pixels[[self._highlighted]], ring, ground)

    @Slot(object)
    def _take(self, codebook: _Codebook) -> None:
        if len(codebook.codes) == len(self._newest.codes):
            self._shown = codebook
            self.update()

    def _draw_lines(self, painter: QPainter, frame: Frame, borders: NDArray[np.float64], pen: QPen) -> None:
        ends = frame.points_to_pixels(clipped(borders, frame.rect).reshape(-1, 2))
        painter.setPen(pen)
        draw_lines(painter, ends.reshape(-1, 4))

    def _draw_codes(
        self, painter: QPainter, frame: Frame, pixels: NDArray[np.float64], fill: QColor, line: QColor
    ) -> None:
        in_view = ((pixels > -_DIAMOND) & (pixels < (frame.width + _DIAMOND, frame.height + _DIAMOND))).all(axis=1)
        # Seen on a sheet turned by 45°, diamonds are the square dots of a thick pen.
        x, y = pixels[in_view].T
        turned = np.stack([x + y, y - x], axis=1) * math.sqrt(0.5)
        painter.save()
        painter.rotate(45)
        for colour, width in ((line, _DIAMOND * math.sqrt(2) + 2 * _LINE), (fill, _DIAMOND * math.sqrt(2))):
            painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.SquareCap))
            draw_points(painter, turned)
        painter.restore()
