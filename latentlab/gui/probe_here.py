"""The button that puts the probe where the selected image is."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QToolButton

from latentlab.core.exploration import Point
from latentlab.gui.session import Session

_TIP = "Put the probe where the selected image is (M)"
# The probe's panel decodes one latent as every class.
_TIP_OF_CLASSES = f"{_TIP}, to see its style in every class"


class ProbeHere(QToolButton):
    """Moves the probe to the selected point's place; grey where there is none.

    Signals:
        said(str): a sentence for the status bar.
    """

    said = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setText("Probe here")
        self.clicked.connect(self.put)
        for changed in (
            session.selection_changed,
            session.points_placed,
            session.source_changed,
            session.dataset_changed,
        ):
            changed.connect(self._follow)
        session.capabilities_changed.connect(self._take_capabilities)
        self._follow()
        self._take_capabilities()

    @Slot()
    def put(self) -> None:
        """Moves the probe there, or says what is missing."""
        place = self._place()
        if place is None:
            self.said.emit("Select an image first; the probe can then be put where it is.")
        else:
            self._session.move_probe(place)

    def _place(self) -> Point | None:
        point, placed = self._session.exploration.selected, self._session.placed
        if point is None or placed is None or not np.isfinite(placed.positions[point]).all():
            return None
        x, y = placed.positions[point].tolist()
        return x, y

    @Slot()
    def _follow(self) -> None:
        self.setEnabled(self._place() is not None)

    @Slot()
    def _take_capabilities(self) -> None:
        self.setToolTip(_TIP_OF_CLASSES if self._session.capabilities.conditional else _TIP)
