"""Lines through latent space as chains of points, and places along them by arc length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from latentlab.core.plane import Floats

_SAME_DIRECTION = 1e-9


def slerp(start: Floats, end: Floats, shares: NDArray[np.floating]) -> Floats:
    """Latents n×D on the arc from ``start`` to ``end`` (D each), at ``shares`` n of the way, 0 to 1.

    The direction turns evenly along the great circle (spherical linear interpolation; K. Shoemake, "Animating rotation
    with quaternion curves", 1985), the distance from the origin grows evenly from one end's to the other's: latents of
    a normal prior keep the length that such latents have, where a straight line would cut through the rare middle.
    An end at the origin has no direction, and one dimension no arc: the way is straight there.
    """
    a, b = start.astype(np.float64), end.astype(np.float64)
    t = np.asarray(shares, np.float64)[:, None]
    radius_a, radius_b = np.linalg.norm(a), np.linalg.norm(b)
    if len(a) < 2 or min(radius_a, radius_b) == 0:
        return np.asarray(a + t * (b - a), np.float32)
    a, b = a / radius_a, b / radius_b
    cosine = float(a @ b)
    across = b - cosine * a
    sine = float(np.linalg.norm(across))
    if sine < _SAME_DIRECTION:  # the same direction, or the opposite one, to which every way round is as long
        across, sine = _perpendicular(a), 0.0
    else:
        across /= sine
    angle = np.arctan2(sine, cosine)
    directions = np.cos(t * angle) * a + np.sin(t * angle) * across
    return np.asarray(directions * (radius_a + t * (radius_b - radius_a)), np.float32)


def _perpendicular(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    """A unit vector at right angles to another."""
    least = int(np.abs(direction).argmin())
    result = -direction[least] * direction
    result[least] += 1.0
    return result / np.linalg.norm(result)


def arc_lengths(chain: Floats) -> NDArray[np.float64]:
    """How far it is along a chain of points M×D from the first to each, M lengths."""
    steps = np.linalg.norm(np.diff(chain.astype(np.float64), axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def places_along(chain: Floats, shares: NDArray[np.floating]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Where ``shares`` n of a chain's whole length, 0 to 1, lie on M×D.

    Returns:
        n indices of the points before them, and how far, 0 to 1, they lie from those to the next ones.
    """
    lengths = arc_lengths(chain)
    wanted = np.asarray(shares, np.float64) * lengths[-1]
    before = np.clip(np.searchsorted(lengths, wanted, side="right") - 1, 0, max(0, len(chain) - 2))
    after = np.minimum(before + 1, len(chain) - 1)
    step = lengths[after] - lengths[before]
    return before, (wanted - lengths[before]) / np.where(step > 0, step, 1.0)


def points_at(chain: Floats, before: NDArray[np.intp], share: NDArray[np.float64]) -> Floats:
    """The points n×D of a chain M×D at what `places_along` gives; any map of the chain's points may stand for it."""
    after = np.minimum(before + 1, len(chain) - 1)
    return np.asarray(chain[before] + share[:, None] * (chain[after] - chain[before]), np.float32)
