"""A layer of the plane kept in the screen's own pixels: moved under a pan, drawn anew only where it changed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPixmap

from latentlab.core.exploration import Rect
from latentlab.gui.widgets.plane_frame import Frame

Draw = Callable[[QPainter, Frame, bool], None]
"""Draws all of the layer in a frame, smoothly or as fast as can be."""
Box = tuple[int, int, int, int]
"""Pixels of a picture: left, top, right, bottom, the last two just beyond. Plain numbers, as inks.py says why."""

# Under a zoom all of it is drawn at each step. What takes longer than this leaves too little of a frame to the rest.
_LONGEST_SMOOTH = 0.0025

# The picture reaches so far beyond the view on each side, in device pixels: within that a pan moves the view over it,
# which costs nothing, rather than all of its pixels.
_MARGIN = 128

# More of them are drawn as one piece.
_MOST_PIECES = 16


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
        self._view: Box = (0, 0, 0, 0)  # the part of the pixmap that is in view
        self._changed: list[Box] = []
        self._is_new = False
        self._source, self._target = QRectF(), QRectF()

    def forget(self) -> None:
        """All of it has changed."""
        self._held = None

    def renew(self) -> None:
        """All that is in view has changed at once, as with every snapshot.

        It is drawn without the pixmap: it may be as new again before anything moves over it.
        """
        self._is_new = True

    def change(self, rect: Rect) -> None:
        """What lies in ``rect``, in data units, has changed."""
        if self._held is not None:
            # Where it lies in what is held: the hand may have moved the view on since that was painted.
            frame, ratio = self._held
            left, top, right, bottom = (edge * ratio for edge in frame.edges(rect))
            reach = self._reach()
            box = (
                math.floor(left) - reach,
                math.floor(top) - reach,
                math.ceil(right) + reach,
                math.ceil(bottom) + reach,
            )
            self._changed.append(_shifted(box, self._view[0], self._view[1]))

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
        if self._is_new or self._held is None or _move(self._held, (frame, ratio)) is None:
            self._held = None
            if self._is_new or last is None or _move(last, (frame, ratio)) is None:
                self._is_new = False
                draw(painter, frame, True)
                return
            self._begin(frame, ratio)
        elif self._held != (frame, ratio):
            self._pan(frame, ratio)
        self._renew(frame, ratio, draw)
        left, top, right, bottom = self._view
        self._source.setRect(left, top, right - left, bottom - top)
        self._target.setRect(0, 0, (right - left) / ratio, (bottom - top) / ratio)
        painter.drawPixmap(self._target, self._pixmap, self._source)

    def _draw_zoomed(self, painter: QPainter, frame: Frame, draw: Draw) -> None:
        began = time.perf_counter()
        draw(painter, frame, not self._hurries)
        self._hurries = self._hurries or time.perf_counter() - began > _LONGEST_SMOOTH
        self._held = None

    def _begin(self, frame: Frame, ratio: float) -> None:
        # Whatever Qt makes of half a pixel at the edge, it is covered.
        width, height = math.ceil(frame.width * ratio), math.ceil(frame.height * ratio)
        if (self._pixmap.width(), self._pixmap.height()) != (width + 2 * _MARGIN, height + 2 * _MARGIN):
            self._pixmap = QPixmap(width + 2 * _MARGIN, height + 2 * _MARGIN)
        self._held = frame, ratio
        self._view = _MARGIN, _MARGIN, _MARGIN + width, _MARGIN + height
        self._changed = [self._view]

    def _pan(self, frame: Frame, ratio: float) -> None:
        assert self._held is not None
        move = _move(self._held, (frame, ratio))
        assert move is not None
        self._held = frame, ratio
        known, view = self._view, _shifted(self._view, -move[0], -move[1])
        left, top, right, bottom = view
        width, height = self._pixmap.width(), self._pixmap.height()
        if left < 0 or top < 0 or right > width or bottom > height:
            back = _MARGIN - left, _MARGIN - top
            self._pixmap.scroll(*back, 0, 0, width, height)
            self._changed = [_shifted(box, *back) for box in self._changed]
            known, view = _shifted(known, *back), _shifted(view, *back)
        # What leaves the view is forgotten: nobody tells of a change there.
        self._view, reach = view, self._reach()
        # Smoothed pixels at the edge of what was known lacked their neighbours beyond it.
        left, top, right, bottom = known
        left, top = left + reach * (left > view[0]), top + reach * (top > view[1])
        right, bottom = right - reach * (right < view[2]), bottom - reach * (bottom < view[3])
        self._changed += [
            (view[0], view[1], view[2], top),
            (view[0], bottom, view[2], view[3]),
            (view[0], top, left, bottom),
            (right, top, view[2], bottom),
        ]

    def _renew(self, frame: Frame, ratio: float, draw: Draw) -> None:
        changed = [box for each in self._changed if (box := _common(each, self._view))]
        self._changed = []
        if not changed:
            return
        if len(changed) > _MOST_PIECES:
            lefts, tops, rights, bottoms = zip(*changed, strict=True)
            changed = [(min(lefts), min(tops), max(rights), max(bottoms))]
        painter = QPainter(self._pixmap)
        for left, top, right, bottom in changed:
            painter.resetTransform()
            painter.setClipRect(left, top, right - left, bottom - top)
            painter.translate(self._view[0], self._view[1])
            painter.scale(ratio, ratio)
            draw(painter, frame, True)
        painter.end()


def _shifted(box: Box, dx: int, dy: int) -> Box:
    return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy


def _common(one: Box, other: Box) -> Box | None:
    """What lies in both, if anything."""
    left, top, right, bottom = (
        max(one[0], other[0]),
        max(one[1], other[1]),
        min(one[2], other[2]),
        min(one[3], other[3]),
    )
    return (left, top, right, bottom) if left < right and top < bottom else None


def _move(old: tuple[Frame, float], new: tuple[Frame, float]) -> tuple[int, int] | None:
    """By how many device pixels the plane moved; None where it did something else."""
    return new[0].move_from(old[0], new[1]) if old[1] == new[1] else None
