"""How soon the picture follows the hand while a model trains: the probe dragged, the manifold panned, zoomed, filled.

A hand does not wait for the program: a thread of its own posts real mouse events at a mouse's pace. A clock starts
before an event is posted and stops when the picture that it asks for was painted; where a newer picture comes first,
it has served the older event too, and the time until then counts.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from benchmarks.mouse import Mouse, Pixel, ticking
from benchmarks.rows import Row, at_most, not_measured, percentile
from benchmarks.stage import Stage

if TYPE_CHECKING:
    from PySide6.QtCore import QPointF

    from latentlab.core.lattice import CellKey
    from latentlab.gui.widgets.plane_view import PlaneView

_FRAME_MS, _TWO_FRAMES_MS = 16.7, 33.0
_MOVES, _MOVES_HERTZ = 1000, 125
_TURNS, _TURNS_HERTZ = 600, 60
_XDOTOOL_MOVES = 400
_CELL_PIXELS = 38.5  # of which an 800×700 view holds about 400
_TURNS_IN, _PLACES = 5, 6


def mlp() -> list[Row]:
    """A VAE with a fully connected body."""
    return _measure("mlp", 50.0)


def conv() -> list[Row]:
    """A VAE with a convolutional body."""
    return _measure("conv", 300.0)


def _measure(body: str, fill_ms: float) -> list[Row]:
    stage = Stage(2100, 1300)
    stage.begin_endless("vae", body=body)
    scale = round(stage.window.devicePixelRatioF())
    end = f"_{body}" + (f"_x{scale}" if scale > 1 else "")
    drag = drag_probe(stage)
    rows = [
        at_most(f"probe_drag_p95{end}", "ms", percentile(drag, 0.95), _FRAME_MS),
        at_most(f"probe_drag_p99{end}", "ms", percentile(drag, 0.99), _TWO_FRAMES_MS),
        _with_xdotool(stage, f"probe_drag_p95{end}_xdotool"),
        at_most(f"manifold_pan_p95{end}", "ms", percentile(_pan(stage), 0.95), _FRAME_MS),
        at_most(f"manifold_zoom_p95{end}", "ms", percentile(_zoom(stage), 0.95), _FRAME_MS),
    ]
    if scale == 1:
        rows.append(at_most(f"manifold_fill_{body}", "ms", percentile(_fill(stage), 0.95), fill_ms))
    stage.close()
    return rows


class Watch:
    """The clocks of events that are served in their order.

    Attributes:
        started: when each event was sent.
        waits: milliseconds from there to the picture, of those that were served.
    """

    def __init__(self) -> None:
        self.started: list[float] = []
        self.waits: list[float] = []

    def start(self) -> None:
        """An event is about to be sent."""
        self.started.append(time.perf_counter())

    def serve(self, count: int) -> None:
        """The picture of the ``count``-th event, and with it of all before, was painted."""
        now = time.perf_counter()
        self.waits += [1000 * (now - started) for started in self.started[len(self.waits) : count]]


def beside(stage: Stage, work: Callable[[], None]) -> None:
    """Runs the program while ``work`` is done in another thread, and a little longer."""
    thread = threading.Thread(target=work, name="hand", daemon=True)
    thread.start()
    stage.wait(lambda: not thread.is_alive())
    stage.run(0.3)


def circles(start: QPointF, radius: float, step: float, count: int) -> list[Pixel]:
    """Whole pixels along a circle through ``start``, about ``step`` pixels from one to the next."""
    path: list[Pixel] = []
    turn = 0.0
    while len(path) <= count:
        pixel = (
            float(round(start.x() + radius * (math.cos(turn) - 1))),
            float(round(start.y() + radius * math.sin(turn))),
        )
        turn += step / radius
        if not path or pixel != path[-1]:
            path.append(pixel)
    return path


class ProbeWatch:
    """Notes when the decoded image of each place of the probe is painted in its panel."""

    def __init__(self, stage: Stage) -> None:
        from latentlab.core.requests import DecodeProbe

        self.watch = Watch()
        self.places: list[tuple[float, float]] = []
        session, image = stage.window.session, stage.window.probe.image
        decoded: list[tuple[float, float]] = []

        def note_place() -> None:
            self.places.append(session.exploration.probe)

        def note_answer(request: DecodeProbe, answer: object) -> None:
            decoded[:] = [request.position]

        def note_paint() -> None:
            if decoded and decoded[0] in self.places:
                self.served(len(self.places) - self.places[::-1].index(decoded[0]))

        session.probe_moved.connect(note_place)
        session.when_answered(DecodeProbe, note_answer)
        after(image, "paintEvent", note_paint)

    def served(self, places: int) -> None:
        """The picture of the place of that number was painted; here each event has a place of its own."""
        self.watch.serve(places)


def after(thing: object, method: str, note: Callable[[], None]) -> None:
    """Calls ``note`` after each call that Qt makes of a method of ``thing``."""
    original = getattr(thing, method)

    def noted(*arguments: object) -> None:
        original(*arguments)
        note()

    setattr(thing, method, noted)


def when_painted(view: PlaneView, note: Callable[[], None]) -> None:
    """Calls ``note`` whenever a plane, or some of it, was painted."""
    from latentlab.gui.widgets.plane_item import PlaneItem

    class Last(PlaneItem):
        def draw(self, *_: object) -> None:
            note()

    last = Last()
    last.setZValue(2000)
    view.add_item(last)


def probe_pixel(stage: Stage) -> QPointF:
    """Puts the probe right of the scatter's middle and returns the pixel where it is."""
    view = stage.window.scatter.view
    x0, y0, x1, y1 = view.view_rect()
    stage.window.session.move_probe((x0 + 0.7 * (x1 - x0), (y0 + y1) / 2))
    stage.run(0.5)
    return view.frame.to_pixels(*stage.window.session.exploration.probe)


