"""The real window under load: what training loses to it, how fresh the scatter stays, what the event loop does."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from benchmarks.hand import beside, circles, probe_pixel
from benchmarks.mouse import Mouse
from benchmarks.rows import Row, at_least, at_most, paired_ratio, percentile, times_as_much
from benchmarks.stage import Stage

Reading = TypeVar("Reading")

_ROUNDS = 5
_DRAG_HERTZ = 60
_FRESH_SECONDS, _FRESH_UPDATES = 20.0, 4.0
_LOOP_SECONDS = 60.0
_LOOP_P99_MS, _LOOP_MAX_MS = 20.0, 50.0
_BEAT_SECONDS = 0.002


def throughput() -> list[Row]:
    """Images a second of an MLP VAE in the window, left alone and under a dragged probe, beside headless training.

    Each reading is a whole epoch with its test at the end; the window's and the headless ones take turns in one
    process, the other training resting meanwhile.
    """
    stage = _stage("vae", body="mlp")
    images = len(stage.window.control.session.dataset.train)  # type: ignore[union-attr]
    headless = _Headless(stage)
    alone = paired_ratio(_ROUNDS, lambda: images / window_epoch(stage), lambda: images / headless.epoch())
    dragged = paired_ratio(_ROUNDS, lambda: images / _dragged_epoch(stage), lambda: images / headless.epoch())
    stage.close()
    against = "headless fit, as many threads"
    return [
        times_as_much("train_window_vs_headless", "images/s", *alone, 0.90, against),
        times_as_much("train_during_drag", "images/s", *dragged, 0.85, against),
    ]


def freshness() -> list[Row]:
    """Pictures of the scatter a second that move 2,000 points or more (convolutional: 500), while training runs.

    The last rows are of a probe that is dragged all the while.
    """
    rows, dragged = [], []
    for body, least in (("mlp", 2000), ("conv", 500)):
        stage = _stage("vae", body=body)
        updates, longest = _watch_points(stage, least)
        what = f"updates/s of {least:,} points"
        rows.append(at_least(f"scatter_freshness_{body}", what, updates, _FRESH_UPDATES))
        if body == "mlp":
            rows.append(at_most("scatter_freshness_mlp_all", "s until every point has moved", longest, 5.0))
        updates, _ = _during_drag(stage, lambda stage=stage, least=least: _watch_points(stage, least))  # type: ignore[misc]
        dragged.append(at_least(f"scatter_freshness_{body}_dragged", what, updates, _FRESH_UPDATES))
        stage.close()
    return rows + dragged


def first_move(repeats: int = 5) -> list[Row]:
    """Seconds from the click on Train to the first new picture of the scatter, after at least 20 steps (MLP VAE)."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    stage = Stage(1600, 1000)
    window, seconds = stage.window, []
    for _ in range(repeats):
        moved: list[float] = []

        def note_picture(moved: list[float] = moved) -> None:
            # The first picture whose positions come from the model's weights rather than from PCA.
            if window.session.step >= 20 and window.session.placed is not None:
                moved.append(time.perf_counter())

        window.scatter.points.drawn.connect(note_picture)
        began = time.perf_counter()
        QTest.mouseClick(window.experiment.training_bar.train, Qt.MouseButton.LeftButton)
        stage.wait(lambda moved=moved: bool(moved), seconds=30)  # type: ignore[misc]
        seconds.append(moved[0] - began)
        window.scatter.points.drawn.disconnect(note_picture)
        window.control.rest()
        stage.wait(lambda: window.control.state == "resting")
        window.control.close()
        window.control.load_data(window.experiment.settings().data, window.experiment.view_config())
        stage.wait(lambda: window.session.source_title == "PCA" and window.session.placed is not None)
    stage.close()
    return [at_most("first_move", "s", statistics.median(seconds), 1.0)]


def event_loop() -> list[Row]:
    """Milliseconds that the event loop keeps what is posted to it waiting, over a minute of training with each model.

    A thread posts a signal every two milliseconds, as a window system might an event; its wait is from the posting
    until the event loop delivers it. The longest is that of the longest stall.
    """
    from latentlab.core.models import registry

    rows = []
    for name, options in [*((info.name, {}) for info in registry()), ("vae", {"body": "conv"})]:
        rows += event_loop_of(name, _LOOP_SECONDS, **options)
    return rows


def event_loop_of(model: str, seconds: float, **options: str) -> list[Row]:
    """The rows of one model."""
    stage = _stage(model, **options)
    waits = _beat(stage, seconds)
    stage.close()
    end = "_".join([model, *options.values()])
    return [
        at_most(f"event_loop_p99_{end}", "ms", percentile(waits, 0.99), _LOOP_P99_MS),
        at_most(f"event_loop_max_{end}", "ms", max(waits), _LOOP_MAX_MS),
    ]


