"""The pins on a plane: dots that follow the state of exploring, and that the hand moves and removes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Slot

from latentlab.gui.session import Session
from latentlab.gui.widgets.pin_handle import PinHandle
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.throttle import Throttle

# A pin that the hand moves in another view follows so often: the time is needed where the hand is.
_FOLLOW_MS = 33


class PinsOverlay(QObject):
    """Handles of the pins on one plane.

    Attributes:
        handles: one for each pin in turn; more are kept out of sight once there were more.
    """

    def __init__(self, session: Session, view: PlaneView) -> None:
        super().__init__(view)
        self._session, self._view = session, view
        self.handles: list[PinHandle] = []
        self._names: list[str] = []
        self._places = Throttle(self._place, _FOLLOW_MS, self)
        session.pins_changed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        names = [pin.name for pin in self._session.exploration.pins]
        if names != self._names:
            self._names = names
            self._show()
        elif any(handle.is_held for handle in self.handles):
            self._place()
        else:
            self._places.request()

    def _show(self) -> None:
        while len(self.handles) < len(self._names):
            self._add()
        for index, handle in enumerate(self.handles):
            handle.setVisible(index < len(self._names))
        for handle, name in zip(self.handles, self._names, strict=False):
            handle.set_name(name)
        self._place()

    def _place(self) -> None:
        for handle, pin in zip(self.handles, self._session.exploration.pins, strict=False):
            if handle.position() != pin.position:
                handle.set_position(*pin.position)

    def _add(self) -> None:
        handle, index = PinHandle(), len(self.handles)
        handle.moved.connect(partial(self._moved, index))
        handle.removed.connect(partial(self._session.remove_pin, index))
        handle.drag_started.connect(self._view.hold_still)
        handle.drag_ended.connect(self._view.let_go)
        self.handles.append(handle)
        self._view.add_item(handle)

    def _moved(self, index: int, x: float, y: float) -> None:
        self._session.move_pin(index, (x, y))