def drag_probe(stage: Stage) -> list[float]:
    """Milliseconds from each move of the probe in the scatter until its decoded image is painted."""
    start = probe_pixel(stage)
    noted = ProbeWatch(stage)
    mouse = Mouse(stage.window.scatter.view.viewport())
    path = circles(start, 160.0, 6.0, _MOVES)
    beside(stage, lambda: mouse.drag(path, _MOVES_HERTZ, noted.watch.start))
    return noted.watch.waits


class ViewWatch(Watch):
    """Notes when each view that the hand asks for is painted."""

    def __init__(self, view: PlaneView) -> None:
        """Watches a plane from now on."""
        super().__init__()
        self.moves = 0
        view.user_moved.connect(self._note_move)
        when_painted(view, self._note_paint)

    def _note_move(self) -> None:
        self.moves += 1

    def _note_paint(self) -> None:
        self.serve(self.moves)


def _pan(stage: Stage) -> list[float]:
    from PySide6.QtCore import QPointF

    view = stage.window.manifold.view

    watch, mouse = ViewWatch(view), Mouse(view.viewport())
    path = circles(QPointF(700.0, 350.0), 250.0, 8.0, _MOVES)
    beside(stage, lambda: mouse.drag(path, _MOVES_HERTZ, watch.start))
    return watch.waits


def _zoom(stage: Stage) -> list[float]:
    """In by two octaves and out again, a twelfth of one at a time, about places that differ."""
    view = stage.window.manifold.view
    view.fit()
    stage.run(1.0)
    watch, mouse = ViewWatch(view), Mouse(view.viewport())

    def turn() -> None:
        for number in ticking(_TURNS, _TURNS_HERTZ):
            about = (400.0 + 200.0 * math.cos(number / 97), 350.0 + 200.0 * math.sin(number / 97))
            watch.start()
            mouse.turn_wheel(about, 30 if number % 48 < 24 else -30)

    beside(stage, turn)
    return watch.waits


