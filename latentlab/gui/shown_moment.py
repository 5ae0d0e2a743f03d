"""The moment that is looked at: what is known of it, and when the view's worker learns of it."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QTimer, Slot

from latentlab.core.film import Foreseen, Moment
from latentlab.core.requests import DecodeCells, Request
from latentlab.gui.view_worker import ViewWorker

# A hand that scrubs a film is faster; one that stays may want something that is not known.
_STAYS_MS = 80


class ShownMoment(QObject):
    """Stands before the worker, which wants the interpreter that the hand needs: of a moment of which all is foreseen
    that is asked, the worker hears once the hand stays with it.

    Attributes:
        foreseen: what is known of the moment; None where that is nothing, or the newest weights are looked at.
    """

    def __init__(self, worker: ViewWorker, parent: QObject) -> None:
        super().__init__(parent)
        self._worker = worker
        self.foreseen: Foreseen | None = None
        self._owed: Moment | None = None
        self._following: dict[type[Request], Request] = {}
        self._stays = QTimer(self, singleShot=True, interval=_STAYS_MS)
        self._stays.timeout.connect(self.hand_over)

    @property
    def following(self) -> tuple[Request, ...]:
        """What is asked whenever the weights are others, as it was asked last; but for the manifold's cells."""
        return tuple(self._following.values())

    def forget(self) -> None:
        """Another model is looked at."""
        self.foreseen = self._owed = None
        self._following.clear()
        self._stays.stop()

    def show(self, moment: Moment) -> None:
        """Looks at another moment of the same model."""
        self.foreseen, self._owed = moment.foreseen, moment
        if moment.foreseen is None:
            self.hand_over()
        else:
            self._stays.start()

    def answer(self, request: Request) -> Any:
        """The answer, where it is foreseen; else None, and the worker, which is to be asked, knows the moment."""
        if request.follows and not isinstance(request, DecodeCells):
            self._following[type(request)] = request
        answer = None if self.foreseen is None else self.foreseen.answers.get(request)
        if answer is None:
            self.hand_over()
        return answer

    @Slot()
    def hand_over(self) -> None:
        """Tells the worker what is looked at, if it does not know."""
        moment, self._owed = self._owed, None
        self._stays.stop()
        if moment is not None:
            self._worker.show(moment)
