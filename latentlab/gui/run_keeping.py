"""What becomes of the runs' states: as they are at this moment, written where each has its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from latentlab.core import run_store
from latentlab.core.exploration import Exploration
from latentlab.core.film import Frame
from latentlab.core.run import Run
from latentlab.core.training import Trainer
from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_list import RunList
from latentlab.gui.run_saving import RunSaver
from latentlab.gui.run_training import RunTraining
from latentlab.gui.session import Session


class RunKeeping:
    """Takes the runs' moments, whether they are in the training thread or at rest, and has them written.

    Attributes:
        saver: writes them.
        training: the thread in which one of them may be.
        keeps_film: films are saved with their runs.
    """

    def __init__(self, session: Session, runs: RunList) -> None:
        self._session, self._runs = session, runs
        self.keeps_film = False
        self.saver = RunSaver()
        self.training = RunTraining(self._moment_of, self.saver.keep, runs.record)

    def moment(self, run: OpenRun) -> Run | None:
        """The run as it is at this moment; None where it has not begun."""
        moment = self.training.moment(run)
        if moment is None:
            return None
        # Since training left it, its name, its prior and where it is looked at may have changed.
        prior = run.prior if run.prior is not None and run.prior.step == moment.step else None
        exploration = self._exploration_of(run)
        film = self._film_of(run, moment)
        return replace(moment, exploration=exploration, prior=prior, title=run.name, origin=run.origin, film=film)

    def save(self, run: OpenRun) -> None:
        """Has a run written in the background, as it is at this moment."""
        if run.read_only:
            return
        if self.training.run is run:
            self.training.save(run)
            return
        moment = self.moment(run)
        if moment is not None:
            self.saver.keep(run, moment)

    def save_in(self, run: OpenRun, folder: Path) -> None:
        """Names a run's folder and writes it; from then on every epoch is written there."""
        if not run.read_only and (folder == run.folder or self.saver.name(run, folder)):
            self.save(run)

    def write_and_wait(self, run: OpenRun) -> str:
        """Writes a run where it is kept, as it is at this moment; returns what went wrong, or nothing."""
        if run.read_only:
            return ""
        moment = self.moment(run)
        if moment is None:
            # Its trainer broke: a GPU that is gone cannot be asked for weights any more.
            lost = f"“{run.title}” cannot be read from its device; its folder holds what was last saved."
            return "" if run.newest is None else lost
        return self.saver.write_and_wait(run, moment)

    def put_away(self, run: OpenRun) -> str:
        """Has a run safe in a folder, named by itself where nobody did; returns what went wrong, or nothing."""
        if run.read_only or run.newest is None:
            return ""
        if run.folder is None:
            folder = run_store.suggested_folder(run.title)
            if not self.saver.name(run, folder):
                return "The run could not be given a folder; save it by hand."
        return self.write_and_wait(run)

    def finish(self) -> str:
        """Waits until the named runs are safe as they are at this moment; returns what went wrong, or nothing."""
        named = [run for run in self._runs if run.folder is not None]
        return " ".join(filter(None, [self.write_and_wait(run) for run in named]))

    def _moment_of(self, trainer: Trainer, run: OpenRun) -> Run:
        """Runs in the training thread: copies the whole state, which another thread then writes."""
        exploration = self._exploration_of(run)
        moment = Run.of(trainer, run.settings.data, run.settings.model, exploration, run.prior)
        return replace(moment, title=run.name, origin=run.origin, film=self._film_of(run, moment))

    def _film_of(self, run: OpenRun, moment: Run) -> tuple[Frame, ...] | None:
        """The frames to write; None where those in the run's folder are to stay as they are."""
        if not self.keeps_film or run.film.most_bytes <= 0:
            return None
        # Of a run that does not go on they are all there; in memory they may have made room for those of other runs.
        is_written = run.safe is not None and run.safe.film is not None and run.safe.step == moment.step
        return None if is_written else run.film.up_to(moment.step)

    def _exploration_of(self, run: OpenRun) -> Exploration:
        return self._session.to_be_saved if run is self._runs.chosen else run.exploration
