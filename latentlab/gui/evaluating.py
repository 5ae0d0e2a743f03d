"""Evaluates a frozen copy of the run's weights in the background, out of the way of the hand and of training."""

from __future__ import annotations

import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from latentlab.core.errors import Cancelled
from latentlab.core.evaluation import Evaluation, EvaluationConfig, evaluate
from latentlab.core.models import ImageShape, create
from latentlab.core.run_figures import QUICKLY_MEASURED
from latentlab.gui.errands import Errands, Reporter
from latentlab.gui.open_run import FINISHED, RESTING, OpenRun
from latentlab.gui.run_control import RunControl

QUICK = EvaluationConfig(samples=1, test_images=QUICKLY_MEASURED, train_images=10_000, probes=False)
"""What comes by itself: a second or two of one core."""
THOROUGH = EvaluationConfig(train_images=10_000, quadrature=True, likelihood_images=500)
"""What the button asks for, with as many importance samples as are chosen."""

# So long after the hand last moved something it may be about to move again.
_HAND_SECONDS = 0.4
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Evaluated:
    """An evaluation of the weights at one optimizer step, on so many test images."""

    evaluation: Evaluation
    step: int
    images: int


class Evaluating(QObject):
    """Evaluates on request, and quickly by itself when a training ends, or a run at rest comes into view.

    It has a thread of its own: in that of the other errands an epoch's save would have to wait for it.

    Attributes:
        errands: what runs it; their signals tell of its progress.
        newest: the last evaluation of the run that is looked at, or None.
        busy: one is being made.
        thorough: what the button asks for.

    Signals:
        changed(): `newest` or `busy` is new.
        failed(str): a sentence about what went wrong.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(self, control: RunControl) -> None:
        super().__init__()
        self._control = control
        self._run: OpenRun | None = None
        self._number: int | None = None
        self._step: int | None = None  # whose weights are being evaluated
        # A run that comes into view to train at once is given the time to begin.
        self._arrival = QTimer(self, singleShot=True, interval=0)
        self._arrival.timeout.connect(self._welcome)
        self._known: WeakKeyDictionary[OpenRun, Evaluated] = WeakKeyDictionary()
        self._courtesy = _Courtesy()
        self.errands = Errands()
        self.newest: Evaluated | None = None
        self.thorough = THOROUGH
        self.errands.ended.connect(self._take_ended)
        session = control.session
        for moved in (session.probe_moved, session.window_changed, session.selection_changed, session.hover_changed):
            moved.connect(self._notice_hand)
        control.state_changed.connect(self._take_state)
        control.stopped.connect(self._take_stop)
        control.training.state_changed.connect(self._take_training)
        control.run_changed.connect(self._take_run)
        control.opened.connect(self._take_opened)
        if control.newest is not None:  # opened before this was made
            self._take_opened()

    @Slot()
    def _notice_hand(self) -> None:
        self._courtesy.notice_hand()

    @property
    def busy(self) -> bool:
        """True while an evaluation is being made."""
        return self._number is not None

    @property
    def outdated(self) -> bool:
        """True where the model has moved on since `newest`."""
        moment = self._control.newest
        return self.newest is not None and moment is not None and moment.step != self.newest.step

    def evaluate(self, config: EvaluationConfig) -> None:
        """Evaluates the newest weights of the run; an evaluation that is being made is given up."""
        run, moment, dataset = self._control.run, self._control.newest, self._control.session.dataset
        if run is None or moment is None or dataset is None:
            return
        self.cancel()
        settings, courtesy = run.settings, self._courtesy

        def work(reporter: Reporter) -> Evaluated:
            model = create(settings.model_name, settings.model, ImageShape(*dataset.shape, dataset.classes))
            model.load_state_dict(moment.weights)
            courtesy.begin()

            def checkpoint(text: str, share: float) -> None:
                reporter.progress(text, share)
                courtesy.wait(reporter)

            images = min(config.test_images or len(dataset.test), len(dataset.test))
            return Evaluated(evaluate(model, dataset, config, checkpoint, moment.step), moment.step, images)

        def done(evaluated: Evaluated) -> None:
            self._known[run] = evaluated
            if self._control.run is run:
                self.newest = evaluated

        self._step = moment.step
        self._number = self.errands.run("Evaluating", work, done, self.failed.emit)
        self.changed.emit()

    def cancel(self) -> None:
        """Gives up the evaluation that is being made."""
        self._step = None
        if self._number is not None:
            self.errands.cancel(self._number)

    def close(self) -> None:
        """Ends the thread."""
        self.errands.close()

    @Slot(int)
    def _take_ended(self, number: int) -> None:
        if number == self._number:
            self._number = self._step = None
            self.changed.emit()

    @Slot(str)
    def _take_state(self, state: str) -> None:
        self._take_run()  # a run that was closed for other data says so by the state alone
        if state == FINISHED:
            self._catch_up()

    @Slot(object)
    def _take_stop(self, run: OpenRun) -> None:
        if run is self._control.run:
            self._catch_up()

    @Slot()
    def _take_training(self) -> None:
        self._courtesy.training = not self._control.training.is_free

    @Slot()
    def _take_run(self) -> None:
        run = self._control.run
        if run is self._run:
            return  # another name of the same run changes nothing
        self._run = run
        self.cancel()
        self.newest = None if run is None else self._known.get(run)
        self.changed.emit()
        self._arrival.start()

    @Slot()
    def _welcome(self) -> None:
        if self._control.state in (RESTING, FINISHED):
            self._catch_up()

    @Slot()
    def _take_opened(self) -> None:
        self._take_run()
        self._catch_up()

    def _catch_up(self) -> None:
        """Evaluates quickly, unless there is an evaluation of these weights or one is being made."""
        moment = self._control.newest
        there = None if self.newest is None else self.newest.step
        if moment is not None and moment.step not in (there, self._step):
            self.evaluate(QUICK)


class _Courtesy:
    """When an evaluation has to let others go first; asked in its thread, told in the GUI's.

    Attributes:
        training: a training runs, which is to keep most of its speed.
    """

    def __init__(self) -> None:
        self.training = False
        self._quiet_from = self._began = 0.0

    def notice_hand(self) -> None:
        """The hand has just moved something."""
        self._quiet_from = time.perf_counter() + _HAND_SECONDS

    def begin(self) -> None:
        """A piece of work begins."""
        self._began = time.perf_counter()

    def wait(self, reporter: Reporter) -> None:
        """Waits after a piece of work until the next may begin.

        Raises:
            Cancelled: nobody wants it any more.
        """
        now = time.perf_counter()
        # Beside a training, as long a rest as the work took: half a core.
        rested = now + (now - self._began if self.training else 0.0)
        while not reporter.cancelled() and time.perf_counter() < max(rested, self._quiet_from):
            time.sleep(_LOOK_SECONDS)
        if reporter.cancelled():
            raise Cancelled
        self.begin()
