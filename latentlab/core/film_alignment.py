"""How the moments of a film are turned, so that the space neither spins nor flips from one to the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latentlab.core.film import Frame
from latentlab.core.geometry import nearest_turn
from latentlab.core.plane import Floats

Turn = NDArray[np.float64]


class Alignment:
    """Turns each frame whose points are known to agree with the next such frame, which is turned itself; the last is
    not.

    A turn is the solution of the orthogonal Procrustes problem (Schönemann 1966) and may mirror. It is an orthogonal
    change of the plane's two axes, so that scatter, manifold and probe agree. A few of the turns are found anew when
    another frame becomes known; the others are remembered.
    """

    def __init__(self) -> None:
        self._turns: dict[tuple[int, int], tuple[Floats, Floats, Turn]] = {}

    def reference(self, frames: Sequence[Frame], step: int) -> Floats | None:
        """N×2, where the points of the next known frame after ``step`` lie, turned as it is.

        Where none is after it, those of the last known one, which may be the frame of ``step`` itself; None where none
        is known.
        """
        known = [
            (frame.step, frame.codes.positions)
            for frame in frames
            if frame.codes is not None and frame.codes.positions is not None
        ]
        if not known:
            return None
        remembered, self._turns = self._turns, {}
        (last, placed), found, total = known[-1], known[-1][1], np.eye(2)
        for before, positions in reversed(known[:-1]):
            entry = remembered.get((before, last))
            if entry is None or entry[0] is not positions or entry[1] is not placed:
                entry = positions, placed, nearest_turn(positions, placed)
            self._turns[before, last] = entry
            if before > step:
                total = entry[2] @ total
                found = positions
            last, placed = before, positions
        seen: Floats = (found @ total).astype(np.float32)
        return seen
