"""The choice of the scatter's plane: what its controls mean to the session, and what the session means to them."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core.corners import SpanPlane
from latentlab.gui.session import Session
from latentlab.gui.widgets.plane_chooser import PlaneChooser

_CORNERS = 3


class PlaneChoice(QObject):
    """Keeps a `PlaneChooser` and the session of one mind.

    Signals:
        said(str): a sentence for the status bar, where what was chosen cannot be.
    """

    said = Signal(str)

    def __init__(self, session: Session, chooser: PlaneChooser) -> None:
        super().__init__(chooser)
        self._session, self._chooser = session, chooser
        chooser.plane_chosen.connect(self._choose)
        chooser.corners_chosen.connect(self._span)
        session.points_placed.connect(self._show)
        session.selection_changed.connect(self._offer)
        session.when_answered(SpanPlane, self._take)

    @Slot(object, bool)
    def _choose(self, axes: tuple[int, int] | None, through_selected: bool) -> None:
        selected = self._session.exploration.selected
        if through_selected and selected is None:
            self.said.emit("Click a point first; the plane can then be laid through it.")
        self._session.cut_plane(axes, selected if through_selected else None)

    @Slot()
    def _span(self) -> None:
        points = self._session.exploration.selection.points
        if len(points) == _CORNERS:
            # Whether they span a plane is known where the latents are.
            self._session.ask(SpanPlane((int(points[0]), int(points[1]), int(points[2]))))

    def _take(self, request: SpanPlane, why_not: str) -> None:
        if why_not:
            self.said.emit(why_not)
            self._show()
        else:
            self._session.cut_plane(None, None, request.corners)

    @Slot()
    def _offer(self) -> None:
        self._chooser.offer_corners(len(self._session.exploration.selection) == _CORNERS)

    @Slot()
    def _show(self) -> None:
        exploration, placed = self._session.exploration, self._session.placed
        if placed is not None:
            through_one, through_three = exploration.base is not None, exploration.corners is not None
            self._chooser.show_plane(placed.latent_size, exploration.axes, through_one, through_three)
