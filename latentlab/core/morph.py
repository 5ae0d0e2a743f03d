"""From one placing of the same images to another: where each is on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from latentlab.core.exploration import Point, Rect
from latentlab.core.geometry import density_extent, nearest_turn
from latentlab.core.plane import Floats


@dataclass(frozen=True, eq=False)
class Similarity:
    """A turn or mirroring, a scale and a shift of the plane: p ↦ (p − origin)·matrix + target.

    Attributes:
        origin, target: 2, where the first is taken to.
        matrix: 2×2, the scale times an orthogonal matrix.
    """

    origin: NDArray[np.float64]
    matrix: NDArray[np.float64]
    target: NDArray[np.float64]

    @classmethod
    def between(cls, points: Floats, others: Floats) -> Similarity:
        """Lays ``points`` N×2 over ``others`` N×2: of the same centre and spread, turned to lie as near as can be.

        The turn is the orthogonal Procrustes solution (Schönemann 1966), which may mirror. Points that have no place,
        here or there, do not count; with fewer than two that have, nothing is moved.
        """
        known = np.isfinite(points).all(1) & np.isfinite(others).all(1)
        if known.sum() < 2:
            return cls(np.zeros(2), np.eye(2), np.zeros(2))
        first, second = points[known].astype(np.float64), others[known].astype(np.float64)
        origin, target = first.mean(0), second.mean(0)
        first -= origin
        second -= target
        spread = float(np.linalg.norm(first))
        # All in one place have no spread to scale by.
        scale = float(np.linalg.norm(second)) / spread if spread > 0 else 1.0
        return cls(origin, nearest_turn(first, second) * (scale or 1.0), target)

    def apply(self, points: Floats) -> Floats:
        """Points N×2, moved."""
        moved: Floats = ((points - self.origin) @ self.matrix + self.target).astype(np.float32)
        return moved


@dataclass(frozen=True, eq=False)
class Morph:
    """Two placings of the same images, the second laid over the first, so that nothing spins on the way.

    Attributes:
        start: N×2.
        end: N×2, the other placing as ``overlay`` moves it.
        overlay: turns, mirrors, scales and shifts the other placing as a whole.
        extent: the part of the plane where nearly all lie, at either end.
    """

    start: Floats
    end: Floats
    overlay: Similarity
    extent: Rect

    @classmethod
    def between(cls, start: Floats, other: Floats) -> Morph:
        """From ``start`` N×2 to ``other`` N×2; what has no place is NaN."""
        overlay = Similarity.between(other, start)
        end = overlay.apply(other)
        first, second = density_extent(start), density_extent(end)
        extent = (
            min(first[0], second[0]),
            min(first[1], second[1]),
            max(first[2], second[2]),
            max(first[3], second[3]),
        )
        return cls(start, end, overlay, extent)

    def at(self, share: float) -> Floats:
        """Positions N×2 after a share of the way, 0 to 1; on the way, what lacks a place at either end has none."""
        if share <= 0:
            return self.start
        if share >= 1:
            return self.end
        return self.start + np.float32(share) * (self.end - self.start)

    def between_points(self, start: Point | None, other: Point | None, share: float) -> Point | None:
        """The same for one more point, which the other placing has at ``other``; None where it has no place."""
        if start is None or other is None:
            return start if share <= 0 else None
        ends = np.array([start], np.float32), self.overlay.apply(np.array([other], np.float32))
        x, y = (ends[0] + np.float32(share) * (ends[1] - ends[0]))[0]
        return float(x), float(y)
