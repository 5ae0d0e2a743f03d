"""Where a run is kept: its folder and lock, and saves that give up the old place only once the new one holds it."""

from __future__ import annotations

import itertools
import logging
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core import run_config, run_store, runs
from latentlab.core.errors import LatentLabError
from latentlab.core.run import Run
from latentlab.core.run_store import RunLock
from latentlab.gui.errands import Errands
from latentlab.gui.open_run import OpenRun

_log = logging.getLogger(__name__)


class RunSaver(QObject):
    """Names runs and writes their moments; used from the GUI thread.

    It has a thread of its own: in that of the other errands an epoch's save, and with it the closing of a run, would
    have to wait for a download.

    Attributes:
        errands: what runs it; their signals tell of its progress.

    Signals:
        saved(str): the run is safe in that folder.
        renamed(): the run has another folder.
        failed(str): a sentence about what went wrong.
    """

    saved = Signal(str)
    renamed = Signal()
    failed = Signal(str)
    _moment_taken = Signal(object, object, int)

    def __init__(self) -> None:
        super().__init__()
        self.errands = Errands()
        self._writing = False
        self._waiting: dict[OpenRun, Run] = {}
        self._numbers = itertools.count(1)
        self._newest: dict[OpenRun, int] = {}
        self._moment_taken.connect(self._take)

    def close(self) -> None:
        """Ends the thread, once what is being written is."""
        self.errands.close()

    def keep(self, run: OpenRun, moment: Run) -> None:
        """Has a moment written where the run is kept; called by whoever took it, in any thread."""
        self._moment_taken.emit(run, moment, next(self._numbers))

    def keep_by_itself(self, run: OpenRun) -> None:
        """Gives a run without a name a folder for its epochs, if it has none."""
        if run.folder is not None or run.autosave is not None:
            return
        try:
            run.lock = run_store.new_autosave()
        except OSError as error:
            self.failed.emit(f"Epochs cannot be saved by themselves ({error.strerror}); save the run by hand.")
            return
        run.autosave = run.lock.folder

    def name(self, run: OpenRun, folder: Path) -> bool:
        """Has everything written to ``folder`` from now on; False, with a sentence, where that cannot be."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self.failed.emit(f"The folder {folder} cannot be made ({error.strerror}); choose another place.")
            return False
        try:
            taken = run_config.holds_run(folder)
        except LatentLabError as error:
            self.failed.emit(str(error))
            return False
        if taken:
            self.failed.emit(f"{folder} already holds a run; choose another name.")
            return False
        lock = RunLock(folder)
        if not lock.take():
            reason = lock.problem or "another LatentLab has it open"
            self.failed.emit(f"The folder {folder} cannot be written ({reason}); choose another place.")
            return False
        self._waiting.pop(run, None)  # whoever names a run saves it as it is now
        run.former = replace(run)
        run.folder, run.autosave, run.lock, run.safe = folder, None, lock, None
        self.renamed.emit()
        return True

    def write_and_wait(self, run: OpenRun, moment: Run) -> str:
        """Writes ``moment`` where the run is kept; returns what went wrong, or nothing."""
        folder = run.folder or run.autosave
        if folder is None or (run.safe is not None and run.safe.covers(moment.content)):
            return ""
        problems: list[str] = []

        def work(_: object) -> None:
            try:
                runs.save(moment, folder)
            except LatentLabError as error:
                problems.append(str(error))
            except Exception as error:
                # Told here and not by ``failed``, which would come when the window has closed.
                _log.exception("saving failed")
                problems.append(f"Saving failed: {error!r}")

        self._waiting.pop(run, None)  # an older moment
        self._newest[run] = next(self._numbers)
        self.errands.run("Saving", work, lambda _: None, lambda _: None)
        self.errands.finish()
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
        self.errands.finish()
        self._newest.pop(run, None)
        if run.former is not None:
            run.former.autosave = None
            self._give_up(run.former)
        self._give_up(run)

    @Slot(object, object, int)
    def _take(self, run: OpenRun, moment: Run, number: int) -> None:
        # What the training thread took may come after what was taken here since.
        if not run.closed and number > self._newest.get(run, 0):
            self._newest[run] = number
            self._write(run, moment)

    def _write(self, run: OpenRun, moment: Run) -> None:
        if run.closed:
            return
        # Small data sets have many epochs a second: while one moment is written, only the newest other one waits.
        if self._writing:
            self._waiting[run] = moment
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

        self.errands.run("Saving", lambda _: runs.save(moment, folder), done, failed)

    def _write_waiting(self) -> None:
        self._writing = False
        while self._waiting and not self._writing:
            run = next(iter(self._waiting))
            self._write(run, self._waiting.pop(run))

    def _settle(self, run: OpenRun, folder: Path, moment: Run) -> None:
        """``folder`` holds the run: what held it before may go."""
        if run.closed or run.folder != folder:
            return
        run.safe = moment.content if run.safe is None else run.safe.followed_by(moment.content)
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
