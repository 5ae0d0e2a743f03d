"""How soon what the hand selects is on the screen, while a model trains: a lasso's line, its points, and neighbours."""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.cases import Case
from benchmarks.growth import stage_of, write_images
from benchmarks.hand import Watch, after, beside, circles, when_painted
from benchmarks.mouse import Mouse, Pixel
from benchmarks.rows import Row, at_most, percentile
from benchmarks.stage import Stage

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent

    from latentlab.gui.linked_strip import LinkedStrip

_FRAME_MS, _LASSO_MS = 16.7, 50.0
_POINTS = 70_000
_LASSOS, _LASSO_MOVES, _LASSO_HERTZ = 20, 150, 125
_CLICKS = 100
_PATIENCE = 5.0  # seconds


def lasso() -> list[Row]:
    """A lasso around about half of 70,000 points: from each move to its line, from letting go to what is selected."""
    case = Case(images=_POINTS, points=_POINTS)
    with tempfile.TemporaryDirectory(prefix="latentlab-bench-") as folder:
        write_images(case, Path(folder))
        stage = stage_of(case, folder)
        line, taken = _draw_lassos(stage)
        stage.close()
    return [
        at_most("lasso_70k", "ms", percentile(taken, 0.95), _LASSO_MS),
        at_most("lasso_70k_line_p95", "ms", percentile(line, 0.95), _FRAME_MS),
    ]


def neighbours() -> list[Row]:
    """From a click on a point to its image, its reconstruction and both rows of its neighbours."""
    stage = Stage(1600, 1000)
    stage.begin_endless("vae", body="mlp")
    taken = _click_points(stage)
    stage.close()
    return [at_most("neighbours", "ms", percentile(taken, 0.95), _FRAME_MS)]


class _Drawing(Mouse):
    """A mouse that notes when it lets go."""

    released = 0.0

    def _ask(self, kind: QEvent.Type, at: Pixel, held: bool) -> None:
        if kind == kind.MouseButtonRelease:
            self.released = time.perf_counter()
        super()._ask(kind, at, held)


def _draw_lassos(stage: Stage) -> tuple[list[float], list[float]]:
    """Milliseconds of the line's moves, and from letting go until the scatter is painted with what is selected."""
    from PySide6.QtCore import QPointF

    from latentlab.gui.tools import LASSO

    window = stage.window
    session, panel, view = window.session, window.scatter, window.scatter.view
    view.pan(1, 0)  # from now on it stays where it is
    session.choose_tool(LASSO)
    mouse, watch = _Drawing(view.viewport()), Watch()
    radius = view.height() / 3
    start = QPointF(view.width() / 2 + radius, view.height() / 2)
    path = circles(start, radius, math.tau * radius / _LASSO_MOVES, _LASSO_MOVES)
    drawn, taken = [0], [0.0]
    taken.clear()

    def note_line() -> None:
        drawn[0] += bool(len(panel.drawing.outline.corners))

    def note_paint() -> None:
        watch.serve(drawn[0])
        points, selection = panel.points, session.exploration.selection
        # Positions that came in between are drawn a moment later: what is selected is seen already.
        if mouse.released and len(selection) and points.has_drawn_marks and len(points.selected) == len(selection):
            taken.append(1000 * (time.perf_counter() - mouse.released))
            mouse.released = 0.0

    after(panel.drawing.outline, "set_corners", note_line)
    when_painted(view, note_paint)
    for number in range(_LASSOS):
        session.select(None)
        stage.run(0.3)
        beside(stage, lambda: mouse.drag(path, _LASSO_HERTZ, watch.start))
        stage.wait(lambda number=number: len(taken) > number, _PATIENCE)  # type: ignore[misc]
    return watch.waits, taken


def _click_points(stage: Stage) -> list[float]:
    """Milliseconds from each click until the selection panel is painted with all that it shows of the point."""
    import numpy as np
    from PySide6.QtCore import QPoint

    window = stage.window
    session, view, panel = window.session, window.scatter.view, window.selection
    window.dock(panel.name).raise_()
    stage.run(1.0)
    mouse = Mouse(view.viewport())
    painted: set[str] = set()
    began, taken = [0.0], [0.0]
    taken.clear()

    def note_paint(which: str, strip: LinkedStrip) -> None:
        point = session.exploration.selected
        # A row that was painted before the other's answer came is not painted again with it.
        if began[0] and point is not None and panel.shown == point and len(strip.points):
            painted.add(which)
        if began[0] and painted >= {"latent", "pixel"}:
            taken.append(1000 * (time.perf_counter() - began[0]))
            began[0] = 0.0

    after(panel.latent, "paintEvent", lambda: note_paint("latent", panel.latent))
    after(panel.pixel, "paintEvent", lambda: note_paint("pixel", panel.pixel))
    generator = np.random.default_rng(0)
    middle = view.viewport().rect().adjusted(40, 40, -40, -40)
    while len(taken) < _CLICKS:
        assert session.placed is not None
        position = session.placed.positions[generator.integers(len(session.placed.positions))]
        pixel = view.frame.to_pixels(*map(float, position)).toPoint()
        picked = window.scatter.points.pick(*view.frame.to_data(pixel.toPointF()))
        if not middle.contains(pixel) or view.itemAt(QPoint(pixel)) or picked == session.exploration.selected:
            continue
        painted.clear()
        known, began[0] = len(taken), time.perf_counter()
        mouse.drag([(float(pixel.x()), float(pixel.y()))], _LASSO_HERTZ, lambda: None)
        # The points move: where the one that is selected has come beneath the hand, the click selects none.
        stage.wait(lambda known=known: len(taken) > known or session.exploration.selected is None, _PATIENCE)  # type: ignore[misc]
        stage.run(0.15)
    return taken
