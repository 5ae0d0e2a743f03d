"""Brings runs into the window and takes them out of it: opens, forks, puts away, deletes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from torch import Tensor

from latentlab.core import reopening, run_config, run_data, run_store
from latentlab.core.data import Dataset
from latentlab.core.errors import LatentLabError, LostDataError
from latentlab.core.film import Film, Frame
from latentlab.core.forking import forked, forked_from_weights
from latentlab.core.frame_weights import FrameWeights
from latentlab.core.models import ImageShape
from latentlab.core.run import Origin, Run, RunSettings
from latentlab.core.run_store import RunLock, Written
from latentlab.gui.errands import Reporter
from latentlab.gui.open_run import FINISHED, RESTING, OpenRun
from latentlab.gui.run_control import RunControl


class RunOpening(QObject):
    """What changes which runs there are in the window, but for new trainings.

    Signals:
        failed(str): a sentence about what went wrong.
        said(str): a sentence about what happened.
        warned(str): a sentence about what the user should know of a run that was opened.
        data_lost(Path, LostDataError): the run in that folder was not opened, for its own data are not there.
        opened(Path): the run in that folder is open.
        outdated(str): a run was opened after this sentence had been said of one that could not be.
    """

    failed = Signal(str)
    said = Signal(str)
    warned = Signal(str)
    data_lost = Signal(object, object)
    opened = Signal(object)
    outdated = Signal(str)

    def __init__(self, control: RunControl) -> None:
        super().__init__()
        self._control = control
        self._problems: list[str] = []

    def open(self, folder: Path, place: str = "") -> None:
        """Opens a run folder beside what is open: model, plane, curves and settings come back; training can go on.

        Args:
            place: where its own data lie now; empty where they have not moved. The next save notes it.
        """
        if self._is_open(folder):
            return
        bound = self._control.runs.film_bytes
        # Of several that are asked for at once one may fail before another opens; that is news still.
        known = tuple(self._problems)

        def work(reporter: Reporter) -> tuple[Written, Run, Dataset, Film, str] | LostDataError:
            written = run_store.written(folder)
            try:
                opened, dataset = reopening.read(folder, reporter.progress, reporter.cancelled, place)
            except LostDataError as error:
                return error
            return written, opened, dataset, *reopening.read_film(opened, folder, bound, reporter.cancelled)

        def done(result: tuple[Written, Run, Dataset, Film, str] | LostDataError) -> None:
            if isinstance(result, LostDataError):
                self.data_lost.emit(folder, result)
                return
            written, opened, dataset, film, film_problem = result
            if self._is_open(folder):  # it was asked for twice
                return
            lock = RunLock(folder)
            if lock.take() and run_store.written(folder) != written:
                # Who held the folder saved the run once more and let go of it while it was read: what was read is past.
                lock.release()
                self.open(folder, place)
                return
            self._take_opened(lock, opened, dataset, film, has_moved=bool(place))
            self._settle(known)
            if film_problem:
                self.failed.emit(film_problem)

        def failed(sentence: str) -> None:
            if sentence not in self._problems:
                self._problems.append(sentence)
            self.failed.emit(sentence)

        self._control.errands.run("Opening the run", work, done, failed)

    def _settle(self, problems: tuple[str, ...]) -> None:
        for sentence in problems:
            if sentence in self._problems:
                self._problems.remove(sentence)
                self.outdated.emit(sentence)

    def _is_open(self, folder: Path) -> bool:
        """Looks at the run in ``folder`` where it is open in this window; else returns False."""
        there = next((run for run in self._control.runs if folder in (run.folder, run.autosave)), None)
        if there is None:
            return False
        self.said.emit("This run is open in this window.")
        self._control.choose(there)
        self._settle(tuple(self._problems))
        return True

    def _take_opened(self, lock: RunLock, opened: Run, dataset: Dataset, film: Film, has_moved: bool) -> None:
        control, folder, held = self._control, lock.folder, lock.held
        settings = reopening.on_this_machine(opened.settings)
        loaded = control.runs.dataset_of(settings.data)
        if loaded is not None and loaded.fingerprint == dataset.fingerprint:  # it may have been loaded before a change
            dataset = loaded
        run = _run_at(opened, settings, dataset)
        if len(film) and run.newest is not None:
            film.record(Frame(run.newest.step, run.newest.epoch, FrameWeights(run.newest.weights)))
        run.film = film
        written = tuple(frame.step for frame in film.frames) if len(film) else None
        run.lock, run.safe = lock if held else None, opened.content._replace(film=written)
        if has_moved:
            run.safe = run.safe._replace(place="")  # the folder knows the old one
        if run_store.is_unnamed(folder):
            run.autosave = folder
        else:
            run.folder = folder
        run.read_only = not held or not opened.tensors
        control.runs.add(run)
        control.show_opened(run)
        if lock.problem:
            self.said.emit(
                f"This folder cannot be written to ({lock.problem}); the run can be explored but not trained."
            )
        elif not held:
            self.said.emit("This run is open in another window; here it can be explored but not trained.")
        elif run.read_only:
            self.said.emit("What going on needs is missing from this run; it can be explored but not trained.")
        elif settings != opened.settings:
            self.said.emit("This machine lacks the device that the run was trained on; it goes on with what is here.")
        if opened.prior_problem:
            self.failed.emit(opened.prior_problem)
        data_changed = run_data.changed(opened, dataset, f"“{run.title}”")
        if data_changed:
            self.warned.emit(data_changed)
        self.opened.emit(folder)

    def fork(self, run: OpenRun, name: str, settings: RunSettings, queued: bool = False) -> OpenRun | None:
        """Continues ``run`` from where it stands as another run, at once or when its turn in the queue comes.

        Returns:
            The new run; None, with a sentence, where ``settings`` differ in what a run cannot change.
        """
        moment, dataset = self._control.keeping.moment(run), run.dataset
        if moment is None or dataset is None:
            return None
        at = reopening.moment_of(moment, dataset)
        origin = Origin(run.title, at.step, at.epoch)
        if not moment.tensors:
            return self.fork_at(run, name, settings, moment.weights, origin, queued)
        try:
            return self._take_in(forked(moment, settings, origin, len(dataset.train)), run, name, queued)
        except LatentLabError as error:
            self.failed.emit(str(error))
            return None

    def fork_at(
        self,
        run: OpenRun,
        name: str,
        settings: RunSettings,
        weights: Mapping[str, Tensor],
        origin: Origin,
        queued: bool = False,
    ) -> OpenRun | None:
        """As `fork`, from a past moment of which only the weights are left: the optimizer starts afresh.

        Args:
            weights: the model's state dict at ``origin.step``.
        """
        dataset = run.dataset
        if dataset is None:
            return None
        shape = ImageShape(*dataset.shape, dataset.classes)
        moment = forked_from_weights(settings, shape, dict(weights), run.history, origin, len(dataset.train))
        return self._take_in(replace(moment, fingerprint=dataset.fingerprint), run, name, queued)

    def put_away(self, run: OpenRun) -> bool:
        """Takes a run out of the window, all that it learned kept in a folder; False, with a sentence, where not."""
        control = self._control
        if control.training.run is run:
            control.training.park()
        problem = control.keeping.put_away(run)
        if problem:
            self.failed.emit(problem)
            return False
        title, folder = run.title, run.folder
        control.forget(run)
        where = f"It is kept in {folder}; Open recent brings it back." if folder else ""
        self.said.emit(f"Closed “{title}”. {where}".strip())
        return True

    def delete(self, run: OpenRun) -> None:
        """Takes a run out of the window, and deletes what is saved of it."""
        title, folder, read_only = run.title, run.folder, run.read_only
        self._control.forget(run)
        try:
            if folder is None or read_only or not run_config.is_there(folder):
                self.said.emit(f"Deleted “{title}”.")
                return
            gone = run_store.erase(folder)
        except LatentLabError as error:
            self.failed.emit(str(error))
            return
        left = "" if gone else f" Other files are in {folder}; they were left there."
        self.said.emit(f"Deleted “{title}”.{left}")

    def _take_in(self, moment: Run, parent: OpenRun, name: str, queued: bool) -> OpenRun:
        assert parent.dataset is not None
        child = _run_at(moment, moment.settings, parent.dataset)
        child.name = name
        if child.origin is not None:
            child.film = parent.film.branch(child.origin.step)
        child.from_queue = queued
        if queued:
            self._control.runs.add(child)
            self._control.queue.add(child)
        else:
            self._control.add(child)
        return child


def _run_at(moment: Run, settings: RunSettings, dataset: Dataset) -> OpenRun:
    """An open run that rests at ``moment``."""
    newest = reopening.moment_of(moment, dataset)
    return OpenRun(
        settings,
        dataset.title,
        dataset,
        name=moment.title,
        state=FINISHED if moment.numbers and newest.progress >= 1.0 else RESTING,
        history=list(moment.history),
        newest=newest,
        moment=moment,
        exploration=moment.exploration,
        origin=moment.origin,
        prior=moment.prior,
    )
