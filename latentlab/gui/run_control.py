"""The life of runs in the window: load data, train, rest, choose, fork, save, open, close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core import catalogue
from latentlab.core.data import DataConfig, Dataset
from latentlab.core.fit import Snapshot
from latentlab.core.history import HistoryRow
from latentlab.core.run import RunSettings
from latentlab.core.view_config import ViewConfig
from latentlab.gui.data_loading import DataLoading
from latentlab.gui.errands import Errands
from latentlab.gui.open_run import FAILED, FINISHED, PAUSED, RESTING, RUNNING, STARTING, STOPPED, OpenRun
from latentlab.gui.run_keeping import RunKeeping
from latentlab.gui.run_list import RunList
from latentlab.gui.run_queue import RunQueue
from latentlab.gui.session import Session
from latentlab.gui.viewing import Viewing
from latentlab.gui.widgets.throttle import READ_MS, Throttle


class RunControl(QObject):
    """Carries out what the user wants done with runs. One of them is looked at: what is said without a run is about it.

    Attributes:
        runs: all that are open, and which of them is looked at.
        queue: those that wait for their training.
        training: the one that trains.
        keeping: where they are kept.
        state: ``empty``, ``loading`` or ``ready`` without a run, else the run's.
        run: the run that is looked at, or None.
        data: what is loaded.
        history: every row of the run so far.
        newest: the newest snapshot, or None.

    Signals:
        state_changed(str): `state` is new.
        run_changed(): another run, name or folder.
        history_changed(): `history` grew or was replaced.
        progressed(Snapshot): training went on.
        saved(str): a run is safe in that folder.
        opened(RunSettings): a run was opened.
        settings_shown(RunSettings): a run was opened or chosen; forms show its settings.
        stopped(OpenRun): its training was ended by hand.
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
    settings_shown = Signal(object)
    stopped = Signal(object)
    data_shown = Signal(str)
    failed = Signal(str)
    said = Signal(str)

    def __init__(self, session: Session, errands: Errands) -> None:
        super().__init__()
        self.session, self.errands = session, errands
        self.runs = RunList()
        self._viewing = Viewing(session, errands)
        self._viewing.data_shown.connect(self.data_shown)
        self._viewing.said.connect(self.said)
        self._viewing.failed.connect(self.failed)
        self.loading = DataLoading(errands)
        self.loading.state_changed.connect(self._tell_state)
        self.loading.failed.connect(self.failed)
        self.loading.said.connect(self.said)
        self._told_state = self.state
        self._halts: tuple[OpenRun | None, str] = None, ""  # whom a hand has rest, and which way
        self._went_on: OpenRun | None = None  # and is still to be told of
        self._going_on = Throttle(self._tell_of_going_on, READ_MS, self)
        self.keeping = RunKeeping(session, self.runs)
        self.training = self.keeping.training
        self.keeping.saver.saved.connect(self.saved)
        self.keeping.saver.renamed.connect(self.run_changed)
        self.keeping.saver.failed.connect(self.failed)
        self.training.state_changed.connect(self._take_state)
        self.training.advanced.connect(self._take_progress)
        self.training.failed.connect(self._training_failed)
        session.selection_changed.connect(self.training.step_aside)
        self.queue = RunQueue(self.runs, lambda: self.training.is_free, self.loading.fetch, self._begin_called)
        self.training.displaced.connect(self.queue.put_back)

    def tell_again(self) -> None:
        """Says once more how things are, for what was made after it was said."""
        self.run_changed.emit()
        self.state_changed.emit(self.state)

    # What is looked at.

    @property
    def run(self) -> OpenRun | None:
        """The run that is looked at."""
        return self.runs.chosen

    @property
    def state(self) -> str:
        """How things are with it."""
        return self.loading.state if self.run is None else self.run.state

    @property
    def history(self) -> list[HistoryRow]:
        """Its rows so far."""
        return [] if self.run is None else self.run.history

    @property
    def newest(self) -> Snapshot | None:
        """Its newest snapshot."""
        return None if self.run is None else self.run.newest

    @property
    def data(self) -> DataConfig | None:
        """What is loaded."""
        return self._viewing.data

    def choose(self, run: OpenRun) -> None:
        """Looks at another run; whatever trains goes on."""
        if run is self.run:
            return
        if run.dataset is None or (run.newest is None and not run.is_busy):
            self.said.emit(run.problem or f"“{run.title}” waits for its training; there is nothing to see of it yet.")
            return
        seen = self.session.exploration
        linked = run.dataset is self.session.dataset
        self._look_at(run)
        if not linked:
            self._viewing.show_data(run.dataset, run.settings.data, self.session.view_config)
        if run.newest is not None:
            self._viewing.follow(run.settings, run.newest)
            exploration = run.exploration
            if linked:
                # The same images: what is selected and dimmed stays so, in whichever space they lie.
                exploration = exploration.among(seen.shown_from)
                exploration = exploration.changed(selection=seen.selection, dimmed=seen.dimmed)
            self.session.restore(exploration)
        self.show_run()

    def show_run(self) -> None:
        """Says all that is to be known of the run that is looked at."""
        if self.run is not None:
            self.settings_shown.emit(self.run.settings)
        if self.newest is not None:
            self.progressed.emit(self.newest)
        self.run_changed.emit()
        self.history_changed.emit()
        self._tell_state()

    def look_at_none(self) -> None:
        """Looks at the data set by its PCA."""
        self._look_at(None)
        self._viewing.look_at_pca()
        self.show_run()

    def _look_at(self, run: OpenRun | None) -> None:
        if self.run is not None:
            self.run.exploration = self.session.to_be_saved
        self._viewing.forget_model()
        self.runs.choose(run)

    # Data.

    def load_data(self, config: DataConfig, view: ViewConfig, then: Callable[[], None] | None = None) -> None:
        """Loads a data set in the background and shows its PCA once it has arrived."""

        def show(dataset: Dataset) -> None:
            self._look_at(None)
            self._viewing.show_data(dataset, config, view)
            if then is None:
                self.show_run()
            else:
                then()

        self.loading.load(config, show)

    def show_other_images(self, view: ViewConfig) -> None:
        """Shows another choice of images as points; training is not touched."""
        self._viewing.show_other_images(view)

    def show_opened(self, run: OpenRun) -> None:
        """Looks at a run that was opened, as it was looked at when it was saved."""
        assert run.dataset is not None and run.newest is not None
        self._look_at(run)
        self._viewing.show_data(run.dataset, run.settings.data, self.session.view_config)
        self._viewing.follow(run.settings, run.newest)
        self.session.restore(run.exploration)
        self.opened.emit(run.settings)
        self.show_run()

    # Training.

    def train(self, settings: RunSettings, view: ViewConfig) -> None:
        """Begins a new training; the data set is loaded first where it is another one. A run that trains rests."""
        if settings.data != self.data or self.session.dataset is None:
            self.load_data(settings.data, view, then=lambda: self._begin(settings))
            return
        self._look_at(None)
        self._viewing.show_other_images(view)
        self._begin(settings)

    def line_up(self, settings: Sequence[RunSettings], titles: Sequence[str] = ()) -> None:
        """Adds a run for each of ``settings`` to the queue, called as given or by what it is."""
        for each, name in zip(settings, titles or [""] * len(settings), strict=True):
            title = next((info.title for info in catalogue.catalogue() if info.name == each.data.name), each.data.name)
            run = OpenRun(each, title, name=name, dataset=self._loaded(each.data), from_queue=True)
            self.runs.add(run)
            self.queue.add(run)

    def go_on(self, steps: int | None = None, run: OpenRun | None = None) -> None:
        """Goes on from where training rests, for so many steps or else to the goal, which after the last epoch lies as
        many epochs further. A run that trains meanwhile rests.

        Args:
            run: which one, if not the one that is looked at.
        """
        run = run or self.run
        if run is None or not run.can_train or run.state in (RUNNING, FAILED):
            return
        self.queue.cancel(run)
        if steps is None:
            self.queue.release()
        else:
            self.queue.hold()
        run.from_queue = False
        self.training.begin(run, steps)

    def retune(self, settings: RunSettings) -> None:
        """Goes on with changed training settings (epochs, batch size, learning rate, schedule)."""
        if self.run is not None and self.run.can_train:
            self.training.retune(self.run, settings)

    def step_once(self) -> None:
        """Takes a single optimizer step."""
        self.go_on(steps=1)

    def rest(self) -> None:
        """Stops what trains after the present chunk of work; it can go on from there, and the queue waits for it."""
        self._halts = self.training.run, PAUSED
        self.queue.hold()
        self.training.rest()

    def stop(self) -> None:
        """Ends what trains after the present chunk of work; the queue calls the next, and it can still go on later."""
        self._halts = self.training.run, STOPPED
        self.queue.release()
        self.training.rest()

    def add(self, run: OpenRun) -> None:
        """Takes in a run that is to train at once, and looks at it."""
        self.keeping.saver.keep_by_itself(run)
        self.runs.add(run)
        self.queue.release()
        if run.newest is not None:
            self.choose(run)
        else:
            self._look_at(run)
        self.training.begin(run)
        self.show_run()

    def _begin(self, settings: RunSettings) -> None:
        dataset = self.session.dataset
        assert dataset is not None
        self.add(OpenRun(settings, dataset.title, dataset))

    def _begin_called(self, run: OpenRun) -> None:
        """The run's turn in the queue has come."""
        self.keeping.saver.keep_by_itself(run)
        self.training.begin(run)
        if self.run is None:
            self.choose(run)
        else:
            self.said.emit(f"“{run.title}” trains now; what is in view stays so.")

    def _loaded(self, config: DataConfig) -> Dataset | None:
        return self.session.dataset if config == self.data else self.runs.dataset_of(config)

    @Slot(object)
    def _take_state(self, run: OpenRun) -> None:
        self.session.worker.set_gentle(not self.training.is_free)
        halted = self._halts[1] if run is self._halts[0] and not run.is_busy else ""
        run.halted = (halted or run.halted) if run.state == RESTING else ""
        self.runs.changed.emit(run)
        if run is self.run:
            self._tell_state()
        elif run.state == FINISHED and run is self.training.run:
            self.said.emit(f"“{run.title}” is done; what is in view stays so.")
        if not run.is_busy:
            if halted:
                self._halts = None, ""
            if halted == STOPPED:
                self.stopped.emit(run)
            self.queue.look()

    @Slot(object, str)
    def _training_failed(self, run: OpenRun, sentence: str) -> None:
        if run.state == STARTING:
            run.state = FAILED if run.newest is None else RESTING
            if run.state == FAILED and not run.from_queue:
                self.forget(run)  # nothing came of it, and who pressed Train is told so
        if run is self.run or not run.from_queue:
            self.failed.emit(sentence)
        else:
            self.said.emit(f"“{run.title}”: {sentence}")
        self._take_state(run)

    @Slot(object, bool)
    def _take_progress(self, run: OpenRun, grew: bool) -> None:
        if run is self.run and run.newest is not None:
            self._viewing.follow(run.settings, run.newest)
            self.progressed.emit(run.newest)
            if grew:
                self.history_changed.emit()
        if self._went_on not in (None, run):
            self._tell_of_going_on()
        self._went_on = run
        self._going_on.request()

    def _tell_of_going_on(self) -> None:
        run, self._went_on = self._went_on, None
        if run in self.runs:
            assert run is not None
            self.runs.changed.emit(run)

    @Slot()
    def _tell_state(self) -> None:
        if self.state != self._told_state:
            self._told_state = self.state
            self.state_changed.emit(self.state)

    # Keeping and closing.

    @property
    def unsaved(self) -> bool:
        """True where closing the run that is looked at would lose something."""
        return self.run is not None and not self.run.is_kept

    def save(self, folder: Path) -> None:
        """Names the run's folder and writes it; from then on every epoch is written there."""
        if self.run is not None:
            self.keeping.save_in(self.run, folder)

    def save_now(self) -> None:
        """Writes the run as it is at this moment."""
        if self.run is not None:
            self.keeping.save(self.run)

    def forget(self, run: OpenRun) -> None:
        """Takes a run out of the window and gives its folder back; looks at another one where it was looked at."""
        self.queue.cancel(run)
        if self.training.run is run:
            self.training.park()
        was_chosen, other = run is self.run, self.runs.neighbour(run)
        self.keeping.saver.let_go(run)
        self.runs.remove(run)
        if was_chosen and other is not None:
            self.choose(other)
        elif was_chosen:
            self.look_at_none()

    def close(self) -> None:
        """Ends all training; named runs are written once more, those without a name are given up."""
        for run in self.queue.waiting:
            self.queue.cancel(run)
        self.keeping.finish()
        self.training.park()
        for run in self.runs:
            self.keeping.saver.let_go(run)
            self.runs.remove(run)
        self.runs.close()
        self._going_on.stop()  # nobody is left to be told
        self._viewing.forget_model()
        self.session.worker.set_gentle(False)
