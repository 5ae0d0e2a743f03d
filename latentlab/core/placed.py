"""Where a model has the shown points on the plane that is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from latentlab.core.exploration import Rect
from latentlab.core.geometry import density_extent, reaching
from latentlab.core.plane import Floats
from latentlab.core.section import Section

if TYPE_CHECKING:
    from latentlab.core.serving import LatentServer


# In the unit of a standard normal prior: codes that carry anything soon lie farther apart.
_LEAST_REACH = 0.05


@dataclass(frozen=True, eq=False)
class Placed:
    """Where the shown points lie now.

    Attributes:
        positions: N×2, NaN where a point was not encoded yet.
        extent: the part of the plane where nearly all of them lie, as `density_extent` finds it; under a prior never
            less than a twentieth of its standard deviation to each side, so that codes that have collapsed look it.
        names: what the plane's axes are called.
        codebook: K×2 positions of the codes where the plane shows the codebook itself, else None.
        latent_size: D, the length of a latent.
        section: which latents the positions stand for.
        principal: the plane follows the points because nobody chose another.
        laid_anew: the plane was chosen anew, or follows the points and lies elsewhere now: it decodes to other images.
        complete: every point was encoded with the newest weights.
        step: of the newest weights.
    """

    positions: Floats = field(repr=False)
    extent: Rect
    names: tuple[str, str]
    codebook: Floats | None = field(repr=False)
    latent_size: int
    section: Section = field(repr=False)
    principal: bool
    laid_anew: bool
    complete: bool
    step: int

    @classmethod
    def by(cls, server: LatentServer, positions: Floats, step: int, laid_anew: bool, complete: bool) -> Placed:
        """What ``server`` says of points that it has just placed at ``positions`` N×2, by the weights of ``step``."""
        extent = density_extent(positions)
        return cls(
            positions,
            reaching(extent, _LEAST_REACH) if server.source.capabilities.prior else extent,
            server.plane.names,
            server.codebook_positions(),
            server.source.latent_size,
            server.section,
            server.principal,
            laid_anew,
            complete,
            step,
        )
