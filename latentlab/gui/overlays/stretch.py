"""The decoder's stretch under the manifold's images: where does a small step change the image most?"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Slot

from latentlab.core.exploration import Rect
from latentlab.core.stretch import MapStretch, StretchMap
from latentlab.gui.overlays.map_overlay import MapOverlay, switch
from latentlab.gui.session import Session
from latentlab.gui.widgets.heat_item import HeatItem, heat_colours, rounded_up
from latentlab.gui.widgets.key_item import ColourBar, KeyItem, KeyLine
from latentlab.gui.widgets.plane_view import PlaneView

_TIP = (
    "How fast the image changes with z: the largest singular value of the decoder's Jacobian along the plane, in image "
    "distance (white is 1) per latent unit; PCA's is 1 everywhere (Arvanitidis et al. 2018)"
)
_NO_STRETCH = (
    "{title} jumps from code to code: between two jumps its image does not change at all, so that there is no rate to "
    "show."
)
_TITLE = "Fastest change of the image"
_UNIT = "per latent unit"
# A few places where the decoder leaps must not darken all others.
_MOST = 99


class StretchOverlay(MapOverlay):
    """A heat map and its colour bar.

    Attributes:
        item, key: the map, and what it means.
    """

    def __init__(self, session: Session, view: PlaneView) -> None:
        super().__init__(session, view, switch("Decoder &stretch", _TIP, "stretch", "Ctrl+J", view))
        self.item, self.key = HeatItem(), KeyItem()
        view.add_item(self.item)
        view.add_item(self.key)
        session.model_updated.connect(self.schedule)
        session.class_chosen.connect(self.schedule)
        session.plane_shifted.connect(self.schedule)
        session.points_placed.connect(self._begin)
        session.when_answered(MapStretch, self._take)

    def request(self, rect: Rect) -> MapStretch:
        return MapStretch(rect, self._session.exploration.label)

    def refusal(self) -> str:
        return _NO_STRETCH.format(title=self._session.source_title) if self._session.capabilities.codebook else ""

    def show_nothing(self, sentence: str) -> None:
        self.item.clear()
        self.key.show_key([KeyLine(sentence)] if sentence else [])

    @Slot()
    def _begin(self) -> None:
        # Another model's first points are there, and with them a part of the plane to look at.
        if self.item.values is None:
            self.schedule()

    def _take(self, request: MapStretch, answer: StretchMap) -> None:
        if not self.is_on or request.label != self._session.exploration.label:
            return
        if answer.complete:
            self.arrived()
        elif answer.rect == self.item.extent:
            return  # what is shown there is finer already, and newer comes soon
        high = rounded_up(float(np.percentile(answer.values, _MOST)))
        self.item.set_values(answer.rect, answer.values, high)
        self.key.show_key([KeyLine(f"{_TITLE}, {_UNIT}")], ColourBar(heat_colours(), "0", f"{high:g}"))
