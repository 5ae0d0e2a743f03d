"""A run that is open in the window, whether it trains, rests or waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from latentlab.core.code_prior import LearnedPrior
from latentlab.core.data import Dataset
from latentlab.core.exploration import Exploration
from latentlab.core.film import Film
from latentlab.core.fit import Snapshot
from latentlab.core.history import HistoryRow
from latentlab.core.models import model_info
from latentlab.core.run import Content, Origin, Run, RunSettings
from latentlab.core.run_store import RunLock
from latentlab.gui.training_thread import FINISHED, RESTING, RUNNING

WAITING, STARTING, FAILED = "waiting", "starting", "failed"
"""Beside those of `TrainingThread`: in the queue; its trainer is being made; it could not even begin."""

PAUSED, STOPPED = "paused", "stopped"
"""Of one that a hand has rest: to go on in a moment, or ended where it was."""

__all__ = ["FAILED", "FINISHED", "PAUSED", "RESTING", "RUNNING", "STARTING", "STOPPED", "WAITING", "OpenRun"]


@dataclass(eq=False)
class OpenRun:
    """One run of those in the window.

    Attributes:
        settings: what it was begun with.
        data_title: the data set, as the user knows it.
        dataset: the data set itself, or None where it is yet to be loaded.
        name: what the user calls it; empty where `title` is made of the folder's name or of the settings.
        number: tells apart those whose titles would be the same; 0 where there is one of them.
        colour: its place in the palette.
        state: ``waiting``, ``starting``, ``running``, ``resting``, ``finished`` or ``failed``.
        halted: what a hand did that it rests: ``paused``, ``stopped``, or nothing.
        problem: what went wrong last, in a sentence, or nothing.
        history: every row so far.
        newest: the newest snapshot, or None.
        moment: all that going on needs, as of when its trainer last left the training thread; None before that.
        exploration: where the hand and the eye were when it was last looked at.
        origin: where it was forked from another run, or None.
        plotted: it is among the curves.
        from_queue: nobody waits for it at the window, so that an error goes to its row.
        folder: where it is saved, or None while it has no name.
        autosave: where every epoch is written while it has no name.
        prior: learned over the codes of the weights of one step, which may be past; or None.
        read_only: another window holds it, its folder cannot be written, or what going on needs is missing.
        lock: holds the folder that is written to.
        safe: what of the run ``folder`` holds (`Run.content`), or None before it holds any.
        former: where it was kept before it was named, for as long as the new folder does not hold it.
        closed: the window works on it no more.
        film: of its training.
    """

    settings: RunSettings
    data_title: str
    dataset: Dataset | None = None
    name: str = ""
    number: int = 0
    colour: int = 0
    state: str = RESTING
    halted: str = ""
    problem: str = ""
    history: list[HistoryRow] = field(default_factory=list)
    newest: Snapshot | None = None
    moment: Run | None = None
    exploration: Exploration = field(default_factory=Exploration)
    origin: Origin | None = None
    plotted: bool = True
    from_queue: bool = False
    folder: Path | None = None
    autosave: Path | None = None
    prior: LearnedPrior | None = None
    read_only: bool = False
    lock: RunLock | None = None
    safe: Content | None = None
    former: OpenRun | None = None
    closed: bool = False
    film: Film = field(default_factory=Film)

    @property
    def title(self) -> str:
        """What the user calls it, the folder's name, or what is trained on what."""
        if self.name or self.folder is not None:
            return self.name or (self.folder.name if self.folder is not None else "")
        base = f"{model_info(self.settings.model_name).short_title} on {self.data_title}"
        return f"{base} {self.number}" if self.number else base

    @property
    def is_busy(self) -> bool:
        """True while the training thread works for it."""
        return self.state in (STARTING, RUNNING)

    @property
    def can_train(self) -> bool:
        """True where it could go on at once."""
        return not self.read_only and (self.moment is not None or self.newest is not None)

    @property
    def is_kept(self) -> bool:
        """True where closing loses nothing: there is nothing yet, or its own folder holds it."""
        if self.read_only or self.newest is None:
            return True
        return self.folder is not None and self.former is None
