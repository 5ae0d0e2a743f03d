"""How soon a pin, and with it the ways between the pins, follows the hand while a model trains."""

from __future__ import annotations

from benchmarks.hand import Watch, after, beside, circles
from benchmarks.mouse import Mouse
from benchmarks.rows import Row, at_most, percentile
from benchmarks.stage import Stage

_FRAME_MS = 16.7
_MOVES, _MOVES_HERTZ = 1000, 125
# In shares of the scatter's width and height; the last is the one that is dragged.
_PLACES = ((0.3, 0.3), (0.4, 0.7), (0.7, 0.5))


def drag() -> list[Row]:
    """Milliseconds from each move of one of three pins until the scatter is painted with it there (MLP VAE)."""
    stage = Stage(2100, 1300)
    stage.begin_endless("vae", body="mlp")
    window = stage.window
    session, view = window.session, window.scatter.view
    x0, y0, x1, y1 = view.view_rect()
    for across, up in _PLACES:
        session.move_probe((x0 + across * (x1 - x0), y0 + up * (y1 - y0)))
        session.drop_pin()
    session.move_probe((x0 + 0.1 * (x1 - x0), y0 + 0.1 * (y1 - y0)))
    stage.run(3.0)  # the ways along the data are there
    watch, moved = Watch(), [0]
    overlay = window.pins[0]

    def note_move() -> None:
        moved[0] += 1

    session.pins_changed.connect(note_move)
    after(overlay.handles[-1], "draw", lambda: watch.serve(moved[0]))
    start = view.frame.to_pixels(*session.exploration.pins[-1].position)
    mouse = Mouse(view.viewport())
    path = circles(start, 120.0, 6.0, _MOVES)
    beside(stage, lambda: mouse.drag(path, _MOVES_HERTZ, watch.start))
    stage.close()
    return [at_most("pin_drag", "ms", percentile(watch.waits, 0.95), _FRAME_MS)]
