"""A section through latent space: which latent a position of the view stands for, and the way off the plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from latentlab.core.exploration import Offset, Point
from latentlab.core.plane import Floats, LatentPlane

# A latent whose direction the plane holds but for rounding.
_WITHIN = 1e-5


@dataclass(frozen=True)
class Section:
    """A plane and the latent that it passes through before the hand moves it off.

    A move changes one latent of the probe's and no other. What of it lies within the plane moves the probe, all of it
    moves the plane's base; the base's own part within the plane shows nowhere.

    Attributes:
        plane: the plane.
        base: D, or None for the plane's own way of lifting.
    """

    plane: LatentPlane
    base: Floats | None

    def lift(self, positions: Floats, offset: Offset = ()) -> Floats:
        """Positions N×2 to the latents N×D that they stand for, the plane moved by ``offset``."""
        amounts = self._vector(offset)
        if not amounts.any():
            return self.plane.lift(positions, self.base)
        return self.plane.lift(positions, self._origin + amounts)

    def latent(self, probe: Point, offset: Offset) -> Floats:
        """D, the latent at one position."""
        return self.lift(np.array([probe], np.float32), offset)[0]

    def moved(self, probe: Point, offset: Offset, latent: int, amount: float) -> tuple[Point, Offset]:
        """Where probe and plane are after one latent has changed by ``amount`` and no other has."""
        across, up = (float(value) for value in self.plane.axes[:, latent])
        probe = probe[0] + amount * across, probe[1] + amount * up
        if self.holds(latent):
            return probe, offset
        amounts = dict(offset)
        amounts[latent] = amounts.get(latent, 0.0) + amount
        return probe, tuple((each, moved) for each, moved in sorted(amounts.items()) if moved)

    def at_rest(self, probe: Point, offset: Offset, latent: int) -> tuple[Point, Offset]:
        """Where they are after one latent's move is taken back; one within the plane returns to the base's value."""
        if self.holds(latent):
            amount = float(self._origin[latent] - self.latent(probe, offset)[latent])
        else:
            amount = -dict(offset).get(latent, 0.0)
        return self.moved(probe, offset, latent, amount)

    def on_plane(self, probe: Point, offset: Offset) -> tuple[Point, Offset]:
        """Where they are after every move off the plane is taken back."""
        for latent, _ in offset:
            # One of another model's latents has moved nothing.
            probe, offset = self.at_rest(probe, offset, latent) if latent < self.plane.size else (probe, offset)
        return probe, ()

    def holds(self, latent: int) -> bool:
        """True where the plane itself runs along a latent, so that moving it never leaves the plane."""
        direction = self.plane.axes[:, latent]
        return float(direction @ direction) > 1.0 - _WITHIN

    @property
    def _origin(self) -> Floats:
        return self.plane.centre if self.base is None else self.base

    def _vector(self, offset: Offset) -> Floats:
        amounts = np.zeros(self.plane.size, np.float32)
        for latent, amount in offset:
            if latent < len(amounts):
                amounts[latent] = amount
        return amounts
