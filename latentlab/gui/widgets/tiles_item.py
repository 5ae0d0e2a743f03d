"""The manifold as a street map: decoded images laid on the plane's lattice, asked for as they come into view."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QPainter

from latentlab.core import lattice
from latentlab.core.exploration import Rect
from latentlab.core.lattice import CellKey
from latentlab.gui.colours import Colours, rgb
from latentlab.gui.widgets.inks import ink
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_item import PlaneItem, device_ratio
from latentlab.gui.widgets.tile_mosaic import Span, TileMosaic
from latentlab.gui.widgets.tile_store import TileStore
from latentlab.gui.widgets.tiles_picture import TilesPicture

# So many new cells at once are drawn as one piece: telling them apart takes longer than drawing what lies between.
_MANY_CELLS = 48
_ZOOM_RESTS_MS = 150


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

    cells_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.generation = -1
        self.level: int | None = None
        self._store = TileStore()
        self._mosaic = TileMosaic(self._store)
        self._picture = TilesPicture()
        self._asked: tuple[int, int, Span] | None = None
        self._in_view: tuple[tuple[Rect, int], list[CellKey]] | None = None  # the cells of a view, centre first
        self._ask_soon = QTimer(self, singleShot=True, interval=0)
        self._ask_soon.timeout.connect(self._ask)
        self._zoom_rests = QTimer(self, singleShot=True, interval=_ZOOM_RESTS_MS)
        self._zoom_rests.timeout.connect(self._smooth)

    def settle(self) -> None:
        self._picture.rested()

    def set_frame(self, frame: Frame) -> None:
        super().set_frame(frame)
        self.level = lattice.level_for(frame.unit, self.level)
        self._ask_soon.start()

    def invalidate(self, generation: int) -> None:
        """Makes ``generation`` the newest: what older ones decoded is stale and is asked for anew, or once more."""
        self.generation = generation
        self._asked = None
        self._ask_soon.start()

    def clear(self) -> None:
        """Forgets all cells, as for another model: nothing stands in for the new ones."""
        self._store.clear()
        self._mosaic.forget()
        self._picture.forget()
        self._asked = None
        self._ask_soon.start()
        self.update()

    def set_colours(self, colours: Colours) -> None:
        self._picture.forget()
        super().set_colours(colours)

    def set_cells(self, generation: int, keys: Sequence[CellKey], images: NDArray[np.uint8]) -> None:
        """Lays down decoded images (n, C, H, W) at ``keys``; those of an older generation than lie there are dropped.

        Raises:
            ValueError: there are not as many images as keys, or they are neither grey nor colour.
        """
        self._store.put(generation, keys, images)
        shown = self._mosaic.lay(keys)
        if shown is None or self.frame is None:
            self._picture.forget()
            self.update()
            return
        # Smoothing mixes what is nearer to a cell than half of one of its pixels with it.
        self._picture.texel = lattice.cell_side(self._mosaic.level) / min(images.shape[-2:])
        if len(shown) == self._mosaic.count:
            self._picture.renew()
            self.update()
            return
        if len(shown) > _MANY_CELLS:
            covered = [lattice.covering_rect(shown)]
        else:
            covered = [lattice.cell_rect(key) for key in shown]
        spill = self._picture.texel / self.frame.unit / 2 + 1
        for rect in covered:
            self._picture.change(rect)
            left, top, right, bottom = self.frame.edges(rect)
            self.update(left - spill, top - spill, right - left + 2 * spill, bottom - top + 2 * spill)

    def wanted(self, rect: Rect | None = None) -> list[CellKey]:
        """The cells in ``rect`` (the view) that are not fresh, centre first."""
        if self.frame is None or self.level is None or self.generation < 0:
            return []
        rect = self.frame.rect if rect is None else rect
        # The same view asks at every snapshot.
        if self._in_view is None or self._in_view[0] != (rect, self.level):
            self._in_view = (rect, self.level), lattice.cells_in(rect, self.level)
        return self._store.stale(self._in_view[1], self.generation)

    def count_in_view(self) -> int:
        """How many cells the view holds."""
        if self.frame is None or self.level is None:
            return 0
        column0, row0, column1, row1 = lattice.cell_span(self.frame.rect, self.level)
        return (column1 - column0) * (row1 - row0)

    def is_decoded(self, key: CellKey) -> bool:
        """Whether the cell has an image of its own, fresh or stale, so that nothing stands in for it."""
        return self._store.generation(key) is not None

    def cell_at(self, x: float, y: float) -> CellKey | None:
        """The cell in use at ``(x, y)``, or None before the item is on a plane."""
        return None if self.level is None else lattice.cell_at(x, y, self.level)

    def draw(self, painter: QPainter, frame: Frame, exposed: QRectF) -> None:
        assert self.level is not None
        span = lattice.cell_span(frame.rect, self.level)
        if self._mosaic.show(self.level, span, _ground(self.colours)):
            self._picture.forget()
        if self._mosaic.pixels is not None:
            self._picture.paint(painter, frame, device_ratio(painter), self._draw_mosaic)
            if self._picture.zooming:
                self._zoom_rests.start()
        else:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.fillRect(exposed, ink(self.colours.plot))

    def _draw_mosaic(self, painter: QPainter, frame: Frame, smooth: bool) -> None:
        pixels = self._mosaic.pixels
        assert pixels is not None
        height, width = pixels.shape
        picture = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
        side = lattice.cell_side(self._mosaic.level)
        column0, row0, column1, row1 = (edge * side for edge in self._mosaic.span)
        # One picture, scaled once, costs a third of one picture a cell, and leaves no seams.
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(frame.rect_to_pixels((column0, row0, column1, row1)), picture)

    @Slot()
    def _smooth(self) -> None:
        self._picture.rested()
        self.update()

    @Slot()
    def _ask(self) -> None:
        if self.frame is None or self.level is None:
            return
        asked = self.generation, self.level, lattice.cell_span(self.frame.rect, self.level)
        if asked != self._asked:
            self._asked = asked
            wanted = self.wanted()
            if wanted:
                self.cells_wanted.emit(wanted)


def _ground(colours: Colours) -> int:
    red, green, blue = rgb(colours.plot)
    return 0xFF000000 | red << 16 | green << 8 | blue
