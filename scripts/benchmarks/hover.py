"""How soon the ring is on the point under the cursor while a model trains: alone, and with all on that may be.

A clock starts before a move of the mouse is posted and stops when the scatter has painted the ring where it belongs.
Moves that come to no other point ask for nothing and do not count.
"""

from __future__ import annotations

import math
import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.hand import after, beside, when_painted
from benchmarks.mouse import Mouse, ticking
from benchmarks.rows import Row, at_most, percentile
from benchmarks.stage import Stage

if TYPE_CHECKING:
    from latentlab.gui.panels.latent_scatter import LatentScatterPanel

_FRAME_MS = 16.7
_MOVES, _HERTZ = 1000, 60


def hover_card() -> list[Row]:
    """A fully connected VAE trains; the mouse wanders over its scatter, and rests so often that cards are shown."""
    from latentlab.core.quantity import Quantity

    stage = Stage(2100, 1300)
    stage.begin_endless("vae")
    scatter = stage.window.scatter
    rows = [at_most("hover_card", "ms", percentile(_hover(stage), 0.95), _FRAME_MS)]
    stage.window.session.colour_by(Quantity.ERROR)
    scatter.thumbnails.action.setChecked(True)
    stage.run(2.0)
    rows.append(at_most("hover_card_all_on", "ms", percentile(_hover(stage), 0.95), _FRAME_MS))
    stage.close()
    return rows


class _RingWatch:
    """Notes when the ring that each move asks for is painted."""

    def __init__(self, scatter: LatentScatterPanel) -> None:
        self.sent: deque[float] = deque()
        self.waits: list[float] = []
        self._points = scatter.points
        self._ring = scatter.points.ring
        self._asked: list[float] = []
        after(scatter.view, "mouseMoveEvent", self._note_move)
        when_painted(scatter.view, self._note_paint)

    def _note_move(self) -> None:
        if not self.sent:
            return  # a move of the screen's own mouse
        sent = self.sent.popleft()
        if self._points.ring != self._ring:
            self._ring = self._points.ring
            self._asked.append(sent)

    def _note_paint(self) -> None:
        now = time.perf_counter()
        self.waits += [1000 * (now - sent) for sent in self._asked]
        self._asked.clear()


def _hover(stage: Stage) -> list[float]:
    """Milliseconds from each move that comes to another point until the ring is painted."""
    scatter = stage.window.scatter
    watch, mouse = _RingWatch(scatter), Mouse(scatter.view.viewport())
    beside(stage, partial(_wander, watch, mouse))
    return watch.waits


def _wander(watch: _RingWatch, mouse: Mouse) -> None:
    """Round and round through the middle of the view, resting for a card once a second."""
    for number in ticking(_MOVES, _HERTZ):
        if number % _HERTZ < 45:
            turn = number / 25
            radius = 60 + 150 * abs(math.sin(number / 190))
            watch.sent.append(time.perf_counter())
            mouse.move((400 + radius * math.cos(turn), 350 + radius * math.sin(turn)))
