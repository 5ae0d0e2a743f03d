"""The place of what is drawn, over a plane of the shown images."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from latentlab.gui.drawing import Drawing
from latentlab.gui.widgets.drawn_mark import DrawnMark
from latentlab.gui.widgets.plane_view import PlaneView


class DrawnOverlay(QObject):
    """Marks where the model that is looked at puts the drawing.

    Attributes:
        mark: the mark on the plane.
    """

    def __init__(self, drawing: Drawing, view: PlaneView) -> None:
        super().__init__(view)
        self._drawing = drawing
        self.mark = DrawnMark()
        view.add_item(self.mark)
        drawing.placed.connect(self._follow)

    @Slot()
    def _follow(self) -> None:
        place = self._drawing.place
        self.mark.set_position(None if place is None else place.position)