def _stage(model: str, **options: object) -> Stage:
    stage = Stage(2100, 1300)
    stage.begin_endless(model, **options)
    return stage


class _Headless:
    """The same training as the window's, without a window, by the epoch."""

    def __init__(self, stage: Stage) -> None:
        from latentlab.core.training import Trainer

        control = stage.window.control
        dataset, run = control.session.dataset, control.run
        assert dataset is not None and run is not None
        self._stage = stage
        settings = run.settings
        self._trainer = Trainer(dataset, settings.model_name, settings.model, settings.training)

    def epoch(self) -> float:
        """Seconds for an epoch, while the window's own training rests."""
        import math

        from latentlab.core.fit import fit
        from latentlab.core.threads import start_thread, training_threads

        _rest(self._stage)
        taken: list[float] = []

        def train() -> None:
            began = time.perf_counter()
            for _ in fit(self._trainer, math.inf, most_steps=self._trainer.steps_left_in_epoch):
                pass
            taken.append(time.perf_counter() - began)

        thread = start_thread("headless", train, training_threads())
        self._stage.wait(lambda: not thread.is_alive())
        return taken[0]


def _rest(stage: Stage) -> None:
    control = stage.window.control
    control.rest()
    stage.wait(lambda: control.state == "resting")
    stage.wait(stage.is_placed)


def window_epoch(stage: Stage) -> float:
    """Seconds for an epoch in the window."""
    control = stage.window.control
    _rest(stage)
    dataset, run = control.session.dataset, control.run
    assert dataset is not None and run is not None
    steps = -(-len(dataset.train) // run.settings.training.batch_size)
    ended: list[float] = []

    def note_state(state: str) -> None:
        if state == "resting":
            ended.append(time.perf_counter())

    control.state_changed.connect(note_state)
    began = time.perf_counter()
    control.go_on(steps)
    stage.wait(lambda: bool(ended))
    control.state_changed.disconnect(note_state)
    return ended[0] - began


def _dragged_epoch(stage: Stage) -> float:
    """The same while the probe is dragged all the time."""
    return _during_drag(stage, lambda: window_epoch(stage))


def _during_drag(stage: Stage, measure: Callable[[], Reading]) -> Reading:
    """What ``measure`` gives while the probe is dragged."""
    mouse = Mouse(stage.window.scatter.view.viewport())
    start = probe_pixel(stage)
    path = circles(start, 160.0, 6.0, 60 * _DRAG_HERTZ)
    over = threading.Event()

    def drag() -> None:
        mouse.drag(path, _DRAG_HERTZ, lambda: None, over.is_set)

    thread = threading.Thread(target=drag, name="hand", daemon=True)
    thread.start()
    reading = measure()
    over.set()
    stage.wait(lambda: not thread.is_alive())
    return reading


def _watch_points(stage: Stage, least: int) -> tuple[float, float]:
    """Updates a second that moved at least ``least`` points, and the longest that any point stood still."""
    import numpy as np

    session, view = stage.window.session, stage.window.scatter
    assert session.placed is not None
    before = session.placed.positions.copy()
    moved_at = np.full(len(before), time.perf_counter())
    updates, longest = 0, 0.0

    def note_picture() -> None:
        nonlocal before, updates, longest
        now, positions = time.perf_counter(), view.points.points
        moved = (positions != before).any(axis=1)
        before = positions.copy()
        updates += int(moved.sum()) >= least
        longest = max(longest, float((now - moved_at[moved]).max(initial=0.0)))
        moved_at[moved] = now

    view.points.drawn.connect(note_picture)
    stage.run(_FRESH_SECONDS)
    view.points.drawn.disconnect(note_picture)
    longest = max(longest, float((time.perf_counter() - moved_at).max()))
    return updates / _FRESH_SECONDS, longest


def _beat(stage: Stage, seconds: float) -> list[float]:
    """The waits of events that are posted to the event loop at an even pace, in milliseconds."""
    from PySide6.QtCore import QObject, Signal, Slot

    posted: list[float] = []
    waits: list[float] = []

    class Heart(QObject):
        beaten = Signal()

        @Slot()
        def note(self) -> None:
            waits.append(1000 * (time.perf_counter() - posted[len(waits)]))

    heart = Heart()
    heart.beaten.connect(heart.note)

    def beat() -> None:
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            posted.append(time.perf_counter())
            heart.beaten.emit()
            time.sleep(_BEAT_SECONDS)

    beside(stage, beat)
    return waits
