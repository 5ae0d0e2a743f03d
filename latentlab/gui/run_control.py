"""The life of a run in the window: load data, train, rest, save, open, recover."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core import catalogue, reopening, run_store
from latentlab.core.data import DataConfig, Dataset, select
from latentlab.core.film import DEFAULT_BYTES, Film, Frame
from latentlab.core.fit import Snapshot
from latentlab.core.history import HistoryRow
from latentlab.core.run_store import RunLock
from latentlab.core.runs import Run, RunSettings
from latentlab.core.training import Trainer
from latentlab.core.view_config import ViewConfig
from latentlab.gui.errands import Errands, Reporter
from latentlab.gui.run_saving import OpenRun, RunSaver
from latentlab.gui.session import Session
from latentlab.gui.training_thread import FINISHED, RESTING, RUNNING, TrainingThread
from latentlab.gui.viewing import Viewing

EMPTY, LOADING, READY, STARTING = "empty", "loading", "ready", "starting"
"""The states before there is a run; with a run they are those of `TrainingThread`."""


class RunControl(QObject):
    """Carries out what the user wants done with runs.

    Attributes:
        state: ``empty``, ``loading``, ``ready``, ``starting``, ``running``, ``resting`` or ``finished``.
        run: the run the window works on, or None before the first training.
        data: what is loaded.
        history: every row of the run so far.
        newest: the newest snapshot, or None.
        film_bytes: how much memory the film of a training may take.
        keeps_film: the film is saved with the run.

    Signals:
        state_changed(str): `state` is new.
        run_changed(): another run, name or folder.
        history_changed(): `history` grew or was replaced.
        progressed(Snapshot): training went on.
        saved(str): the run is safe in that folder.
        opened(RunSettings): a run was opened; forms show its settings.
        data_shown(str): what is loaded, and that it is a part where it is one.
        failed(str): a sentence about what went wrong.
        said(str): a sentence about what is happening.
    """

    state_changed = Signal(str)
    run_changed = Signal()
    history_changed = Signal()
    progressed = Signal(object)
    saved = Signal(str)
    opened = Signal(object)
    data_shown = Signal(str)
    failed = Signal(str)
    said = Signal(str)

    def __init__(self, session: Session, errands: Errands) -> None:
        super().__init__()
        self.session, self.errands = session, errands
        self.state = EMPTY
        self.run: OpenRun | None = None
        self.history: list[HistoryRow] = []
        self.newest: Snapshot | None = None
        self.film_bytes, self.keeps_film = DEFAULT_BYTES, False
        self._thread: TrainingThread | None = None
        self._viewing = Viewing(session, errands)
        self._viewing.data_shown.connect(self.data_shown)
        self._viewing.said.connect(self.said)
        self._viewing.failed.connect(self.failed)
        self._loading: int | None = None
        self._saver = RunSaver(errands)
        self._saver.saved.connect(self.saved)
        self._saver.renamed.connect(self.run_changed)
        self._saver.failed.connect(self.failed)
        errands.ended.connect(self._take_ended)

    def tell_again(self) -> None:
        """Says once more how things are, for what was made after it was said."""
        self.run_changed.emit()
        self.state_changed.emit(self.state)

    # Data.

    @property
    def data(self) -> DataConfig | None:
        """What is loaded."""
        return self._viewing.data

    def load_data(self, config: DataConfig, view: ViewConfig, then: Callable[[], None] | None = None) -> None:
        """Loads a data set in the background and shows its PCA; the present run is closed when it has arrived."""
        if self._loading is not None:
            self.errands.cancel(self._loading)

        def work(reporter: Reporter) -> Dataset:
            return select(catalogue.load(config.name, reporter.progress, reporter.cancelled), config)

        def done(dataset: Dataset) -> None:
            self._loading = None
            self._close_run()
            self._viewing.show_data(dataset, config, view)
            self._set_state(READY)
            if then is not None:
                then()

        self._loading = self.errands.run("Loading data", work, done, self._loading_failed)
        if self.run is None:
            self._set_state(LOADING)

    def show_other_images(self, view: ViewConfig) -> None:
        """Shows another choice of images as points; training is not touched."""
        self._viewing.show_other_images(view)

    @Slot(str)
    def _loading_failed(self, sentence: str) -> None:
        self._end_loading()
        self.failed.emit(sentence)

    @Slot(int)
    def _take_ended(self, number: int) -> None:
        # One that is still awaited after its end was neither done nor failed.
        if number == self._loading:
            self._end_loading()
            self.said.emit("Loading was cancelled; the data set is as it was.")

    def _end_loading(self) -> None:
        self._loading = None
        if self.state in (LOADING, STARTING):
            self._set_state(READY if self.session.dataset is not None else EMPTY)

    # Training.

    def train(self, settings: RunSettings, view: ViewConfig) -> None:
        """Begins a new training; the data set is loaded first where it is another one."""
        if settings.data != self.data or self.session.dataset is None:
            self.load_data(settings.data, view, then=lambda: self._begin(settings))
            return
        self._close_run()
        self._viewing.show_other_images(view)
        self._begin(settings)

    def go_on(self, steps: int | None = None) -> None:
        """Goes on from where training rests, for so many steps or else to the goal, which after the last epoch lies as
        many epochs further.
        """
        if self._thread is not None and self.state in (RESTING, FINISHED):
            self._thread.go_on(steps)

    def retune(self, settings: RunSettings) -> None:
        """Goes on with changed training settings (epochs, batch size, learning rate, schedule)."""
        run, thread = self.run, self._thread
        if run is None or thread is None:
            return
        run.settings = replace(run.settings, training=settings.training)
        thread.with_trainer(lambda trainer: trainer.retune(settings.training))

    def step_once(self) -> None:
        """Takes a single optimizer step."""
        self.go_on(steps=1)

    def rest(self) -> None:
        """Stops training after the present chunk of work; it can go on from there."""
        if self._thread is not None:
            self._thread.rest()

    def _begin(self, settings: RunSettings) -> None:
        dataset = self.session.dataset
        assert dataset is not None
        self.run = OpenRun(settings, dataset.title, film=Film(self.film_bytes))
        self._saver.keep_by_itself(self.run)
        self.history, self.newest = [], None
        self._start_thread(lambda: Trainer(dataset, settings.model_name, settings.model, settings.training))
        self._set_state(STARTING)
        self.run_changed.emit()
        self.history_changed.emit()
        assert self._thread is not None
        self._thread.go_on()

    def _start_thread(self, make_trainer: Callable[[], Trainer]) -> None:
        thread = TrainingThread(make_trainer, self._capture)
        thread.state_changed.connect(self._take_state)
        thread.snapshot_arrived.connect(self._take_snapshots)
        thread.failed.connect(self._training_failed)
        self._thread = thread
        thread.start()

    @Slot(str)
    def _take_state(self, state: str) -> None:
        if self.sender() is self._thread:
            self.session.worker.set_gentle(state == RUNNING)
            self._set_state(state)

    @Slot(str)
    def _training_failed(self, sentence: str) -> None:
        if self.sender() is not self._thread:
            return
        if self.state == STARTING:
            self._close_run()
            self._set_state(READY)
        self.failed.emit(sentence)

    @Slot()
    def _take_snapshots(self) -> None:
        thread = self._thread
        if thread is None or self.sender() is not thread or self.run is None:
            return
        snapshots = thread.take_snapshots()
        if not snapshots:
            return
        rows = [row for snapshot in snapshots for row in snapshot.rows]
        newest = self.newest = snapshots[-1]
        for snapshot in snapshots:
            self.run.film.record(Frame(snapshot.step, snapshot.epoch, snapshot.weights))
        if self.history and self.history[-1].step > newest.step:
            self.history = [row for row in self.history if row.step <= newest.step]
        self.history += rows
        self._viewing.follow(self.run.settings, newest)
        self.progressed.emit(newest)
        if rows:
            self.history_changed.emit()

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)

    # Saving.

    @property
    def unsaved(self) -> bool:
        """True where closing would lose something: a training without a name, or one its folder does not hold yet."""
        run = self.run
        if run is None or run.read_only or self.newest is None:
            return False
        return run.folder is None or run.former is not None

    def save(self, folder: Path) -> None:
        """Names the run and writes it; from then on every epoch is written there."""
        run = self.run
        if run is not None and not run.read_only and (folder == run.folder or self._saver.name(run, folder)):
            self.save_now()

    def save_now(self) -> None:
        """Writes the run as it is at this moment."""
        if self._thread is not None:
            self._thread.with_trainer(self._capture)

    def _capture(self, trainer: Trainer) -> None:
        """Runs in the training thread: copies the whole state, which another thread then writes."""
        run = self.run
        if run is not None:
            self._saver.moment_taken.emit(run, self._moment(trainer, run))

    def _moment(self, trainer: Trainer, run: OpenRun) -> Run:
        moment = Run.of(trainer, run.settings.data, run.settings.model, self.session.to_be_saved, run.prior)
        return replace(moment, film=run.film.up_to(moment.step)) if self.keeps_film else moment

    # Opening and closing.

    def open(self, folder: Path, view: ViewConfig) -> None:
        """Opens a run folder: model, plane, curves and settings come back, and training can go on."""
        if self.run is not None and folder == self.run.folder:
            self.said.emit("This run is open in this window.")
            return

        bound = self.film_bytes

        def work(reporter: Reporter) -> tuple[Run, Dataset, Film, str]:
            opened, dataset = reopening.read(folder, reporter.progress, reporter.cancelled)
            return opened, dataset, *reopening.read_film(opened, folder, bound, reporter.cancelled)

        def done(result: tuple[Run, Dataset, Film, str]) -> None:
            opened, dataset, film, film_problem = result
            self._take_opened(folder, view, opened, dataset, film)
            if film_problem:
                self.failed.emit(film_problem)

        self.errands.run("Opening the run", work, done, self._loading_failed)

    def _take_opened(self, folder: Path, view: ViewConfig, opened: Run, dataset: Dataset, film: Film) -> None:
        self._close_run()
        lock = RunLock(folder)
        held = lock.take()
        settings = reopening.on_this_machine(opened.settings)
        run = OpenRun(settings, dataset.title, folder, prior=opened.prior, lock=lock if held else None, film=film)
        run.safe = opened.content
        if run_store.is_unnamed(folder):
            run.folder, run.autosave = None, folder
        run.read_only = not held or not opened.tensors
        self.run = run
        self.history = list(opened.history)
        newest = self.newest = reopening.moment_of(opened, dataset)
        if len(film):
            film.record(Frame(newest.step, newest.epoch, newest.weights))
        self._viewing.show_data(dataset, opened.settings.data, view)
        self._viewing.follow(settings, self.newest)
        self.session.restore(opened.exploration)
        if not run.read_only:
            self._start_thread(lambda: reopening.restored(opened, settings, dataset))
        self.opened.emit(settings)
        self.progressed.emit(self.newest)
        self.run_changed.emit()
        self.history_changed.emit()
        self._set_state(RESTING)
        if not held:
            self.said.emit("This run is open in another window; here it can be explored but not trained.")
        elif run.read_only:
            self.said.emit("What going on needs is missing from this run; it can be explored but not trained.")
        elif settings != opened.settings:
            self.said.emit("This machine lacks the device that the run was trained on; it goes on with what is here.")
        if opened.prior_problem:
            self.failed.emit(opened.prior_problem)

    def finish_saving(self) -> str:
        """Rests a named run and waits until it is safe as it is at this moment; returns what went wrong, or nothing."""
        run, thread = self.run, self._thread
        if run is None or thread is None or run.folder is None:
            return ""
        thread.rest()
        moment = thread.ask(lambda trainer: self._moment(trainer, run))
        return "" if moment is None else self._saver.write_and_wait(run, moment)

    def close(self) -> None:
        """Ends training; a named run is written once more, one without a name is given up."""
        self._close_run()

    def _close_run(self) -> None:
        self.finish_saving()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.close()
        run, self.run = self.run, None
        if run is not None:
            self._saver.let_go(run)
        self.history, self.newest = [], None
        self._viewing.forget_model()
        self.session.worker.set_gentle(False)
