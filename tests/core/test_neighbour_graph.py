"""Roads along the data beside Floyd and Warshall's algorithm on a graph that is built by brute force."""

import numpy as np
import pytest
from scipy.sparse.csgraph import shortest_path

from latentlab.core.interpolation import arc_lengths
from latentlab.core.neighbour_graph import NeighbourGraph


def grown(latents, neighbours):
    *nothing, graph = NeighbourGraph.grow(np.asarray(latents, np.float32), neighbours)
    assert not any(nothing)
    return graph


def brute_force(latents, start, end, neighbours):
    """The shortest length: every distance, neighbours by sorting, and every pair's way found by Floyd and Warshall."""
    points = np.concatenate([latents, [start, end]]).astype(np.float64)
    count = len(latents)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    edges = np.full_like(apart, np.inf)
    for point in range(len(points)):
        # The ends look among the data and each other, the data among themselves: no road leads through an end.
        others = np.array([other for other in range(count if point < count else count + 2) if other != point])
        data = others[others < count]
        near = data[np.argsort(apart[point, data], kind="stable")[:neighbours]]
        edges[point, near] = edges[near, point] = apart[point, near]
        if point >= count and apart[count, count + 1] <= apart[point, near[-1]]:
            edges[count, count + 1] = edges[count + 1, count] = apart[count, count + 1]
    for via in range(count):
        edges = np.minimum(edges, edges[:, via, None] + edges[None, via])
    return edges[count, count + 1]


@pytest.mark.parametrize("size, neighbours", [(2, 3), (2, 10), (5, 4), (12, 6)])
def test_the_road_is_the_shortest(size, neighbours):
    rng = np.random.default_rng(size + neighbours)
    latents = rng.normal(size=(120, size)).astype(np.float32)
    graph = grown(latents, neighbours)
    for _ in range(8):
        start, end = rng.normal(size=(2, size)).astype(np.float32)
        road = graph.route(start, end)
        expected = brute_force(latents, start, end, neighbours)
        if road is None:
            assert expected == np.inf
            continue
        np.testing.assert_allclose(arc_lengths(road)[-1], expected, rtol=1e-5)
        np.testing.assert_array_equal(road[[0, -1]], [start, end])
        among = (road[1:-1, None] == latents[None]).all(2).any(1)
        assert among.all()


def test_between_two_of_the_data_it_is_scipys():
    rng = np.random.default_rng(3)
    latents = rng.uniform(size=(200, 2)).astype(np.float32)
    apart = np.linalg.norm(latents[:, None].astype(float) - latents[None], axis=2)
    nearest = np.argsort(apart, axis=1)[:, 1:6]
    edges = np.zeros_like(apart)
    np.put_along_axis(edges, nearest, np.take_along_axis(apart, nearest, 1), 1)
    expected = shortest_path(np.maximum(edges, edges.T), directed=False)
    graph = grown(latents, 5)
    for start, end in rng.integers(0, 200, (20, 2)):
        road = graph.route(latents[start], latents[end])
        assert (road is None) == (not np.isfinite(expected[start, end]))
        if road is not None:
            np.testing.assert_allclose(arc_lengths(road)[-1], expected[start, end], rtol=1e-5, atol=1e-6)


def test_it_goes_round_a_hole_and_says_where_there_is_no_way():
    angles = np.linspace(0, np.pi, 200)
    half_ring = np.stack([np.cos(angles), np.sin(angles)], 1).astype(np.float32)
    road = grown(half_ring, 4).route(half_ring[0], half_ring[-1])
    np.testing.assert_allclose(arc_lengths(road)[-1], np.pi, rtol=1e-3)
    islands = np.concatenate([half_ring, half_ring + np.array([0, 50], np.float32)])
    graph = grown(islands, 4)
    assert graph.route(islands[0], islands[-1]) is None
    assert graph.route(islands[0], islands[9]) is not None
    # An end between the islands must not be a bridge for others, only a place to start from.
    assert graph.route(np.array([0, 25], np.float32), islands[0]) is not None


def test_equal_latents_are_one():
    codes = np.array([[0, 0], [1, 0], [2, 0], [3, 0], [4, 0]], np.float32)
    graph = grown(np.repeat(codes, 50, axis=0), 2)
    np.testing.assert_array_equal(graph.latents, codes)
    np.testing.assert_array_equal(graph.route(codes[0], codes[4])[[0, -1]], codes[[0, 4]])
    assert arc_lengths(graph.route(codes[0], codes[4]))[-1] == 4
    with pytest.raises(ValueError, match="distinct"):
        grown(np.zeros((9, 2)), 2)
