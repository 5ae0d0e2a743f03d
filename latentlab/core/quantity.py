"""The figures that shown points can be coloured by."""

from __future__ import annotations

from enum import StrEnum


class Quantity(StrEnum):
    """A figure of a point.

    ERROR: mean squared error per pixel of its image's reconstruction, both in [0, 1].
    KL: KL(q(z|x) ‖ N(0, I)) of its image in nats; only where the model has a bound.
    DENSITY: how many points there are about it, per square unit of the plane.
    """

    ERROR = "error"
    KL = "kl"
    DENSITY = "density"
