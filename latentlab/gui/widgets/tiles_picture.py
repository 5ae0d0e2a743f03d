"""A layer of the plane kept in the screen's own pixels: moved under a pan, drawn anew only where it changed."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QPoint, QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap, QRegion

from latentlab.gui.widgets.plane_frame import Frame

Draw = Callable[[QPainter, Frame, bool], None]
"""Draws all of the layer in a frame, smoothly or as fast as can be."""

# Under a zoom all of it is drawn at each step. What takes longer than this leaves too little of a frame to the rest.
_LONGEST_SMOOTH = 0.0025


class TilesPicture:
    """Saves enlarging the mosaic for every step of a pan and every small thing that moves over it.

    A zoom begins with a smooth picture; where that took long, the next are drawn without smoothing until it rests.

    Attributes:
        zooming: what was painted last was drawn for a zoom, and is to be painted again once that has `rested`.
    """

    def __init__(self) -> None:
        self.zooming = self._hurries = False
        self._pixmap = QPixmap()
        self._held: tuple[Frame, float] | None = None  # what the pixmap shows
        self._last: tuple[Frame, float] | None = None  # what was painted last, from the pixmap or not
        self._changed = QRegion()

    def forget(self) -> None:
        """All of it has changed."""
        self._held = None

    def change(self, rect: QRectF) -> None:
        """What lies in ``rect``, in pixels of the plane, has changed."""
        if self._held is not None:
            ratio = self._held[1]
            corner, size = rect.topLeft() * ratio, rect.size() * ratio
            self._changed += QRectF(corner, size).toAlignedRect().adjusted(-1, -1, 1, 1)

    def rested(self) -> None:
        """The zoom is over: the next picture is smooth."""
        self._hurries = False

    def paint(self, painter: QPainter, frame: Frame, ratio: float, draw: Draw) -> None:
        """Paints the layer at ``ratio`` device pixels to a pixel; ``draw`` draws all of it."""
        last, self._last = self._last, (frame, ratio)
        self.zooming = False
        if self._held is None or _move(self._held, (frame, ratio)) is None:
            self._held = None
            if last is None or _move(last, (frame, ratio)) is None:
                self.zooming = last is not None and last[1] == ratio  # rather than being painted into a file
                self._draw_zoomed(painter, frame, draw, smooth=not (self.zooming and self._hurries))
                return
            self._begin(frame, ratio)
        elif self._held != (frame, ratio):
            self._scroll(frame, ratio)
        self._renew(frame, ratio, draw)
        painter.drawPixmap(0, 0, self._pixmap)

    def _draw_zoomed(self, painter: QPainter, frame: Frame, draw: Draw, smooth: bool) -> None:
        began = time.perf_counter()
        draw(painter, frame, smooth)
        self._hurries = self.zooming and (not smooth or time.perf_counter() - began > _LONGEST_SMOOTH)

    def _begin(self, frame: Frame, ratio: float) -> None:
        size = QSize(round(frame.width * ratio), round(frame.height * ratio))
        if self._pixmap.size() != size:
            self._pixmap = QPixmap(size)
        self._held = frame, ratio
        self._changed = QRegion(self._pixmap.rect())

    def _scroll(self, frame: Frame, ratio: float) -> None:
        assert self._held is not None
        move = _move(self._held, (frame, ratio))
        assert move is not None
        self._held = frame, ratio
        self._changed.translate(move)
        whole = self._pixmap.rect()
        self._pixmap.scroll(move.x(), move.y(), whole)
        self._changed += QRegion(whole) - QRegion(whole.translated(move))

    def _renew(self, frame: Frame, ratio: float, draw: Draw) -> None:
        changed, self._changed = self._changed & QRegion(self._pixmap.rect()), QRegion()
        if changed.isEmpty():
            return
        self._pixmap.setDevicePixelRatio(1.0)
        painter = QPainter(self._pixmap)
        painter.setClipRegion(changed if changed.rectCount() < 16 else QRegion(changed.boundingRect()))
        painter.scale(ratio, ratio)
        draw(painter, frame, True)
        painter.end()
        self._pixmap.setDevicePixelRatio(ratio)


def _move(old: tuple[Frame, float], new: tuple[Frame, float]) -> QPoint | None:
    """By how many device pixels the plane moved; None where it did something else."""
    return new[0].move_from(old[0], new[1]) if old[1] == new[1] else None
