"""Selecting the points of a view that a hand draws around, with the tool that is chosen."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QPointF, Qt, Slot

from latentlab.core.selection import Combine
from latentlab.gui.session import Session
from latentlab.gui.tools import BOX, MOVE
from latentlab.gui.widgets.combination import combination
from latentlab.gui.widgets.outline_item import OutlineItem
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.points_item import PointsItem

_STEP = 2.0  # pixels from one corner of a lasso to the next
_MEANING = {
    Combine.REPLACE: "Let go to select what is inside; Esc drops it",
    Combine.ADD: "Let go to add what is inside; Esc drops it",
    Combine.REMOVE: "Let go to take away what is inside; Esc drops it",
}


class DrawnSelection(QObject):
    """Box and lasso on one view; it is the view's `BackgroundTool` while one of them is chosen.

    What the keys mean is settled when the drag begins, so that they may be let go before the button. Points of dimmed
    classes are left out, as they are when a point is clicked.

    Attributes:
        outline: what is being drawn.
    """

    def __init__(self, session: Session, view: PlaneView, points: PointsItem) -> None:
        super().__init__(view)
        self._session, self._view, self._points = session, view, points
        self._how = Combine.REPLACE
        self._drawn: list[tuple[float, float]] = []
        self._last = QPointF()
        self.outline = OutlineItem()
        view.add_item(self.outline)
        session.tool_chosen.connect(self._follow_tool)
        self._follow_tool()

    def begin(self, pixel: QPointF, keys: Qt.KeyboardModifier) -> None:
        """The hand begins to draw."""
        self._how, self._last = combination(keys), pixel
        self._drawn = [self._view.frame.to_data(pixel)]
        self.outline.set_rule(_MEANING[self._how])

    def move(self, pixel: QPointF) -> None:
        """It draws on."""
        if not self._drawn:
            return
        if self._session.tool is BOX:
            (x0, y0), (x1, y1) = self._drawn[0], self._view.frame.to_data(pixel)
            self.outline.set_corners(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]))
        elif (pixel - self._last).manhattanLength() >= _STEP:
            self._last = pixel
            self._drawn.append(self._view.frame.to_data(pixel))
            self.outline.set_corners(np.array(self._drawn))

    def finish(self) -> None:
        """It lets go: what is inside is selected."""
        corners, drawing = self.outline.corners, bool(self._drawn)
        self.drop()
        if drawing:
            self._session.select_points(self._points.enclosed(corners), self._how)

    def drop(self) -> None:
        """What was drawn is given up."""
        self._drawn = []
        self.outline.set_corners(np.empty((0, 2)))
        self.outline.set_rule(self._session.tool.rule)

    @Slot()
    def _follow_tool(self) -> None:
        self.drop()
        self._view.set_tool(None if self._session.tool is MOVE else self)
