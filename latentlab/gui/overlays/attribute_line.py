"""The attribute on a plane: the line that its vector spans through the probe, and a mark where its strength leads."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Slot

from latentlab.core.attribute import STRONGEST
from latentlab.gui.attribute_measuring import AttributeMeasuring
from latentlab.gui.session import Session
from latentlab.gui.widgets.path_item import PathItem
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.throttle import Throttle

_FOLLOW_MS = 33


class AttributeLine(QObject):
    """Draws what is measured on one plane.

    Attributes:
        item: the drawing.
    """

    def __init__(self, session: Session, measuring: AttributeMeasuring, view: PlaneView) -> None:
        super().__init__(view)
        self._session, self._measuring = session, measuring
        self.item = PathItem()
        view.add_item(self.item)
        self._follows = Throttle(self._draw, _FOLLOW_MS, self)
        measuring.measured.connect(self._follows.request)
        measuring.target_changed.connect(self._follow_target)
        session.attribute_changed.connect(self._follows.request)

    @Slot()
    def _follow_target(self) -> None:
        if self._measuring.vector is not None:
            self._follows.request()

    def _draw(self) -> None:
        vector = self._measuring.vector
        if vector is None:
            self.item.set_lines(None, [])
            self.item.set_place(None)
            return
        strength = self._session.exploration.attribute.strength
        ends = np.array(self._measuring.target) + np.outer([-STRONGEST, STRONGEST, strength], vector.shadow)
        self.item.set_lines(None, [ends[:2]])
        self.item.set_place((float(ends[2, 0]), float(ends[2, 1])))
