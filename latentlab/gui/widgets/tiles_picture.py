"""A layer of the plane kept in the screen's own pixels: moved under a pan, drawn anew only where it changed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QPainter, QPixmap, QRegion

from latentlab.core.exploration import Rect
from latentlab.gui.widgets.plane_frame import Frame

Draw = Callable[[QPainter, Frame, bool], None]
"""Draws all of the layer in a frame, smoothly or as fast as can be."""

# Under a zoom all of it is drawn at each step. What takes longer than this leaves too little of a frame to the rest.
_LONGEST_SMOOTH = 0.0025

# The picture reaches so far beyond the view on each side, in device pixels: within that a pan moves the view over it,
# which costs nothing, rather than all of its pixels.
_MARGIN = 128


class TilesPicture:
    """Saves enlarging the mosaic for every step of a pan and every small thing that moves over it.

    A zoom begins with a smooth picture; where that took long, the next are drawn without smoothing until it has
    `rested`.

    Attributes:
        zooming: what was painted last was another step of a zoom: once that rests, all is to be painted again.
        texel: the larger side of a pixel of the images, in data units.
    """

    def __init__(self) -> None:
        self.zooming = self._hurries = False
        self.texel = 0.0
        self._pixmap = QPixmap()
        self._held: tuple[Frame, float] | None = None  # what the pixmap shows
        self._last: tuple[Frame, float] | None = None  # what was painted last, from the pixmap or not
        self._corner = QPoint()  # the view's, in the pixmap
        self._changed = QRegion()

    def forget(self) -> None:
        """All of it has changed."""
        self._held = None

    def change(self, rect: Rect) -> None:
        """What lies in ``rect``, in data units, has changed."""
        if self._held is not None:
            # Where it lies in what is held: the hand may have moved the view on since that was painted.
            frame, ratio = self._held
            pixels = frame.rect_to_pixels(rect)
            corner, size = pixels.topLeft() * ratio, pixels.size() * ratio
            reach = self._reach()
            changed = QRectF(corner + self._corner, size).toAlignedRect()
            self._changed += changed.adjusted(-reach, -reach, reach, reach)

    def _reach(self) -> int:
        """How many pixels of the pixmap smoothing reaches beyond an image's edge."""
        return 0 if self._held is None else math.ceil(self.texel / self._held[0].unit * self._held[1] / 2) + 1

    def rested(self) -> None:
        """The zoom is over: the next picture is smooth."""
        self._hurries = False

    def paint(self, painter: QPainter, frame: Frame, ratio: float, draw: Draw) -> None:
        """Paints the layer at ``ratio`` device pixels to a pixel; ``draw`` draws all of it."""
        last, self._last = self._last, (frame, ratio)
        # What is painted at another ratio goes into a file.
        self.zooming = last is not None and last[1] == ratio and last[0].unit != frame.unit
        if self.zooming or (self._hurries and last is not None and last[1] == ratio):
            self._draw_zoomed(painter, frame, draw)
            return
        if self._held is None or _move(self._held, (frame, ratio)) is None:
            self._held = None
            if last is None or _move(last, (frame, ratio)) is None:
                draw(painter, frame, True)
                return
            self._begin(frame, ratio)
        elif self._held != (frame, ratio):
            self._pan(frame, ratio)
        self._renew(frame, ratio, draw)
        view = self._view()
        painter.drawPixmap(QRectF(0, 0, view.width() / ratio, view.height() / ratio), self._pixmap, QRectF(view))

    def _draw_zoomed(self, painter: QPainter, frame: Frame, draw: Draw) -> None:
        began = time.perf_counter()
        draw(painter, frame, not self._hurries)
        self._hurries = self._hurries or time.perf_counter() - began > _LONGEST_SMOOTH
        self._held = None

    def _begin(self, frame: Frame, ratio: float) -> None:
        margins = QSize(2 * _MARGIN, 2 * _MARGIN)
        # Whatever Qt makes of half a pixel at the edge, it is covered.
        size = QSize(math.ceil(frame.width * ratio), math.ceil(frame.height * ratio)) + margins
        if self._pixmap.size() != size:
            self._pixmap = QPixmap(size)
        self._held = frame, ratio
        self._corner = QPoint(_MARGIN, _MARGIN)
        self._changed = QRegion(self._view())

    def _view(self) -> QRect:
        """The part of the pixmap that is in view."""
        return QRect(self._corner, self._pixmap.size() - QSize(2 * _MARGIN, 2 * _MARGIN))

    def _pan(self, frame: Frame, ratio: float) -> None:
        assert self._held is not None
        move = _move(self._held, (frame, ratio))
        assert move is not None
        self._held = frame, ratio
        known = self._view()
        self._corner -= move
        if not self._pixmap.rect().contains(self._view()):
            back = QPoint(_MARGIN, _MARGIN) - self._corner
            self._pixmap.scroll(back.x(), back.y(), self._pixmap.rect())
            self._changed.translate(back)
            known.translate(back)
            self._corner += back
        # What leaves the view is forgotten: nobody tells of a change there.
        view, reach = self._view(), self._reach()
        # Smoothed pixels at the edge of what was known lacked their neighbours beyond it.
        known.adjust(
            reach * (known.left() > view.left()),
            reach * (known.top() > view.top()),
            -reach * (known.right() < view.right()),
            -reach * (known.bottom() < view.bottom()),
        )
        self._changed += QRegion(view) - QRegion(known)

    def _renew(self, frame: Frame, ratio: float, draw: Draw) -> None:
        changed, self._changed = self._changed & QRegion(self._view()), QRegion()
        if changed.isEmpty():
            return
        painter = QPainter(self._pixmap)
        painter.setClipRegion(changed if changed.rectCount() < 16 else QRegion(changed.boundingRect()))
        painter.translate(self._corner)
        painter.scale(ratio, ratio)
        draw(painter, frame, True)
        painter.end()


def _move(old: tuple[Frame, float], new: tuple[Frame, float]) -> QPoint | None:
    """By how many device pixels the plane moved; None where it did something else."""
    return new[0].move_from(old[0], new[1]) if old[1] == new[1] else None
