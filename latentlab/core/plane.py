"""The plane that makes any latent space explorable in 2-D."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from latentlab.core.exploration import Directions
from latentlab.core.geometry import nearest_turn

Floats = NDArray[np.float32]

# How many neighbours a point of the plane is blended from where blending is asked for.
_BLENDED = 4
# Up to so many dimensions the whole D×D covariance is decomposed: a tenth of an iterative solver's time.
_MOST_DECOMPOSED = 1024
# Shares of a latent that float32 and the networks before it do not tell apart.
_ROUNDING = 1e-5
_DECIMALS = 5


@dataclass(frozen=True)
class Anchors:
    """Latents that are known to be real, and where they lie on the plane: positions N×2, latents N×D."""

    positions: Floats
    latents: Floats


@dataclass(frozen=True)
class LatentPlane:
    """A plane through latent space R^D: project latents onto it, and lift its points back.

    ``project(lift(p)) == p`` for D ≥ 2, and ``lift(project(z), base=z) == z`` always.

    Attributes:
        axes: 2×D, orthonormal rows (for D = 1 the second is zero: the plane is a line).
        centre: D, the latent that projects to (0, 0).
        names: what the two axes are called.
        anchors: where given, points are lifted by blending the latents of their nearest anchors, because a
            straight plane through a discrete latent space meets nothing that a decoder has seen.
    """

    axes: Floats
    centre: Floats
    names: tuple[str, str]
    anchors: Anchors | None = field(default=None, repr=False)

    @classmethod
    def of_axes(cls, size: int, first: int = 0, second: int = 1) -> LatentPlane:
        """The plane of two latents; its coordinates are their values."""
        axes = np.zeros((2, size), np.float32)
        axes[0, first] = 1.0
        if size > 1:
            axes[1, second] = 1.0
        names = (f"z{first + 1}", f"z{second + 1}" if size > 1 else "")
        return cls(axes, np.zeros(size, np.float32), names)

    @classmethod
    def principal(cls, latents: Floats, previous: Floats | None = None) -> LatentPlane:
        """The plane of greatest variance of latents N×D, turned to agree with ``previous`` positions N×2.

        The turn is the orthogonal Procrustes solution, so that a live scatter neither flips nor spins.
        """
        centre = latents.mean(0)
        centred = latents - centre
        axes = _leading_directions(centred)
        if previous is not None and len(previous) == len(latents):
            turn = nearest_turn(centred @ axes.T, previous - previous.mean(0))
            axes = np.asarray(turn.T @ axes, np.float32)
        return cls(axes.astype(np.float32), centre.astype(np.float32), ("PC 1", "PC 2"))

    @classmethod
    def through(cls, corners: Floats) -> LatentPlane:
        """The plane that three latents 3×D span: the first at its origin, the second on its first axis.

        Raises:
            ValueError: they lie on a line (or are one point), which many planes go through.
        """
        exact = corners.astype(np.float64)
        sides = exact[1:] - exact[0]
        _, (longest, widest), _ = np.linalg.svd(sides, full_matrices=False)
        # What is less than the latents' own rounding has no direction.
        if widest <= _ROUNDING * max(longest, float(np.abs(exact).max())):
            raise ValueError("The three points lie on a line; choose one that lies beside it.")
        first = sides[0] / np.linalg.norm(sides[0])
        beside = sides[1] - (sides[1] @ first) * first
        axes = np.stack([first, beside / np.linalg.norm(beside)])
        return cls(axes.astype(np.float32), corners[0].astype(np.float32), ("u", "v"))

    def turned(self, turn: NDArray[np.floating]) -> LatentPlane:
        """The same plane seen otherwise: where a latent was at p, it is at p·``turn`` (2×2, orthogonal).

        Axes that are no longer those that had the names are called by them with a prime.
        """
        if np.abs(turn - np.eye(2)).max() < _ROUNDING:
            return self
        names = f"{self.names[0]}′", f"{self.names[1]}′" if self.names[1] else ""
        return replace(self, axes=(turn.T @ self.axes).astype(np.float32), names=names)

    @property
    def directions(self) -> Directions:
        """The axes in plain numbers, rounded off by no more than the eye would see."""
        first, second = (tuple(round(float(number), _DECIMALS) for number in axis) for axis in self.axes)
        return first, second

    @property
    def size(self) -> int:
        """D, the length of a latent."""
        return self.axes.shape[1]

    def project(self, latents: Floats) -> Floats:
        """Latents N×D to plane positions N×2."""
        # OpenBLAS for AVX-512 also computes in lanes it has not set where one vector of five floats is multiplied: the
        # positions are right, yet what was left in those lanes may raise the processor's flag for an invalid number.
        with np.errstate(invalid="ignore"):
            return np.asarray((latents - self.centre) @ self.axes.T, np.float32)

    def lift(self, positions: Floats, base: Floats | None = None) -> Floats:
        """Plane positions N×2 to latents N×D.

        Args:
            base: a latent D that the lifted points share all other directions with (default: the centre).
        """
        if base is not None:
            return (base + (positions - self.project(base[None])) @ self.axes).astype(np.float32)
        if self.anchors is not None:
            return self._blend(positions, self.anchors)
        return (self.centre + positions @ self.axes).astype(np.float32)

    def _blend(self, positions: Floats, anchors: Anchors) -> Floats:
        from scipy.spatial import cKDTree

        count = min(_BLENDED, len(anchors.positions))
        distances, nearest = cKDTree(anchors.positions).query(positions, k=count)
        distances, nearest = distances.reshape(-1, count), nearest.reshape(-1, count)
        # Inverse squared distance; an anchor that is hit exactly takes all the weight.
        weights = 1.0 / np.maximum(distances, 1e-9) ** 2
        weights /= weights.sum(1, keepdims=True)
        return np.einsum("nk,nkd->nd", weights, anchors.latents[nearest]).astype(np.float32)


def _leading_directions(centred: Floats) -> Floats:
    """The two directions (2×D, orthonormal) of greatest variance of centred latents N×D."""
    size = centred.shape[1]
    if size == 1:
        return np.array([[1.0], [0.0]], np.float32)
    if size <= _MOST_DECOMPOSED:
        from scipy.linalg import eigh

        _, vectors = eigh(centred.T @ centred, subset_by_index=(size - 2, size - 1))
        axes = vectors[:, ::-1].T
    else:
        axes = _leading_of_many(centred.astype(np.float64))
    # The sign of an eigenvector is arbitrary: let its largest entry be positive.
    signs = np.sign(axes[np.arange(2), np.abs(axes).argmax(1)])
    return np.asarray(axes * signs[:, None], np.float32)


def _leading_of_many(centred: NDArray[np.float64]) -> NDArray[np.float64]:
    """`_leading_directions` without a D×D matrix; any two where a collapse made all latents the same."""
    from scipy.sparse.linalg import svds

    size = centred.shape[1]
    if not centred.any():
        return np.eye(2, size)
    # Rows of zeros add no variance, and the solver asks for more rows than directions.
    rows = np.pad(centred, ((0, max(0, 3 - len(centred))), (0, 0)))
    # A fixed start keeps the answer reproducible; a constant one would be orthogonal to everything centred.
    start = np.random.default_rng(0).standard_normal(min(rows.shape))
    _, _, vectors = svds(rows, k=2, v0=start)
    # Beyond the rank of the latents the solver's directions need not be orthogonal.
    return np.linalg.qr(vectors[::-1].T)[0].T
