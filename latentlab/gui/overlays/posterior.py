"""The posterior of the point under the hand, or else of the selected one, over the scatter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QObject, Slot

from latentlab.core.posterior import FindPosterior, PlanePosterior, RollNoise, Rolls
from latentlab.gui.session import Session
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.posterior_item import PosteriorItem
from latentlab.gui.widgets.throttle import Throttle

_REFRESH_MS = 200


class PosteriorOverlay(QObject):
    """Ellipses, and marks of the latents that the Posterior panel draws.

    Attributes:
        item: what is drawn.
    """

    def __init__(self, session: Session, view: PlaneView) -> None:
        super().__init__(view)
        self._session, self._view = session, view
        self.item = PosteriorItem()
        view.add_item(self.item)
        self._refresh = Throttle(self._ask_again, _REFRESH_MS, self)
        session.hover_changed.connect(self._follow)
        session.selection_changed.connect(self._follow_selection)
        session.capabilities_changed.connect(self._follow)
        session.points_placed.connect(self._follow_point)
        session.points_placed.connect(self._refresh.request)
        session.model_updated.connect(self._refresh.request)
        session.source_changed.connect(self._drop)
        session.dataset_changed.connect(self._drop)
        session.when_answered(FindPosterior, self._take)
        session.when_answered(RollNoise, self._take_rolls)

    @property
    def point(self) -> int | None:
        """Whose posterior is to be shown, or None."""
        hovered, selected = self._session.hovered, self._session.exploration.selected
        point = selected if hovered is None else hovered
        return point if self._session.capabilities.posterior_variance else None

    @Slot()
    def _follow(self) -> None:
        point, shown = self.point, self.item.posterior
        if point is None or (shown is not None and shown.point != point):
            self.item.set_posterior(None)
        if point is not None:
            self._session.ask(FindPosterior(point))

    @Slot()
    def _follow_selection(self) -> None:
        self.item.clear_rolls()
        self._follow()

    @Slot()
    def _drop(self) -> None:
        self.item.set_posterior(None)
        self.item.clear_rolls()

    def _ask_again(self) -> None:
        if self.point is not None and not self._view.viewport().visibleRegion().isEmpty():
            self._session.ask(FindPosterior(self.point))

    def _take(self, request: FindPosterior, posterior: PlanePosterior) -> None:
        if posterior.point == self.point:
            self.item.set_posterior(self._about_the_point(posterior))

    @Slot()
    def _follow_point(self) -> None:
        shown = self.item.posterior
        if shown is not None:
            self.item.set_posterior(self._about_the_point(shown))

    def _about_the_point(self, posterior: PlanePosterior) -> PlanePosterior:
        """The posterior where its point is drawn: while the model learns, the one may be older than the other."""
        placed = self._session.placed
        if placed is None or posterior.point >= len(placed.positions):
            return posterior
        place = placed.positions[posterior.point]
        return replace(posterior, mean=place) if np.isfinite(place).all() else posterior

    def _take_rolls(self, request: RollNoise, rolls: Rolls) -> None:
        if rolls.posterior.point == self._session.exploration.selected:
            self.item.set_rolls(rolls.posterior.mean, rolls.positions)
