"""How soon the mark of a drawing follows the pen while a model trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.hand import Watch, after, beside, circles
from benchmarks.mouse import Mouse
from benchmarks.rows import Row, at_most, percentile
from benchmarks.stage import Stage

if TYPE_CHECKING:
    from latentlab.core.requests import Request

_FRAME_MS = 16.7
_MOVES, _MOVES_HERTZ, _STEP = 1000, 125, 3.0


def encode() -> list[Row]:
    """Milliseconds from each move of the pen until the mark is painted where the drawing is then encoded (MLP VAE)."""
    from PySide6.QtCore import QPointF

    stage = Stage(2100, 1300)
    stage.begin_endless("vae", body="mlp")
    stage.window.dock("draw").raise_()
    stage.run(1.0)
    canvas = stage.window.draw.canvas
    noted = MarkWatch(stage)
    rect = canvas.sheet_rect()
    radius = 0.3 * rect.width()
    path = circles(rect.center() + QPointF(radius, 0.0), radius, _STEP, _MOVES)
    mouse = Mouse(canvas)
    beside(stage, lambda: mouse.drag(path, _MOVES_HERTZ, noted.watch.start))
    stage.close()
    return [at_most("draw_encode", "ms", percentile(noted.watch.waits, 0.95), _FRAME_MS)]


class MarkWatch:
    """Notes when the mark of each sheet is painted in the scatter."""

    def __init__(self, stage: Stage) -> None:
        self.watch = Watch()
        self._moves = -1  # the press draws a dot before the first of them
        self._numbers: dict[int, int] = {}
        self._placed = 0
        window = stage.window
        self._drawing = window.session.drawing
        window.draw.canvas.drawn.connect(self._note_move)
        window.session.worker.answered.connect(self._note_answer)
        after(window.scatter.drawn.mark, "draw", self._note_paint)

    def _note_move(self) -> None:
        self._moves += 1
        # Two sheets can have the same identity only one after the other, and then the older one was answered.
        self._numbers[id(self._drawing.sheet)] = self._moves

    def _note_answer(self, request: Request, answer: object, generation: int) -> None:
        from latentlab.core.drawing_requests import DrawnPlace, EncodeDrawing

        if isinstance(request, EncodeDrawing) and isinstance(answer, DrawnPlace):
            self._placed = self._numbers[id(request.sheet)]

    def _note_paint(self) -> None:
        self.watch.serve(self._placed)