def _fill(stage: Stage) -> list[float]:
    """Milliseconds from a turn of the wheel that shows a full view of new cells until the last of them is painted."""
    from latentlab.core.lattice import cells_in

    panel, session = stage.window.manifold, stage.window.session
    view, tiles = panel.view, panel.tiles
    mouse = Mouse(view.viewport())
    waits: list[float] = []
    began = 0.0
    awaited: set[CellKey] | None = None

    def note_paint() -> None:
        nonlocal awaited
        if awaited and all(tiles.is_decoded(key) for key in awaited):
            awaited = None
            waits.append(1000 * (time.perf_counter() - began))

    def note_view() -> None:
        nonlocal awaited
        assert tiles.level is not None
        awaited = set(cells_in(view.view_rect(), tiles.level))

    unit = 2.0**-2 / _CELL_PIXELS
    when_painted(view, note_paint)
    for place in range(_PLACES):
        x, y = 0.37 + place, 0.51 - place
        session.set_window((x - 400 * unit, y - 350 * unit, x + 400 * unit, y + 350 * unit))
        stage.run(1.0)
        view.user_moved.connect(note_view)
        for _ in range(_TURNS_IN):
            began = time.perf_counter()
            mouse.turn_wheel((400.0, 350.0), 720)  # two octaves: every cell is another
            known = len(waits)
            stage.wait(lambda known=known: len(waits) > known, seconds=5.0)  # type: ignore[misc]
            stage.run(0.3)
        view.user_moved.disconnect(note_view)
    return waits


def _with_xdotool(stage: Stage, name: str) -> Row:
    """The probe's drag once more, each move made by xdotool through the X server."""
    if shutil.which("xdotool") is None:
        return not_measured(name, "ms", 1.0, "xdotool is not installed")
    from PySide6.QtCore import QPoint

    view = stage.window.scatter.view
    start = probe_pixel(stage)
    path = circles(start, 160.0, 6.0, _XDOTOOL_MOVES)
    corner, scale = view.viewport().mapToGlobal(QPoint()), view.devicePixelRatioF()
    noted = XdotoolWatch(stage, [view.frame.to_data(start + _difference(path[0], pixel)) for pixel in path[1:]])

    with subprocess.Popen(["xdotool", "-"], stdin=subprocess.PIPE, text=True) as xdotool:
        assert xdotool.stdin is not None
        pipe = xdotool.stdin

        def say(command: str) -> None:
            pipe.write(f"{command}\n")
            pipe.flush()

        def go(pixel: Pixel) -> None:
            say(f"mousemove {round((corner.x() + pixel[0]) * scale)} {round((corner.y() + pixel[1]) * scale)}")

        def work() -> None:
            go(path[0])
            time.sleep(0.3)
            say("mousedown 1")
            time.sleep(0.3)
            for number in ticking(_XDOTOOL_MOVES, _MOVES_HERTZ):
                noted.watch.start()
                go(path[number + 1])
            say("mouseup 1")

        beside(stage, work)
        pipe.close()
    return at_most(name, "ms", percentile(noted.watch.waits, 0.95), _FRAME_MS)


class XdotoolWatch(ProbeWatch):
    """The same where the window system may merge moves: an event's place is recognised by where it is."""

    def __init__(self, stage: Stage, expected: list[tuple[float, float]]) -> None:
        super().__init__(stage)
        self._expected = expected
        self._near = stage.window.scatter.view.frame.unit

    def served(self, places: int) -> None:
        x, y = self.places[places - 1]
        known = len(self.watch.waits)
        for number in range(known, len(self.watch.started)):
            if math.dist(self._expected[number], (x, y)) < self._near:
                self.watch.serve(number + 1)
                return


def _difference(first: Pixel, second: Pixel) -> QPointF:
    from PySide6.QtCore import QPointF

    return QPointF(second[0] - first[0], second[1] - first[1])
