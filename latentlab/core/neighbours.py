"""Nearest neighbours among codes: whom a point stands beside, and how well classes part."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from latentlab.core.plane import Floats

KS = (1, 5, 15)
# In spaces of more dimensions a tree visits nearly every point, and does so one at a time.
_MOST_IN_TREE = 8
_MOST_DISTANCES = 1 << 22


class NearestFinder:
    """Finds the nearest of points N×D again and again, by a tree where that helps."""

    def __init__(self, points: Floats) -> None:
        from scipy.spatial import cKDTree

        self._points = points
        self._tree = cKDTree(points) if points.shape[1] <= _MOST_IN_TREE else None

    def nearest(self, queries: Floats, count: int) -> NDArray[np.int64]:
        """As `nearest`."""
        count = min(count, len(self._points))
        if self._tree is None:
            return _nearest_by_products(self._points, queries, count)
        _, indices = self._tree.query(queries, k=count)
        return np.asarray(indices, np.int64).reshape(len(queries), count)

    def nearest_others(self, some: NDArray[np.integer], count: int) -> NDArray[np.int64]:
        """Indices n×count of the points closest to n of the points themselves, each without itself."""
        around = self.nearest(self._points[some], count + 1)
        # Usually the first; among points that are the same it may stand anywhere, or have been left out.
        itself = around == some[:, None]
        itself[~itself.any(1), -1] = True
        return around[~itself].reshape(len(some), -1)


def nearest(points: Floats, queries: Floats, count: int) -> NDArray[np.int64]:
    """Indices M×count of the ``count`` points of N×D closest to each of M×D queries, nearest first."""
    return NearestFinder(points).nearest(queries, count)


def nearest_few(points: Floats, query: Floats, count: int) -> NDArray[np.int64]:
    """Indices of the ``count`` points of N×D closest to one query D, nearest first; quick for a single one."""
    distances = np.square(points - query).sum(1)
    count = min(count, len(distances))
    few = np.argpartition(distances, count - 1)[:count] if count else np.empty(0, np.intp)
    return np.asarray(few[np.argsort(distances[few], kind="stable")], np.int64)


def _nearest_by_products(points: Floats, queries: Floats, count: int) -> NDArray[np.int64]:
    """`nearest` by all the distances there are; torch's, because scikit-learn's would take every core."""
    there, asked = (torch.from_numpy(np.ascontiguousarray(each, np.float32)) for each in (points, queries))
    lengths = there.square().sum(1)
    parts = []
    for some in torch.split(asked, max(1, _MOST_DISTANCES // len(points))):
        # ‖q − p‖² without ‖q‖², which is the same for every point.
        distances = torch.addmm(lengths, some, there.T, alpha=-2.0)
        parts.append(distances.topk(count, largest=False).indices)
    return torch.cat(parts).numpy()


def knn_accuracy(
    codes: Floats, labels: NDArray[np.int64], queries: Floats, answers: NDArray[np.int64], ks: tuple[int, ...] = KS
) -> dict[int, float]:
    """Share of queries whose class the majority of their k nearest codes names, for each k.

    A tie goes to the smallest class value, as scikit-learn's KNeighborsClassifier decides.
    """
    classes = int(max(labels.max(), answers.max())) + 1
    neighbours = labels[nearest(codes, queries, max(ks))]
    accuracy = {}
    for k in ks:
        votes = np.zeros((len(queries), classes), np.int64)
        for column in range(min(k, neighbours.shape[1])):
            votes[np.arange(len(queries)), neighbours[:, column]] += 1
        accuracy[k] = float((votes.argmax(1) == answers).mean())
    return accuracy


def knn_accuracy_within(codes: Floats, labels: NDArray[np.int64], k: int) -> float:
    """Share of points whose class the majority of their k nearest others names (leave-one-out)."""
    neighbours = labels[NearestFinder(codes).nearest_others(np.arange(len(codes)), k)]
    votes = np.zeros((len(codes), int(labels.max()) + 1), np.int64)
    for column in range(neighbours.shape[1]):
        votes[np.arange(len(codes)), neighbours[:, column]] += 1
    return float((votes.argmax(1) == labels).mean())
