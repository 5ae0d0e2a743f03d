"""What a hand draws, marked on both sides of the comparison."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core.exploration import Point
from latentlab.core.projections import Projection, projection_info
from latentlab.gui.comparing.fits import Choice, ProjectionFits
from latentlab.gui.comparing.side import MODEL, Side
from latentlab.gui.drawing import Drawing
from latentlab.gui.widgets.drawn_mark import DrawnMark


class DrawnSides(QObject):
    """Puts a mark where each side places the drawing: the model, and the projections that have a place for new images.

    Attributes:
        marks: one a side.

    Signals:
        moved(): `places` may be others.
    """

    moved = Signal()

    def __init__(
        self, drawing: Drawing, sides: tuple[Side, Side], fits: ProjectionFits, has_model: Callable[[], bool]
    ) -> None:
        super().__init__(drawing)
        self._drawing, self._sides, self._fits, self._has_model = drawing, sides, fits, has_model
        self.marks = DrawnMark(), DrawnMark()
        for side, mark in zip(sides, self.marks, strict=True):
            side.view.add_item(mark)
        drawing.placed.connect(self._mark)
        drawing.detailed.connect(self._mark)

    @property
    def places(self) -> tuple[Point | None, Point | None]:
        """Where the left and the right side place the drawing."""
        left, right = (self._place(side.choice) for side in self._sides)
        return left, right

    def follow(self) -> None:
        """Takes up what the sides show now."""
        projections = [self._projection(side.choice) for side in self._sides]
        self._drawing.set_projections(tuple(each for each in projections if each is not None))
        self._mark()

    @Slot()
    def _mark(self) -> None:
        for mark, place in zip(self.marks, self.places, strict=True):
            mark.set_position(place)
        self.moved.emit()

    def _place(self, choice: Choice) -> Point | None:
        if choice.name == MODEL:
            place = self._drawing.place
            return place.position if place is not None and self._has_model() else None
        projection = self._projection(choice)
        return None if projection is None else self._drawing.place_in(projection)

    def _projection(self, choice: Choice) -> Projection | None:
        """The fitted projection that a side shows, if it has a place for new images."""
        fitted = self._fits.get(choice)
        known = fitted is not None and projection_info(choice.name).places_new_images
        return fitted.placement.projection if known and fitted is not None else None
