"""What a row of the Runs panel says of a run."""

from __future__ import annotations

from dataclasses import dataclass

from latentlab.core.figures import over_images
from latentlab.core.run_figures import measured_images, newest_figure
from latentlab.gui.open_run import FAILED, FINISHED, PAUSED, RUNNING, STARTING, STOPPED, WAITING, OpenRun
from latentlab.gui.run_list import RunList
from latentlab.gui.run_queue import RunQueue
from latentlab.gui.widgets.training_bar import duration


@dataclass(frozen=True)
class RunRow:
    """One run in words.

    Attributes:
        title: its name.
        details: its model, and the settings in which it differs from the others of that model.
        figure: the objective as it was measured last.
        error: of a pixel, by which runs of any models compare; or nothing.
        images: of how many images that is the mean; or nothing.
        state: how things are with it.
        problem: what went wrong last, or nothing.
        progress: share of the training that is done, 0 to 1, while it trains; else −1.
        quiet: it has not begun.
    """

    title: str
    details: str
    figure: str
    error: str
    images: str
    state: str
    problem: str
    progress: float
    quiet: bool

    def text(self) -> str:
        """All of it, for a tooltip and for those who cannot see the row."""
        error = f"Squared {self.error} {self.images}" if self.error else ""
        return "\n".join(filter(None, (self.title, self.details, self.figure, error, self.state, self.problem)))


def in_order(runs: RunList, queue: RunQueue) -> list[OpenRun]:
    """The runs as they are listed: those that wait stand last, the next one first."""
    waiting = queue.waiting
    return [run for run in runs if run not in waiting] + list(waiting)


def row_of(run: OpenRun, details: str, queue: RunQueue, error: float | None) -> RunRow:
    """A run in words; ``details`` are its own of `told_apart`, ``error`` is its `pixel_error` where that is known."""
    figure = newest_figure(run.history, run.settings)
    if run.origin is not None:
        details += f" · from “{run.origin.title}”, step {run.origin.step:,}"
    return RunRow(
        run.title,
        details,
        "" if figure is None else figure.text(),
        "" if error is None else f"error {error:.4f} per pixel",
        "" if error is None or run.dataset is None else over_images(measured_images(run.dataset.test), "test"),
        _state(run, queue),
        run.problem,
        run.newest.progress if run.state == RUNNING and run.newest is not None else -1.0,
        run.newest is None and not run.is_busy,
    )


def _state(run: OpenRun, queue: RunQueue) -> str:
    newest, epochs = run.newest, run.settings.training.epochs
    at = f"epoch {newest.epoch:.1f}" if newest is not None else ""
    if run.state == WAITING:
        place = queue.waiting.index(run) + 1 if run in queue.waiting else 1
        return f"{'Held' if queue.held else 'Waits'}, {place} of {len(queue.waiting)} in the queue"
    if run.state == STARTING:
        return "Starting…"
    if run.state == FAILED:
        return "Could not begin"
    if run.state == RUNNING and newest is not None:
        left = "" if newest.seconds_left is None else f" · {duration(newest.seconds_left)} left"
        return f"Epoch {newest.epoch:.1f} of {max(epochs, round(newest.epoch / max(newest.progress, 1e-6)))}{left}"
    if run.state == RUNNING:
        return "Training…"
    halted = {PAUSED: "Paused", STOPPED: "Stopped"}.get(run.halted, "Rests")
    rests = f"Done, {at}" if run.state == FINISHED else f"{halted} at {at}"
    return f"{rests} · read-only" if run.read_only else rests
