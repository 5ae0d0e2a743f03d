"""The graph of nearest neighbours among latents: the roads that the data leave through latent space."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from latentlab.core.neighbours import NearestFinder
from latentlab.core.plane import Floats
from latentlab.core.portions import in_parts


class NeighbourGraph:
    """The symmetric k-nearest-neighbour graph of distinct latents, its edges as long as the latents are apart.

    Two latents are joined where either is among the k nearest of the other, as Isomap has it (J. B. Tenenbaum et al.,
    "A global geometric framework for nonlinear dimensionality reduction", 2000). Nobody changes it.

    Attributes:
        latents: M×D, each once: a quantising model gives many images the same.
        neighbours: k.
    """

    def __init__(self, latents: Floats, neighbours: int, finder: NearestFinder, edges: Any) -> None:
        self.latents, self.neighbours = latents, neighbours
        self._finder, self._edges = finder, edges

    @classmethod
    def grow(cls, latents: Floats, neighbours: int) -> Iterator[NeighbourGraph | None]:
        """The graph of latents N×D, in parts: only the last is it, the others None.

        Raises:
            ValueError: fewer than two distinct latents were given.
        """
        from scipy.sparse import csr_array

        latents = _distinct(latents)
        if len(latents) < 2:
            raise ValueError("a graph needs two distinct latents at least")
        finder, ends, lengths = NearestFinder(latents), [], []
        for part in in_parts(len(latents)):
            here = np.arange(len(latents))[part]
            found = finder.nearest_others(here, neighbours)
            ends.append(found)
            lengths.append(_apart(latents[part], latents, found))
            yield None
        to = np.concatenate(ends)
        start = np.repeat(np.arange(len(latents)), to.shape[1])
        edges = csr_array((np.concatenate(lengths).ravel(), (start, to.ravel())), (len(latents), len(latents)))
        yield cls(latents, neighbours, finder, edges.maximum(edges.T).tocsr())

    def route(self, start: Floats, end: Floats) -> Floats | None:
        """The shortest way M×D from one latent D to another along the graph, or None where nothing joins them.

        The two need not be of the graph: each is joined to its k nearest latents, and both to each other where they
        lie nearer than those.
        """
        from scipy.sparse.csgraph import dijkstra

        direct = float(np.linalg.norm(start.astype(np.float64) - end))
        near_start, near_end = self._finder.nearest(np.stack([start, end]), self.neighbours)
        from_start = _apart(start[None], self.latents, near_start[None])[0]
        to_end = _apart(end[None], self.latents, near_end[None])[0]
        shortest = direct if direct <= max(from_start[-1], to_end[-1]) else np.inf
        # The start is one more node, with edges out of it alone, so that no other way leads through it.
        source = len(self.latents)
        edges = self._with_node(near_start, from_start)
        distances, before = dijkstra(edges, indices=source, return_predecessors=True)
        arrivals = distances[near_end] + to_end
        if not np.isfinite(min(shortest, arrivals.min())):
            return None
        visited: list[int] = []
        here = int(near_end[arrivals.argmin()]) if arrivals.min() < shortest else source
        while here != source:
            visited.append(here)
            here = int(before[here])
        return np.concatenate([start[None], self.latents[visited[::-1]], end[None]]).astype(np.float32)

    def _with_node(self, ends: NDArray[np.int64], lengths: NDArray[np.float64]) -> Any:
        from scipy.sparse import csr_array

        edges, nodes = self._edges, len(self.latents) + 1
        return csr_array(
            (
                np.concatenate([edges.data, lengths]),
                np.concatenate([edges.indices, ends]),
                np.append(edges.indptr, edges.indptr[-1] + len(ends)),
            ),
            (nodes, nodes),
        )


def _distinct(latents: Floats) -> Floats:
    """Each row once, in the order in which it comes first."""
    rows = np.ascontiguousarray(latents)
    _, first = np.unique(rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel(), return_index=True)
    return rows[np.sort(first)]


def _apart(queries: Floats, latents: Floats, found: NDArray[np.int64]) -> NDArray[np.float64]:
    """How far each of n×D lies from the latents that were found for it, n×k."""
    return np.linalg.norm(latents[found].astype(np.float64) - queries[:, None], axis=2)
