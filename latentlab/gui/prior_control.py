"""The life of a code prior in the window: trained while its model rests, kept with the run, dropped when it is past."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core import devices
from latentlab.core.code_prior import LearnedPrior, PriorConfig
from latentlab.core.models import ImageShape, create
from latentlab.core.prior_training import PriorFit, PriorProgress
from latentlab.gui.open_run import OpenRun
from latentlab.gui.prior_thread import PriorThread
from latentlab.gui.run_control import RunControl
from latentlab.gui.training_thread import FINISHED, RESTING

NONE, TRAINING, PAUSED, LEARNED, STALE = "none", "training", "paused", "learned", "stale"
"""What there is of a prior. Stale: the model has trained on since, and its codes mean other things now."""

_REST_FIRST = "A prior is trained while the model rests; pause training first."


class PriorControl(QObject):
    """Trains a prior over the codes of the run that is looked at; it goes on when another one is looked at.

    Attributes:
        state: ``none``, ``training``, ``paused``, ``learned`` or ``stale``, of the run that is looked at.
        may_train: nothing hinders that its prior is trained.

    Signals:
        changed(): `state`, `may_train` or `learned` is new.
        progressed(PriorProgress): training the prior of the run that is looked at went on.
        failed(str): a sentence about what went wrong.
        said(str): a sentence about what is happening.
    """

    changed = Signal()
    progressed = Signal(object)
    failed = Signal(str)
    said = Signal(str)

    def __init__(self, control: RunControl) -> None:
        super().__init__()
        self._control = control
        self._thread: PriorThread | None = None
        self._run: OpenRun | None = None
        self._so_far: LearnedPrior | None = None
        self._paused = False
        control.run_changed.connect(self._tell)
        control.state_changed.connect(self._tell)
        control.runs.listed.connect(self._take_runs)
        control.training.state_changed.connect(self._take_state)

    @property
    def state(self) -> str:
        """What there is of a prior."""
        if self._is_here:
            return PAUSED if self._paused else TRAINING
        if self._control.run is None or self._control.run.prior is None:
            return NONE
        return STALE if self.learned is None else LEARNED

    @property
    def may_train(self) -> bool:
        """True where nothing hinders: a prior belongs to weights that stay as they are, and one trains at a time."""
        return not self.hindrance

    @property
    def hindrance(self) -> str:
        """Why no prior can be trained now, in a sentence; empty where one can."""
        if self._thread is not None and self._run is not None and not self._is_here:
            return f"The prior of “{self._run.title}” is being trained; the next one can begin when it is done."
        rests = self._control.newest is not None and self._control.state in (RESTING, FINISHED)
        return "" if rests else _REST_FIRST

    @property
    def learned(self) -> LearnedPrior | None:
        """The prior over the newest weights' codes, while it trains the newest one tested; None where there is none."""
        if self._is_here:
            return self._so_far
        run, newest = self._control.run, self._control.newest
        prior = None if run is None else run.prior
        return prior if prior is not None and newest is not None and prior.step == newest.step else None

    @property
    def _is_here(self) -> bool:
        """True where the run that is looked at has its prior trained."""
        return self._thread is not None and self._run is self._control.run

    def train(self, config: PriorConfig) -> None:
        """Begins to train a prior; nothing happens unless `may_train`."""
        run, newest, dataset = self._control.run, self._control.newest, self._control.session.dataset
        if not self.may_train or run is None or newest is None or dataset is None:
            return
        self._drop()
        settings, shape = run.settings, ImageShape(*dataset.shape, dataset.classes)

        def make_fit() -> PriorFit:
            model = create(settings.model_name, settings.model, shape)
            model.load_state_dict(newest.weights)
            device = devices.resolve(settings.training.device)
            return PriorFit(model.eval(), dataset, config, newest.step, device if device.type == "cuda" else None)

        thread = PriorThread(make_fit)
        thread.progressed.connect(self._take_progress)
        thread.ended.connect(self._take_end)
        thread.failed.connect(self._take_failure)
        self._thread, self._run, self._so_far, self._paused = thread, run, None, False
        thread.start()
        self.changed.emit()

    def pause(self, paused: bool) -> None:
        """Has training rest, or go on."""
        if self._thread is not None:
            self._paused = paused
            self._thread.pause(paused)
            self.changed.emit()

    def stop(self) -> None:
        """Ends training; what was learned is kept."""
        if self._thread is not None:
            self._thread.stop()

    def close(self) -> None:
        """Ends training and gives up what was not finished."""
        self._drop()

    def _drop(self) -> None:
        thread, self._thread = self._thread, None
        self._run = self._so_far = None
        if thread is not None:
            thread.close()

    @Slot()
    def _tell(self) -> None:
        self.changed.emit()

    @Slot()
    def _take_runs(self) -> None:
        if self._thread is not None and self._run not in self._control.runs:
            self._drop()  # the run was closed or deleted
        self.changed.emit()

    @Slot(object)
    def _take_state(self, run: OpenRun) -> None:
        if self._thread is not None and run is self._run and run.is_busy:
            self._drop()
            self.said.emit(f"“{run.title}” trains on, so its prior was given up; train one when it rests.")
        self.changed.emit()

    @Slot(object)
    def _take_progress(self, progress: PriorProgress) -> None:
        if self.sender() is not self._thread:
            return
        if self._is_here:
            self.progressed.emit(progress)
        if progress.learned is not None:
            self._so_far = progress.learned
            self.changed.emit()

    @Slot(object)
    def _take_end(self, learned: LearnedPrior | None) -> None:
        if self.sender() is not self._thread:
            return
        run = self._run
        self._drop()
        if run is not None and learned is not None:
            run.prior = learned
            self._control.keeping.save(run)
            if run is not self._control.run:
                self.said.emit(f"The prior of “{run.title}” is learned.")
        self.changed.emit()

    @Slot(str)
    def _take_failure(self, sentence: str) -> None:
        if self.sender() is self._thread:
            self._drop()
            self.failed.emit(sentence)
            self.changed.emit()
