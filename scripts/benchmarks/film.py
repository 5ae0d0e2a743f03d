"""The training film: how soon the views follow a hand on the timeline, and what filming takes from training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.hand import Mouse, Pixel, Watch, after, beside
from benchmarks.rows import Row, at_most, paired_ratio, percentile, times_as_much
from benchmarks.stage import Stage
from benchmarks.window import window_epoch

if TYPE_CHECKING:
    from latentlab.core.requests import DecodeCells

_SCRUB_MS = 33.0
_KEPT = 0.95
_FRAMES, _MOVES, _HERTZ = 60, 600, 60
_ROUNDS = 7


def film() -> list[Row]:
    """Of an MLP VAE with two latents and 10,000 points on show, all panels following.

    An event on the timeline is served when both the scatter and the first new images of the manifold are painted as of
    its moment, or of a newer event's. Filming is compared epoch by epoch with a training that is not filmed.
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
    """Milliseconds from each move along the timeline until scatter and manifold show its moment."""
    filming, line = stage.window.filming, stage.window.film_bar.timeline
    stage.wait(lambda: len(filming.film) >= _FRAMES)
    stage.rest()
    filming.show_step(0)
    stage.wait(lambda: filming.known == len(filming.film))
    stage.run(1.0)
    steps = filming.film.steps.tolist()
    there = [*range(1, len(steps)), *range(len(steps) - 2, 0, -1)]
    path: list[Pixel] = [(line.place_of(steps[there[number % len(there)]]), 12.0) for number in range(_MOVES)]
    watch, mouse = ScrubWatch(stage), Mouse(line)
    beside(stage, lambda: mouse.drag(path, _HERTZ, watch.start))
    return watch.waits


class ScrubWatch(Watch):
    """Notes when each moment that the hand asks for is painted in the scatter and in the manifold."""

    def __init__(self, stage: Stage) -> None:
        """Watches the window from now on."""
        from latentlab.core.requests import DecodeCells

        super().__init__()
        window = stage.window
        self._session = window.session
        self._asked: list[int | None] = []
        self._steps: dict[int, int] = {}  # of each version of the plane
        self._drawn = self._laid = -1
        self._seen = [0, 0]  # events that scatter and manifold have served
        after(window.film_bar.timeline, "mouseMoveEvent", self._note_move)
        window.session.model_updated.connect(self._note_version)
        window.session.when_answered(DecodeCells, self._note_cells)
        window.scatter.points.drawn.connect(self._note_drawing)
        after(window.scatter.view, "drawForeground", lambda: self._note_paint(0, self._drawn))
        after(window.manifold.view, "drawForeground", lambda: self._note_paint(1, self._laid))

    def _note_move(self) -> None:
        self._asked.append(self._session.filmed)

    def _note_version(self) -> None:
        self._steps[self._session.version] = self._session.step

    def _note_cells(self, request: DecodeCells, answer: object) -> None:
        self._laid = self._steps.get(request.version, -1)

    def _note_drawing(self) -> None:
        if self._session.placed is not None:
            self._drawn = self._session.placed.step

    def _note_paint(self, view: int, step: int) -> None:
        # Of the latest event that asked for this moment, and with it of all before.
        served = [number for number, asked in enumerate(self._asked, start=1) if asked == step]
        if served:
            self._seen[view] = max(self._seen[view], served[-1])
        self.serve(min(self._seen))
