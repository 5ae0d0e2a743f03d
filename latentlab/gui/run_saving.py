"""Where a run is kept: its folder and lock, and saves that give up the old place only once the new one holds it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core import run_store, runs
from latentlab.core.code_prior import LearnedPrior
from latentlab.core.errors import LatentLabError
from latentlab.core.film import Film
from latentlab.core.models import model_info
from latentlab.core.run_store import RunLock
from latentlab.core.runs import Content, Run, RunSettings
from latentlab.gui.errands import Errands


@dataclass
class OpenRun:
    """The run that the window works on.

    Attributes:
        settings: what it was begun with.
        data_title: the data set, as the user knows it.
        folder: where it is saved, or None while it has no name.
        autosave: where every epoch is written while it has no name.
        prior: learned over the codes of the weights of one step, which may be past; or None.
        read_only: another window holds it, or what going on needs is missing.
        lock: holds the folder that is written to.
        safe: what of the run ``folder`` holds (`Run.content`), or None before it holds any.
        former: where it was kept before it was named, for as long as the new folder does not hold it.
        closed: the window works on it no more.
        film: of its training.
    """

    settings: RunSettings
    data_title: str
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
        """The folder's name, or what is trained on what."""
        if self.folder is not None:
            return self.folder.name
        return f"{model_info(self.settings.model_name).short_title} on {self.data_title}"


class RunSaver(QObject):
    """Names runs and writes their moments; used from the GUI thread.

    Signals:
        saved(str): the run is safe in that folder.
        renamed(): the run has another folder.
        failed(str): a sentence about what went wrong.
        moment_taken(OpenRun, Run): emitted by whoever took a moment, in any thread, to have it written.
    """

    saved = Signal(str)
    renamed = Signal()
    failed = Signal(str)
    moment_taken = Signal(object, object)

    def __init__(self, errands: Errands) -> None:
        super().__init__()
        self._errands = errands
        self._writing = False
        self._waiting: tuple[OpenRun, Run] | None = None
        self.moment_taken.connect(self._write)

    def keep_by_itself(self, run: OpenRun) -> None:
        """Gives a run without a name a folder for its epochs."""
        try:
            run.autosave = run_store.new_autosave()
        except OSError as error:
            self.failed.emit(f"Epochs cannot be saved by themselves ({error.strerror}); save the run by hand.")
            return
        run.lock = RunLock(run.autosave)
        run.lock.take()

    def name(self, run: OpenRun, folder: Path) -> bool:
        """Has everything written to ``folder`` from now on; False, with a sentence, where that cannot be."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.failed.emit(f"The folder {folder} cannot be made ({error.strerror}); choose another place.")
            return False
        if (folder / runs.CONFIG).exists():
            self.failed.emit(f"{folder} already holds a run; choose another name.")
            return False
        lock = RunLock(folder)
        if not lock.take():
            self.failed.emit(f"The folder {folder} cannot be written; choose another place.")
            return False
        run.former = replace(run)
        run.folder, run.autosave, run.lock, run.safe = folder, None, lock, None
        self.renamed.emit()
        return True

    def write_and_wait(self, run: OpenRun, moment: Run) -> str:
        """Writes ``moment`` where the run is kept; returns what went wrong, or nothing."""
        folder = run.folder or run.autosave
        if folder is None or run.safe == moment.content:
            return ""
        problems: list[str] = []

        def work(_: object) -> None:
            try:
                runs.save(moment, folder)
            except LatentLabError as error:
                problems.append(str(error))

        self._waiting = None  # an older moment
        self._errands.run("Saving", work, lambda _: None, problems.append)
        self._errands.finish()
        if problems:
            self._go_back(run, folder)
            return problems[0]
        self._settle(run, folder, moment)
        return ""

    def let_go(self, run: OpenRun) -> None:
        """Gives the run's folder back when its writing is done.

        What was saved by itself goes too, unless the folder that was to take its place does not hold the run.
        """
        run.closed = True
        self._errands.finish()
        if run.former is not None:
            run.former.autosave = None
            self._give_up(run.former)
        self._give_up(run)

    @Slot(object, object)
    def _write(self, run: OpenRun, moment: Run) -> None:
        if run.closed:
            return
        # Small data sets have many epochs a second: while one moment is written, only the newest other one waits.
        if self._writing:
            self._waiting = run, moment
            return
        folder = run.folder or run.autosave
        if folder is None:
            return
        self._writing = True

        def done(_: None) -> None:
            self._settle(run, folder, moment)
            self._write_waiting()

        def failed(sentence: str) -> None:
            self._go_back(run, folder)
            self.failed.emit(sentence)
            self._write_waiting()

        self._errands.run("Saving", lambda _: runs.save(moment, folder), done, failed)

    def _write_waiting(self) -> None:
        self._writing = False
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._write(*waiting)

    def _settle(self, run: OpenRun, folder: Path, moment: Run) -> None:
        """``folder`` holds the run: what held it before may go."""
        if run.closed or run.folder != folder:
            return
        run.safe = moment.content
        former, run.former = run.former, None
        if former is not None:
            self._give_up(former)
        self.saved.emit(str(folder))

    def _go_back(self, run: OpenRun, folder: Path) -> None:
        """``folder`` could not take the run: it stays where it was."""
        former = run.former
        if former is None or run.folder != folder:
            return
        if run.lock is not None:
            run.lock.release()
        run.folder, run.autosave, run.lock, run.safe = former.folder, former.autosave, former.lock, former.safe
        run.former = former.former
        self.renamed.emit()

    def _give_up(self, run: OpenRun) -> None:
        if run.lock is not None:
            run.lock.release()
        if run.autosave is not None:
            run_store.discard(run.autosave)
        if run.former is not None:
            self._give_up(run.former)
