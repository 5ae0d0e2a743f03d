"""A scatter of the shown images that shares hover, selection and dimmed classes with every other view of them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Slot

from latentlab.core.exploration import Rect
from latentlab.core.plane import Floats
from latentlab.gui import theme
from latentlab.gui.overlays.drawn_selection import DrawnSelection
from latentlab.gui.session import Session
from latentlab.gui.widgets.combination import combination
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.points_item import PointsItem


class LinkedPlane(PlaneView):
    """A plane whose points are the session's shown images.

    Attributes:
        points: the images, wherever they are put.
        drawing: what the hand draws around them.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._anew = True
        self.points = PointsItem()
        self.add_item(self.points)
        self.drawing = DrawnSelection(session, self, self.points)
        self.hovered.connect(self._take_hover)
        self.hover_left.connect(self._leave)
        self.clicked.connect(self._take_click)
        session.dataset_changed.connect(self._take_dataset)
        session.hover_changed.connect(self._follow_hover)
        session.selection_changed.connect(self._follow_selection)
        session.dimmed_changed.connect(self._follow_dimmed)
        theme.active().theme_changed.connect(self._recolour)
        self._recolour()

    def show_points(self, positions: Floats, extent: Rect) -> None:
        """Puts the images at ``positions`` N×2, nearly all of which lie in ``extent``."""
        if len(positions) == len(self.points.points):
            self.points.set_positions(positions)
            self.follow(extent, self._anew)
            self._anew = False

    def expect_others(self) -> None:
        """Has the view go to wherever the images are put next: another model's places are no movement."""
        self._anew = self.following = True

    def clear(self) -> None:
        """Takes every image off the plane; the view goes to wherever they are put next."""
        self.expect_others()
        if len(self.points.points):
            self.points.set_positions(np.full_like(self.points.points, np.nan))

    @Slot()
    def _take_dataset(self) -> None:
        images = self._session.images
        assert images is not None
        nowhere = np.full((len(images), 2), np.nan, np.float32)
        self.points.set_points(nowhere, images.split.labels, self._session.colours)
        self.following = True

    @Slot()
    def _recolour(self) -> None:
        self.set_colours(theme.active().colours)

    @Slot(float, float)
    def _take_hover(self, x: float, y: float) -> None:
        self._session.hover(self.points.pick(x, y))

    @Slot()
    def _leave(self) -> None:
        self._session.hover(None)

    @Slot(float, float, Qt.KeyboardModifier)
    def _take_click(self, x: float, y: float, modifiers: Qt.KeyboardModifier) -> None:
        self._session.click(self.points.pick(x, y), combination(modifiers))

    @Slot()
    def _follow_hover(self) -> None:
        self.points.set_ring(self._session.hovered)

    @Slot()
    def _follow_selection(self) -> None:
        self.points.set_selected(self._session.exploration.selection.points)

    @Slot()
    def _follow_dimmed(self) -> None:
        self.points.set_dimmed_classes(self._session.exploration.dimmed)
