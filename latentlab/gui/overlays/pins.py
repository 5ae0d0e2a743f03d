"""The pins on a plane: dots that follow the state of exploring, and that the hand moves and removes."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Slot

from latentlab.gui.session import Session
from latentlab.gui.widgets.pin_handle import PinHandle
from latentlab.gui.widgets.plane_view import PlaneView


class PinsOverlay(QObject):
    """Handles of the pins on one plane.

    Attributes:
        handles: one for each pin in turn; more are kept out of sight once there were more.
    """

    def __init__(self, session: Session, view: PlaneView) -> None:
        super().__init__(view)
        self._session, self._view = session, view
        self.handles: list[PinHandle] = []
        session.pins_changed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        pins = self._session.exploration.pins
        while len(self.handles) < len(pins):
            self._add()
        for index, handle in enumerate(self.handles):
            handle.setVisible(index < len(pins))
        for handle, pin in zip(self.handles, pins, strict=False):
            handle.set_name(pin.name)
            if handle.position() != pin.position:
                handle.set_position(*pin.position)

    def _add(self) -> None:
        handle, index = PinHandle(), len(self.handles)
        handle.moved.connect(partial(self._moved, index))
        handle.removed.connect(partial(self._session.remove_pin, index))
        self.handles.append(handle)
        self._view.add_item(handle)

    def _moved(self, index: int, x: float, y: float) -> None:
        self._session.move_pin(index, (x, y))
