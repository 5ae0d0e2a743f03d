"""What every map over a view of the plane shares: a switch, and when it is computed anew."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QAction, QKeySequence

from latentlab.core.exploration import Rect
from latentlab.core.requests import Request
from latentlab.gui import icons
from latentlab.gui.session import Session
from latentlab.gui.widgets.patient_timer import PatientTimer
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.throttle import Throttle

# A map reaches so far beyond the view, as a share of it, that small pans need no other.
_MARGIN = 0.25
_LARGEST = 2.5
_FOLLOW_MS = 100
# While training it is computed anew this often at most, and takes no more than this share of the worker's time.
_REFRESH_MS = 400
_SHARE = 0.2
_LONGEST_WAIT = 1.0


class MapOverlay(QObject):
    """A map that the view's worker computes for the part of the plane in view, only while it is switched on.

    Attributes:
        action: switches it on and off, for a menu and a button.
        awaits: an answer is on its way.
    """

    def __init__(self, session: Session, view: PlaneView, action: QAction) -> None:
        """Lies over ``view``; the action's own signal switches it."""
        super().__init__(view)
        self.action = action
        self.awaits = False
        self._session, self._view = session, view
        self._asked: Rect | None = None
        self._asked_at = self._took = 0.0
        self._follows = Throttle(self._follow, _FOLLOW_MS, self)
        self._timer = PatientTimer(self.ask, session.hand_is_busy, _LONGEST_WAIT, self)
        # A view that was not seen is looked for now and then, as it is when its tab comes to the front.
        self._unseen = QTimer(self, singleShot=True, interval=_REFRESH_MS)
        self._unseen.timeout.connect(self.ask)
        action.toggled.connect(self._switch)
        view.view_changed.connect(self._view_changed)
        session.source_changed.connect(self._drop)
        session.dataset_changed.connect(self._drop)
        session.plane_cut.connect(self._drop)
        session.points_placed.connect(self._show_refusal)

    def request(self, rect: Rect) -> Request:
        """What to ask for, over a part of the plane."""
        raise NotImplementedError

    def show_nothing(self, sentence: str) -> None:
        """Drops what is shown, and says why there is none; an empty sentence where there is nothing to say."""
        raise NotImplementedError

    def refusal(self) -> str:
        """Why the model that is looked at has no such map, or an empty sentence where it has one."""
        raise NotImplementedError

    @property
    def is_on(self) -> bool:
        """Whether it is switched on."""
        return self.action.isChecked()

    @Slot()
    def schedule(self) -> None:
        """Has it computed anew soon: the model or the points are newer."""
        if self.is_on and not self._timer.is_active():
            self._timer.start(max(_REFRESH_MS, round(1000 * self._took / _SHARE)))

    @Slot()
    def ask(self) -> None:
        """Asks for it now, unless it is off, not seen, or there is none."""
        if not self.is_on or self.refusal() or not self._session.source_title:
            return
        if self._view.viewport().visibleRegion().isEmpty():
            self._unseen.start()
            return
        self._asked, self._asked_at, self.awaits = with_margin(self._view.view_rect()), time.perf_counter(), True
        self._session.ask(self.request(self._asked))

    def arrived(self) -> None:
        """Notes that the whole answer is there."""
        self.awaits = False
        self._took = time.perf_counter() - self._asked_at

    @Slot()
    def _switch(self) -> None:
        if self.is_on:
            self._show_refusal()
            self.ask()
        else:
            self._asked = None
            self.show_nothing("")

    @Slot()
    def _drop(self) -> None:
        self._asked = None
        if self.is_on:
            self.show_nothing("")
            self.schedule()

    @Slot()
    def _show_refusal(self) -> None:
        # Before its points are placed nothing is known of a model.
        if self.is_on and self._session.placed is not None and self.refusal():
            self.show_nothing(self.refusal())

    @Slot(tuple)
    def _view_changed(self, rect: Rect) -> None:
        if self.is_on and (self._asked is None or not covers(self._asked, rect)):
            self._follows.request()

    def _follow(self) -> None:
        if self._asked is None or not covers(self._asked, self._view.view_rect()):
            self.ask()


def switch(text: str, tip: str, icon: str, keys: str, parent: QObject) -> QAction:
    """A checkable action for a button and a menu; ``tip`` says what it shows, in which unit."""
    action = QAction(text, parent, checkable=True)
    action.setShortcut(QKeySequence(keys))
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.setToolTip(f"{tip} ({keys})")
    icons.set_icon(action, icon, "muted")
    return action


def with_margin(rect: Rect) -> Rect:
    """``rect`` and some of what surrounds it."""
    x0, y0, x1, y1 = rect
    across, down = _MARGIN * (x1 - x0), _MARGIN * (y1 - y0)
    return x0 - across, y0 - down, x1 + across, y1 + down


def covers(asked: Rect, view: Rect) -> bool:
    """Whether a map of ``asked`` holds all of ``view``, and is not much coarser than one of the view would be."""
    inside = asked[0] <= view[0] and asked[1] <= view[1] and view[2] <= asked[2] and view[3] <= asked[3]
    return inside and asked[2] - asked[0] <= _LARGEST * (view[2] - view[0])
