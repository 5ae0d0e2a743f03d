"""The prior against the aggregate posterior, over the scatter: where would samples be drawn that no image is near?"""

from __future__ import annotations

import math

from PySide6.QtCore import Slot
from PySide6.QtGui import QColor

from latentlab.core.aggregate import Aggregate, MapAggregate, PlanePrior
from latentlab.core.coverage import RADIUS
from latentlab.core.exploration import Rect
from latentlab.core.figures import percent
from latentlab.gui import theme
from latentlab.gui.overlays.map_overlay import MapOverlay, switch
from latentlab.gui.session import Session
from latentlab.gui.widgets.key_item import KeyItem, KeyLine
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.prior_item import DENSEST, HOLE, SIGMAS, PriorLines, PriorShade

_TIP = (
    "The prior p(z), contours at 1, 2 and 3 standard deviations, over the density of the encoded data q(z); shaded are "
    "holes, where samples would be drawn but no image is encoded; click one to decode it"
)
_NO_PRIOR = (
    "{title} has no prior over its latents: nothing says where its codes ought to lie, and so from where to draw. "
    "A VAE has one."
)
_PRIOR = "Prior p(z): 1, 2, 3 σ"
_DATA = "Encoded data q(z)"
_OUTSIDE = "None of its circles is in view; double-click fits"
_HOLES = "Holes, q < p/10: {share} of p within 2 σ; {images:,} images"


class PriorOverlay(MapOverlay):
    """Contours, density and holes; a click into a hole puts the probe there.

    A view that follows the data reaches out to where the prior looks for holes, too: over a collapsed model, whose
    codes lie in one point, its circles would all lie outside.

    Attributes:
        map: what is shown, or None.
        key: what it means.
    """

    def __init__(self, session: Session, view: PlaneView) -> None:
        super().__init__(session, view, switch("Pr&ior and holes", _TIP, "prior", "Ctrl+P", view))
        self.map: Aggregate | None = None
        self.key = KeyItem()
        self._shade, self._lines = PriorShade(), PriorLines()
        for item in (self._shade, self._lines, self.key):
            view.add_item(item)
        self._outside = False
        view.view_changed.connect(lambda _: self._look_for_circles())
        session.points_placed.connect(self.schedule)
        session.when_answered(MapAggregate, self._take)
        theme.active().theme_changed.connect(self._show_key)

    def is_hole(self, x: float, y: float) -> bool:
        """Whether a position of the plane lies in one of the holes that are shown."""
        return self.map is not None and self.map.is_hole(x, y)

    def takes_click(self, x: float, y: float) -> bool:
        """Puts the probe where a hole was clicked; returns False where there is none."""
        if self.is_hole(x, y):
            self._session.move_probe((x, y))
            return True
        return False

    def request(self, rect: Rect) -> MapAggregate:
        return MapAggregate(rect)

    def refusal(self) -> str:
        return "" if self._session.capabilities.prior else _NO_PRIOR.format(title=self._session.source_title)

    def show_nothing(self, sentence: str) -> None:
        self._show(None)
        self.key.show_key([KeyLine(sentence)] if sentence else [])
        if sentence or not self.is_on:  # else another map is on its way
            self._view.follow_beside(None)

    def _take(self, request: MapAggregate, aggregate: Aggregate) -> None:
        if self.is_on:
            self.arrived()
            self._show(aggregate)
            self._view.follow_beside(_reach(aggregate.prior))
            self._outside = not crosses(aggregate.prior, self._view.view_rect())
            self._show_key()

    @Slot()
    def _look_for_circles(self) -> None:
        outside = self.map is not None and not crosses(self.map.prior, self._view.view_rect())
        if outside != self._outside:
            self._outside = outside
            self._show_key()

    def _show(self, aggregate: Aggregate | None) -> None:
        self.map = aggregate
        self._shade.set_map(aggregate)
        self._lines.set_map(aggregate)

    @Slot()
    def _show_key(self) -> None:
        aggregate = self.map
        if aggregate is None:
            return
        colours = theme.active().colours
        holes = _HOLES.format(share=percent(aggregate.empty), images=aggregate.images)
        lines = [
            KeyLine(_PRIOR, line=QColor(colours.muted)),
            *([KeyLine(_OUTSIDE)] if self._outside else []),
            KeyLine(_DATA, fill=_faint(colours.muted, DENSEST)),
            KeyLine(holes, _faint(colours.warning, HOLE), QColor(colours.warning)),
        ]
        self.key.show_key(lines)


def _faint(colour: str, opacity: float) -> QColor:
    faint = QColor(colour)
    faint.setAlphaF(opacity)
    return faint


def crosses(prior: PlanePrior, rect: Rect) -> bool:
    """Whether one of the prior's contours runs through a part of the plane."""
    x, y = (float(middle) for middle in prior.middle)
    left, below, right, above = rect[0] - x, rect[1] - y, rect[2] - x, rect[3] - y
    if prior.flat:
        below = above = 0.0
    nearest = math.hypot(max(left, 0.0, -right), max(below, 0.0, -above))
    farthest = math.hypot(max(-left, right), max(-below, above))
    return any(nearest <= sigma <= farthest for sigma in SIGMAS)


def _reach(prior: PlanePrior) -> Rect:
    """Where the prior looks for holes."""
    x, y = (float(middle) for middle in prior.middle)
    along = 0.0 if prior.flat else RADIUS
    return x - RADIUS, y - along, x + RADIUS, y + along
