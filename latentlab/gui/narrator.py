"""Says in words what is happening: in the status bar, and in the message bar where something went wrong."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QStatusBar, QWidget

from latentlab.gui.errands import Errands
from latentlab.gui.open_run import PAUSED, STOPPED, OpenRun
from latentlab.gui.panels.base import Panel
from latentlab.gui.run_control import RunControl
from latentlab.gui.run_opening import RunOpening
from latentlab.gui.text_size import follow
from latentlab.gui.widgets.busy_note import BusyNote
from latentlab.gui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from latentlab.gui.film_saving import FilmSaving
    from latentlab.gui.filming import Filming
    from latentlab.gui.prior_control import PriorControl

_log = logging.getLogger(__name__)
_FRAME = 6  # what a status bar has above and beneath its widgets, together
_WELCOME = (
    "The data are shown by PCA. Press Train to see a model find a space of its own, or take the road from AE to VQ-VAE "
    "(Help)."
)


def _at_rest(run: OpenRun, where: str, queue_waits: bool) -> str:
    """What is so of a run that rests, by how it came to."""
    if run.halted == PAUSED:
        waits = "; the queue waits until then" if queue_waits else ""
        return f"Paused{where}: nothing is lost, and Continue goes on as if it had never paused{waits}."
    if run.halted == STOPPED:
        return f"Stopped{where}: this training has ended and is evaluated; Continue would take it up again."
    return f"Training rests{where}; it can go on from here at any time."


class Narrator(QObject):
    """Follows a training and the errands, and passes on what others have to say."""

    def __init__(self, control: RunControl, messages: MessageBar, status: QStatusBar) -> None:
        super().__init__(status)
        self._control, self._messages, self._status = control, messages, status
        self._welcomed = False
        self._sentence = ""
        self._busy = BusyNote()
        status.addPermanentWidget(self._busy)
        follow(self, self._keep_height)
        status.messageChanged.connect(self._say_again)
        control.saved.connect(self._say_saved)
        control.state_changed.connect(self._say_state)
        control.settings_shown.connect(self._say_present)
        control.session.failed.connect(self._log_failure)
        control.session.source_changed.connect(self._welcome)
        self._follow(control.errands)
        self._follow(control.keeping.saver.errands)

    def hear(self, *speakers: Panel | RunControl | RunOpening | PriorControl | Filming | FilmSaving) -> None:
        """Passes on what they say from now on, and what failed there."""
        for speaker in speakers:
            speaker.failed.connect(self._say_error)
            speaker.said.connect(self.say)

    @Slot(str)
    def say(self, sentence: str) -> None:
        """Shows a sentence in the status bar."""
        self._sentence = sentence
        self._status.showMessage(sentence)

    @Slot(str)
    def _say_again(self, shown: str) -> None:
        # Qt shows the status tip of every menu entry that the mouse passes; ours have none, and the bar would be empty.
        if not shown and self._sentence:
            self._status.showMessage(self._sentence)

    def _keep_height(self) -> None:
        """Makes the status bar as high as it is with the busy note, so that nothing above it jumps when that comes."""
        for part in self._busy.findChildren(QWidget):
            part.ensurePolished()
        self._status.setMinimumHeight(self._busy.sizeHint().height() + _FRAME)

    def _follow(self, errands: Errands) -> None:
        self._busy.cancel_pressed.connect(errands.cancel)
        errands.started.connect(self._busy.begin)
        errands.progressed.connect(self._busy.advance)
        errands.ended.connect(self._busy.end)

    @Slot(str)
    def _say_state(self, state: str) -> None:
        run, newest = self._control.run, self._control.newest
        if run is None or (state != "running" and newest is None):
            return
        where = f" after {newest.epoch:.1f} epochs" if newest is not None else ""
        sentences = {
            "running": f"Training {run.title}. Drag and zoom as you like; exploring never changes what is learned.",
            "resting": _at_rest(run, where, bool(self._control.queue.waiting)),
            "finished": f"Training is done{where}. Drag the ring, zoom the manifold, or train on.",
        }
        if state in sentences:
            self.say(sentences[state])

    @Slot()
    def _say_present(self) -> None:
        """Another run is looked at, which may be in the same state as the one before."""
        self._say_state(self._control.state)

    @Slot(str)
    def _say_saved(self, folder: str) -> None:
        run, keeps = self._control.run, self._control.keeping.keeps_film
        left_out = run is not None and str(run.folder) == folder and len(run.film) > 1 and not keeps
        more = " Its film is not in it: Film, Save the film with the run, takes it along." if left_out else ""
        self.say(f"Saved in {folder}.{more}")

    @Slot(str)
    def _say_error(self, sentence: str) -> None:
        _log.warning("%s", sentence)
        self._messages.say(sentence, "error")

    @Slot(str)
    def _log_failure(self, sentence: str) -> None:
        _log.error("a view failed: %s", sentence)
        self.say("A view could not be drawn; Help, Copy diagnostics has the details.")

    @Slot()
    def _welcome(self) -> None:
        if not self._welcomed and self._control.session.source_title == "PCA":
            self._welcomed = True
            self.say(_WELCOME)
