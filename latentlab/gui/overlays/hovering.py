"""What is shown of the point under the cursor: a ring everywhere at once, and a card after a short dwell."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer, Slot

from latentlab.core.point_values import ReconstructPoint
from latentlab.core.serving import Images
from latentlab.gui.overlays.point_colours import PointColours
from latentlab.gui.session import Session
from latentlab.gui.widgets.hover_card import HoverCard
from latentlab.gui.widgets.patient_timer import PatientTimer
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.points_item import PointsItem

_DWELL_MS = 125
_REFRESH_MS = 400  # of the reconstruction, while training
_LONGEST_WAIT = 2.0  # seconds, while the hand drags


class Hovering(QObject):
    """Hears the cursor over a scatter.

    Attributes:
        card: the point's image, reconstruction and figures.
    """

    def __init__(self, session: Session, view: PlaneView, points: PointsItem, colours: PointColours) -> None:
        super().__init__(view)
        self._session, self._view, self._points, self._colours = session, view, points, colours
        self.card = HoverCard(view.viewport())
        self._dwell = QTimer(self, singleShot=True, interval=_DWELL_MS)
        self._refresh = PatientTimer(self._ask, session.hand_is_busy, _LONGEST_WAIT, self)
        self._dwell.timeout.connect(self._show_card)
        view.hovered.connect(self._hovered)
        view.hover_left.connect(self._leave)
        view.view_changed.connect(lambda _: self.card.hide())
        session.dataset_changed.connect(self._leave)
        session.source_changed.connect(self.card.hide)
        session.model_updated.connect(self._take_weights)
        session.when_answered(ReconstructPoint, self._take)

    @Slot(float, float)
    def _hovered(self, x: float, y: float) -> None:
        point = self._points.pick(x, y)
        if point != self._session.hovered:
            self.card.hide()
            self._session.hover(point)
            self._dwell.start() if point is not None else self._dwell.stop()

    @Slot()
    def _leave(self) -> None:
        self._dwell.stop()
        self.card.hide()
        self._session.hover(None)

    @Slot()
    def _show_card(self) -> None:
        point, images = self._session.hovered, self._session.images
        if point is None or images is None or point >= len(self._points.points):
            return
        position = self._points.points[point]
        if np.isfinite(position).all():
            pixel = self._view.frame.to_pixels(*map(float, position))
            self.card.show_at(pixel, self._session.shown_image(point), self._lines(point))
            self._ask()

    def _lines(self, point: int) -> list[str]:
        assert self._session.images is not None
        x, y = map(float, self._points.points[point])
        name, title = self._session.class_name(point), self._session.images.title(point)
        return [name, title, f"({x:.2f}, {y:.2f})".replace("-", "−"), self._colours.figure(point)]

    def _ask(self) -> None:
        if self._session.hovered is not None and self.card.isVisible():
            self._session.ask(ReconstructPoint(self._session.hovered))

    @Slot()
    def _take_weights(self) -> None:
        if self.card.isVisible() and not self._refresh.is_active():
            self._refresh.start(_REFRESH_MS)

    def _take(self, request: ReconstructPoint, image: Images) -> None:
        if request.point == self._session.hovered and self.card.isVisible():
            self.card.reconstruction.set_image(image)
            self.card.show_lines(self._lines(request.point))
