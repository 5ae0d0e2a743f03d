"""The manifold as a street map: decoded images laid on the plane's lattice, asked for as they come into view."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPainter

from latentlab.core import lattice
from latentlab.core.exploration import Rect
from latentlab.core.lattice import CellKey
from latentlab.gui.colours import Colours, rgb
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem
from latentlab.gui.widgets.tile_store import TileStore


class TilesItem(PlaneItem):
    """The plane covered with the images that its points decode to.

    Every new generation (a snapshot of the model, or another plane) makes all cells stale; stale cells stay to be
    seen until fresh ones replace them, and a coarser or finer cell stands in for one that was never decoded.

    Attributes:
        generation: the newest one; negative before the first.
        level: the lattice's level in use.

    Signals:
        cells_wanted: the `CellKey`s in view that are not fresh, centre first, where there are any; at most once a turn
            of the event loop, after the view or the generation changed. A new list replaces the one before.
    """

    cells_wanted = Signal(list)

    def __init__(self) -> None:
        super().__init__()
        self.generation = -1
        self.level: int | None = None
        self._store = TileStore()
        self._asked: tuple[int, list[CellKey]] = (-1, [])
        # What the mosaic was made from, its pixels, and the picture that borrows them.
        self._mosaic: tuple[object, NDArray[np.uint32], QImage] | None = None
        self._ask_soon = QTimer(self, singleShot=True, interval=0)
        self._ask_soon.timeout.connect(self._ask)

    def set_frame(self, frame: Frame) -> None:
        super().set_frame(frame)
        self.level = lattice.level_for(frame.unit, self.level)
        self._ask_soon.start()

    def invalidate(self, generation: int) -> None:
        """Makes ``generation`` the newest: what older ones decoded is stale and is asked for anew."""
        self.generation = generation
        self._ask_soon.start()

    def clear(self) -> None:
        """Forgets all cells, as for another model: nothing stands in for the new ones."""
        self._store.clear()
        self._asked = (-1, [])
        self._ask_soon.start()
        self.update()

    def set_cells(self, generation: int, keys: Sequence[CellKey], images: NDArray[np.uint8]) -> None:
        """Lays down decoded images (n, C, H, W) at ``keys``; those of an older generation than lie there are dropped.

        Raises:
            ValueError: there are not as many images as keys, or they are neither grey nor colour.
        """
        self._store.put(generation, keys, images)
        self.update()

    def wanted(self, rect: Rect | None = None) -> list[CellKey]:
        """The cells in ``rect`` (the view) that are not fresh, centre first."""
        if self.frame is None or self.level is None or self.generation < 0:
            return []
        cells = lattice.cells_in(self.frame.rect if rect is None else rect, self.level)
        return [key for key in cells if not self._is_fresh(key)]

    def cell_at(self, x: float, y: float) -> CellKey | None:
        """The cell in use at ``(x, y)``, or None before the item is on a plane."""
        return None if self.level is None else lattice.cell_at(x, y, self.level)

    def draw(self, painter: QPainter, frame: Frame) -> None:
        assert self.level is not None
        span = lattice.cell_span(frame.rect, self.level)
        source = (self._store.version, self.level, span, self.colours)
        if self._mosaic is None or self._mosaic[0] != source:
            pixels = self._store.compose(self.level, span, _ground(self.colours))
            if pixels is None:
                self._mosaic = None
                return
            height, width = pixels.shape
            picture = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
            self._mosaic = source, pixels, picture
        side = lattice.cell_side(self.level)
        column0, row0, column1, row1 = (edge * side for edge in span)
        # One picture, scaled once, costs a third of one picture a cell, and leaves no seams.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(frame.rect_to_pixels((column0, row0, column1, row1)), self._mosaic[2])

    def _is_fresh(self, key: CellKey) -> bool:
        generation = self._store.generation(key)
        return generation is not None and generation >= self.generation

    @Slot()
    def _ask(self) -> None:
        asked = (self.generation, self.wanted())
        if asked != self._asked:
            self._asked = asked
            if asked[1]:
                self.cells_wanted.emit(asked[1])


def _ground(colours: Colours) -> int:
    red, green, blue = rgb(colours.plot)
    return 0xFF000000 | red << 16 | green << 8 | blue
