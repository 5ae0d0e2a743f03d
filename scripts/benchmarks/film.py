"""The training film: how soon the views follow a hand on the timeline, and what filming takes from training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.hand import Watch, after, beside, when_painted
from benchmarks.mouse import Mouse, Pixel
from benchmarks.rows import Row, at_most, paired_ratio, percentile, times_as_much
from benchmarks.stage import Stage
from benchmarks.window import window_epoch

if TYPE_CHECKING:
    from latentlab.core.placed import Placed
    from latentlab.core.requests import DecodeCells

_SCRUB_MS = 33.0
_KEPT = 0.95
_FRAMES, _MOVES, _HERTZ = 60, 600, 60
_ROUNDS = 7


def film() -> list[Row]:
    """Of an MLP VAE with two latents and 10,000 points on show, all panels following.

    An event on the timeline is served when its moment, or a newer event's, is painted in all that is on the screen: the
    points, every image of the manifold, the reconstructions, the probe and the marker in the curves. Filming is
    compared epoch by epoch with a training that is not filmed.
    """
    stage = Stage(2100, 1300)
    stage.begin_endless("vae", body="mlp")
    waits = _scrub(stage)
    rows = [at_most("film_scrub", "ms", percentile(waits, 0.95), _SCRUB_MS)]
    filming, control = stage.window.filming, stage.window.control
    filming.go_live()
    images, bound = len(control.session.dataset.train), control.runs.film_bytes  # type: ignore[union-attr]

    def epoch(most_bytes: int) -> float:
        filming.set_bound(most_bytes)
        return images / window_epoch(stage)

    speeds = paired_ratio(_ROUNDS, lambda: epoch(bound), lambda: epoch(0))
    stage.close()
    return [*rows, times_as_much("film_overhead", "images/s", *speeds, _KEPT, "the same without a film")]


def _scrub(stage: Stage) -> list[float]:
    """Milliseconds from each move along the timeline until every panel shows its moment."""
    filming, line = stage.window.filming, stage.window.film_bar.timeline
    stage.wait(lambda: len(filming.film) >= _FRAMES)
    stage.rest()
    filming.show_step(0)
    stage.wait(lambda: filming.foreseeing.foreseen == len(filming.film))
    stage.run(1.0)
    steps = filming.film.steps.tolist()
    there = [*range(1, len(steps)), *range(len(steps) - 2, 0, -1)]
    path: list[Pixel] = [(line.place_of(steps[there[number % len(there)]]), 12.0) for number in range(_MOVES)]
    watch, mouse = ScrubWatch(stage), Mouse(line)
    beside(stage, lambda: mouse.drag(path, _HERTZ, watch.start))
    return watch.waits


class ScrubWatch(Watch):
    """Notes when each moment that the hand asks for is painted in every panel that is on the screen.

    What the view's worker answers is of the weights whose step the session has when the answer comes.
    """

    def __init__(self, stage: Stage) -> None:
        """Watches the window from now on."""
        from latentlab.core.requests import DecodeCells, DecodeProbe, Reconstruct

        super().__init__()
        window = stage.window
        self._session, self._filming, self._curves = window.session, window.filming, window.curves
        self._points = window.scatter.points
        self._asked: list[int] = []  # the step that each event asked for
        self._held: dict[str, int] = {}  # the step of what each panel was handed last
        self._seen = dict.fromkeys(("scatter", "manifold", "reconstructions", "probe", "curves"), 0)
        self._steps: dict[int, int] = {}  # of each version of the plane
        self._map: DecodeCells | None = None
        self._cells_lack = 0
        self._laid = -1  # the version of the plane that the manifold shows all of
        self._placed: dict[int, Placed] = {}  # by the identity of its positions, which it keeps alive
        after(window.film_bar.timeline, "mouseMoveEvent", self._note_move)
        self._session.model_updated.connect(lambda: self._note_version(self._session.step))
        self._session.points_placed.connect(self._note_placed)
        self._session.when_answered(DecodeCells, self._note_cells)
        self._session.when_answered(Reconstruct, lambda *_: self._hand("reconstructions"))
        self._session.when_answered(DecodeProbe, lambda *_: self._hand("probe"))
        when_painted(window.scatter.view, self._note_scatter)
        when_painted(window.manifold.view, self._note_manifold)
        after(window.reconstructions.strip, "paintEvent", lambda: self._note_paint("reconstructions"))
        after(window.probe.image, "paintEvent", lambda: self._note_paint("probe"))
        after(window.curves.plots, "paintEvent", self._note_curves)

    def _note_move(self) -> None:
        frame = self._filming.frame
        assert frame is not None
        self._asked.append(frame.step)

    def _note_placed(self) -> None:
        placed = self._session.placed
        if placed is not None:
            self._placed[id(placed.positions)] = placed
            self._note_version(placed.step)

    def _note_version(self, step: int) -> None:
        self._steps.setdefault(self._session.version, step)

    def _hand(self, panel: str) -> None:
        self._held[panel] = self._session.step

    def _note_scatter(self) -> None:
        # While the hand is on, the picture that is ready may be of a moment before: it serves the events until then.
        placed = self._placed.get(id(self._points.pictured))
        if placed is not None:
            self._held["scatter"] = placed.step
        self._note_paint("scatter")

    def _note_cells(self, request: DecodeCells, answer: tuple[Sequence[object], object]) -> None:
        if request is not self._map:
            self._map, self._cells_lack = request, len(request.keys)
        self._cells_lack -= len(answer[0])
        if not self._cells_lack:
            self._laid = request.version

    def _note_manifold(self) -> None:
        self._held["manifold"] = self._steps.get(self._laid, -1)
        self._note_paint("manifold")

    def _note_curves(self) -> None:
        epoch = self._curves.marked_epoch()
        self._held["curves"] = next((each.step for each in self._filming.film.frames if each.epoch == epoch), -1)
        self._note_paint("curves")

    def _note_paint(self, panel: str) -> None:
        # Of the latest event that asked for this moment, and with it of all before.
        step = self._held.get(panel, -1)
        served = [number for number, asked in enumerate(self._asked, start=1) if asked == step]
        if served:
            self._seen[panel] = max(self._seen[panel], served[-1])
        self.serve(min(self._seen.values()))
