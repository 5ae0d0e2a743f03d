"""A strip of the images behind some of the shown points, which leads to them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Slot

from latentlab.gui.session import Session
from latentlab.gui.widgets.image_strip import ImageStrip, StripRow

_FEWEST = 12


class LinkedStrip(ImageStrip):
    """Images of shown points: an image under the mouse is pointed at everywhere, a click selects its point.

    Attributes:
        points: their indices.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(fewest=_FEWEST)
        self._session = session
        self.points: NDArray[np.intp] = np.empty(0, np.intp)
        self.image_hovered.connect(self._hover_point)
        self.image_clicked.connect(self._select_point)

    def show_points(self, points: NDArray[np.intp], labels: Sequence[str] = ()) -> None:
        """Shows other points, with a few words beneath each where there are ``labels``."""
        self.points = points
        images = [self._session.shown_image(int(point)) for point in points]
        self.set_rows([StripRow("", np.stack(images))] if images else [])
        self.set_labels(labels)
        self.set_selected(None)

    @Slot(int)
    def _select_point(self, column: int) -> None:
        self._session.select(int(self.points[column]))

    @Slot(int)
    def _hover_point(self, column: int) -> None:
        self._session.hover(int(self.points[column]) if 0 <= column < len(self.points) else None)
