"""The aggregate posterior q(z) = 1/N Σ q(z|x_i) over a part of the plane, and where it leaves the prior empty.

Holes are those of core/coverage.py: within two standard deviations of the prior's middle, where q, of posteriors
widened by the kernel there, is less than a tenth of the prior.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from latentlab.core.batches import evenly, rows_at_once
from latentlab.core.contours import zero_lines
from latentlab.core.coverage import MOST_IMAGES, RADIUS, SELDOM, kernel
from latentlab.core.exploration import Rect
from latentlab.core.plane import Floats, LatentPlane
from latentlab.core.portions import in_parts
from latentlab.core.posterior import projected_covariance
from latentlab.core.requests import Request
from latentlab.core.serving import LatentServer

# Normals that lie askew to the grid are evaluated one by one, so that fewer of them, on a coarser grid, have to do.
_MOST_ASKEW, _COARSER = 1_500, 2
_ASKEW = 1e-3
# What a part does here is one call of a few microseconds each.
_FIRST_PART, _LARGEST_PART = 250, 5_000
# Finer than this the share that is empty does not change.
_SHARE_CELLS = 31
_STEEPEST = 5.0


@dataclass(frozen=True)
class CellGrid:
    """Equal cells that cover a part of the plane."""

    rect: Rect
    columns: int
    rows: int

    @classmethod
    def over(cls, rect: Rect, most: int) -> CellGrid:
        """Nearly square cells, ``most`` along the longer side."""
        width, height = rect[2] - rect[0], rect[3] - rect[1]
        side = max(width, height) / most
        return cls(rect, max(2, round(width / side)), max(2, round(height / side)))

    @property
    def edges(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """columns+1 abscissas and rows+1 ordinates."""
        x0, y0, x1, y1 = self.rect
        return np.linspace(x0, x1, self.columns + 1), np.linspace(y0, y1, self.rows + 1)

    @property
    def centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """columns abscissas and rows ordinates."""
        x, y = self.edges
        return (x[1:] + x[:-1]) / 2, (y[1:] + y[:-1]) / 2

    @property
    def cell(self) -> tuple[float, float]:
        """Width and height of a cell."""
        x0, y0, x1, y1 = self.rect
        return (x1 - x0) / self.columns, (y1 - y0) / self.rows


def mixture_density(
    mean: Floats, covariance: Floats, grid: CellGrid, flat: bool = False
) -> Generator[None, None, Floats]:
    """The density of N equally likely normals, means N×2 and covariances N×2×2, in the cells of a grid, rows×columns.

    Yields None between parts. Where all normals lie straight in the grid, each cell's value is its exact mean, since a
    normal's share of a cell is a product; elsewhere it is, at the cell's middle, that of normals widened by the cell.

    Args:
        flat: there is but one latent: the density is along the first axis, and the same all along the second.
    """
    variance = covariance[:, [0, 1], [0, 1]]
    if flat or (np.abs(covariance[:, 0, 1]) <= _ASKEW * np.sqrt(variance.prod(1))).all():
        return (yield from _straight(mean, np.sqrt(variance), grid, flat))
    return (yield from _askew(mean, covariance, grid))


def _straight(mean: Floats, scale: Floats, grid: CellGrid, flat: bool) -> Generator[None, None, Floats]:
    x, y = (torch.from_numpy(edges).float() for edges in grid.edges)
    total = torch.zeros(grid.rows, grid.columns)
    for part in in_parts(len(mean), first=_FIRST_PART, most=_LARGEST_PART):
        means, scales = torch.from_numpy(mean[part]), torch.from_numpy(scale[part])
        across = _shares(means[:, 0], scales[:, 0], x)
        along = torch.ones(len(means), grid.rows) if flat else _shares(means[:, 1], scales[:, 1], y)
        total += along.T @ across
        yield None
    width, height = grid.cell
    density: Floats = (total / (len(mean) * width * (1.0 if flat else height))).numpy()
    return density


def _shares(mean: Tensor, scale: Tensor, edges: Tensor) -> Tensor:
    """Of each of n normals, the share that lies between two neighbours of k+1 edges, n×k."""
    return 0.5 * torch.erf((edges - mean[:, None]) / (math.sqrt(2.0) * scale[:, None])).diff(dim=1)


def _askew(mean: Floats, covariance: Floats, grid: CellGrid) -> Generator[None, None, Floats]:
    chosen = evenly(len(mean), _MOST_ASKEW)
    coarse = CellGrid(grid.rect, max(2, grid.columns // _COARSER), max(2, grid.rows // _COARSER))
    # A uniform cell has a twelfth of its side squared as its variance.
    widened = covariance[chosen] + np.diag(np.square(coarse.cell) / 12).astype(np.float32)
    precision = torch.from_numpy(np.linalg.inv(widened))
    height = torch.linalg.det(precision).sqrt() / (2 * math.pi * len(chosen))
    x, y = (torch.from_numpy(middles).float() for middles in coarse.centres)
    means = torch.from_numpy(mean[chosen])
    total = torch.zeros(coarse.rows, coarse.columns)
    first = min(rows_at_once(coarse.rows * coarse.columns), _FIRST_PART)
    for part in in_parts(len(chosen), first=first, most=_LARGEST_PART):
        dx, dy = x - means[part, :1], y - means[part, 1:]
        a, b, c = (precision[part, i, j] for i, j in ((0, 0), (0, 1), (1, 1)))
        squares = (a[:, None] * dx**2)[:, None, :] + (c[:, None] * dy**2)[:, :, None]
        squares += 2 * b[:, None, None] * dy[:, :, None] * dx[:, None, :]
        total += torch.einsum("n,nrc->rc", height[part], torch.exp(-0.5 * squares))
        yield None
    density: Floats = total.numpy()
    return density


@dataclass(frozen=True)
class PlanePrior:
    """The standard normal prior as the plane shows it.

    Attributes:
        middle: 2, in plane units.
        flat: there is but one latent, along the first axis.
    """

    middle: Floats
    flat: bool

    @classmethod
    def on(cls, plane: LatentPlane) -> PlanePrior:
        """Of a plane with orthonormal axes: its marginal is standard normal again."""
        return cls(plane.project(np.zeros((1, plane.size), np.float32))[0], not plane.axes[1].any())

    def distance(self, x: NDArray[np.floating], y: NDArray[np.floating]) -> NDArray[np.float64]:
        """From its middle, in standard deviations."""
        across = np.asarray(x - self.middle[0], np.float64)
        along = np.zeros_like(y) if self.flat else y - self.middle[1]
        return np.hypot(across, along)

    def log_density(self, distance: NDArray[np.float64]) -> NDArray[np.float64]:
        """At such a distance from its middle."""
        return -0.5 * (distance**2 + (1 if self.flat else 2) * math.log(2 * math.pi))

    def kernel(self, count: int) -> float:
        """Standard deviation of a kernel in which ``count`` draws of the prior hardly ever show a hole."""
        return kernel(count, 1 if self.flat else 2)


@dataclass(frozen=True)
class Aggregate:
    """Answer of `MapAggregate`.

    Attributes:
        rect: the part of the plane.
        prior: p(z) on the plane.
        density: rows×columns, lowest row first, q(z) per unit of area (of length where there is one latent).
        hole: rows×columns, where q leaves the prior empty.
        outline: S×4, the holes' borders: x and y of both ends.
        empty: share of the prior's mass within 2 σ that lies in holes, wherever they are.
        images: of how many images q is made.
    """

    rect: Rect
    prior: PlanePrior
    density: Floats
    hole: NDArray[np.bool_]
    outline: NDArray[np.float64]
    empty: float
    images: int

    def is_hole(self, x: float, y: float) -> bool:
        """Whether a position of the plane lies in a hole."""
        rows, columns = self.hole.shape
        x0, y0, x1, y1 = self.rect
        column, row = math.floor((x - x0) / (x1 - x0) * columns), math.floor((y - y0) / (y1 - y0) * rows)
        return 0 <= column < columns and 0 <= row < rows and bool(self.hole[row, column])


@dataclass(frozen=True, eq=False)
class MapAggregate(Request):
    """The aggregate posterior beside the prior over a part of the plane; answers `Aggregate` after parts of None.

    Nothing but None where the model has no prior, or no point is encoded yet.

    Attributes:
        rect: the part of the plane.
        cells: along its longer side.
    """

    urgency: ClassVar[int] = 6
    rect: Rect
    cells: int = 160

    def answers(self, server: LatentServer) -> Iterator[Aggregate | None]:
        cloud, capabilities = server.cloud, server.source.capabilities
        if cloud is None or cloud.latents is None or cloud.scales is None or not capabilities.prior:
            return
        known = np.flatnonzero(cloud.encoded)
        some = known[evenly(len(known), MOST_IMAGES)]
        prior = PlanePrior.on(server.plane)
        mean = server.plane.project(cloud.latents[some])
        covariance = projected_covariance(server.plane, cloud.scales[some])
        covariance = covariance + np.eye(2, dtype=np.float32) * prior.kernel(len(some)) ** 2
        density = yield from mixture_density(mean, covariance, CellGrid.over(self.rect, self.cells), prior.flat)
        x, y = (float(middle) for middle in prior.middle)
        near = CellGrid((x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS), _SHARE_CELLS, _SHARE_CELLS)
        near_density = yield from mixture_density(mean, covariance, near, prior.flat)
        yield _over_prior(self.rect, prior, density, _empty_share(prior, near_density, near.rect), len(some))


def _over_prior(rect: Rect, prior: PlanePrior, density: Floats, empty: float, images: int) -> Aggregate:
    rows, columns = density.shape
    grid = CellGrid(rect, columns, rows)
    x, y = grid.centres
    excess = _excess(prior, density, grid)
    (width, height), lines = grid.cell, zero_lines(excess)
    outline = lines * (width, height, width, height) + (x[0], y[0], x[0], y[0])
    return Aggregate(rect, prior, density, excess < 0, outline, empty, images)


def _excess(prior: PlanePrior, density: Floats, grid: CellGrid) -> NDArray[np.float64]:
    """rows×columns, below zero in a hole and only there, and without a jump at its border."""
    distance = prior.distance(*np.meshgrid(*grid.centres))
    with np.errstate(divide="ignore"):
        visited = np.log(density) - prior.log_density(distance) - math.log(SELDOM)
    # Far in a hole the logarithm falls without end, which would draw the border toward it.
    return np.maximum(np.clip(visited, -_STEEPEST, _STEEPEST), distance - RADIUS)


def _empty_share(prior: PlanePrior, density: Floats, rect: Rect) -> float:
    grid = CellGrid(rect, density.shape[1], density.shape[0])
    distance = prior.distance(*np.meshgrid(*grid.centres))
    mass = np.where(distance <= RADIUS, np.exp(prior.log_density(distance)), 0.0)
    return float(mass[_excess(prior, density, grid) < 0].sum() / mass.sum())
