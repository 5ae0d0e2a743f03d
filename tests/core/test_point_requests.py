"""Neighbours, reconstruction and latents of shown points, beside scikit-learn and plain calls of the model."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from latentlab.core.point_cloud import PointCloud
from latentlab.core.point_requests import EncodePoints, ExaminePoint, FindAlike
from tests.core.sets import digits
from tests.core.test_requests import server_of

COUNT = 8


def shown_on(server, images=None, labels=None):
    """Has a server show images, all of them encoded."""
    images = digits().test.images if images is None else images
    server.cloud = PointCloud(images, labels)
    server.cloud.encode_some(server, 1000.0)
    assert not server.cloud.stale
    return server.cloud


def expected(vectors, point, count=COUNT):
    """Distances and indices by scikit-learn, without the point itself, and of equals the first first."""
    vectors = vectors.reshape(len(vectors), -1).astype(np.float64)
    distances, indices = NearestNeighbors(n_neighbors=count + 1, algorithm="brute").fit(vectors).kneighbors(
        vectors[[point]]
    )
    order = np.lexsort((indices[0], distances[0].round(9)))
    order = order[indices[0][order] != point]
    return distances[0][order], indices[0][order]


@pytest.mark.parametrize("latent_dim", [2, 10])
def test_neighbours_in_latent_space_are_scikit_learns(latent_dim):
    server = server_of(latent_dim=latent_dim)
    cloud = shown_on(server)
    for point in (0, 57, 200):
        *_, examined = ExaminePoint(point, COUNT).answers(server)
        distances, indices = expected(cloud.latents, point)
        np.testing.assert_array_equal(examined.neighbours.points, indices)
        np.testing.assert_allclose(examined.neighbours.distances, distances, rtol=1e-4)


def test_neighbours_among_pixels_are_scikit_learns():
    server = server_of()
    cloud = shown_on(server)
    for point in (0, 57, 200):
        *_, alike = FindAlike(point, COUNT).answers(server)
        distances, indices = expected(cloud.images / 16, point)
        np.testing.assert_array_equal(alike.points, indices)
        np.testing.assert_allclose(alike.distances, distances, rtol=1e-5)


def test_the_first_of_equals_come_first_and_there_are_no_more_than_there_are():
    server = server_of()
    images = digits().test.images[[5, 3, 5, 5, 5]]
    shown_on(server, images)
    *_, alike = FindAlike(3, 2).answers(server)
    assert alike.points.tolist() == [0, 2] and alike.distances.tolist() == [0.0, 0.0]
    *_, alike = FindAlike(3, 50).answers(server)
    assert alike.points.tolist() == [0, 2, 4, 1]
    server.cloud = PointCloud(images[:1])
    *_, alike = FindAlike(0, 2).answers(server)
    assert not len(alike.points)


def test_only_points_that_were_encoded_are_neighbours_in_latent_space():
    server, images = server_of(), digits().test.images
    server.cloud = PointCloud(images)
    *_, examined = ExaminePoint(0, COUNT).answers(server)
    assert not len(examined.neighbours.points)
    server.cloud.encode_some(server, 0.0)
    known = np.flatnonzero(server.cloud.encoded)
    assert 1 < len(known) < len(images)
    *_, examined = ExaminePoint(0, len(images)).answers(server)
    assert sorted(examined.neighbours.points) == known[1:].tolist()
    *_, examined = ExaminePoint(len(images) - 1, COUNT).answers(server)
    assert not len(examined.neighbours.points)


def test_a_point_is_reconstructed_with_its_label():
    server, split = server_of("cvae"), digits().test
    shown_on(server, split.images, split.labels)
    *_, examined = ExaminePoint(7, COUNT).answers(server)
    x, label = torch.tensor(split.images[[7]] / 16, dtype=torch.float32), torch.tensor(split.labels[[7]])
    with torch.no_grad():
        output = server.source.decode(server.source.encode(x, label).mean, label)
    assert examined.error == pytest.approx(float((output - x).square().mean()), rel=1e-4)
    assert np.abs(examined.reconstruction / 255 - output[0].numpy()).max() <= 0.5 / 255 + 1e-5


def test_latents_of_points_are_those_of_their_images_and_labels():
    server, split = server_of("cvae"), digits().test
    server.cloud = PointCloud(split.images, split.labels)
    points = np.array([3, 250, 8, 41])
    *parts, latents = EncodePoints(points).answers(server)
    assert not any(part is not None for part in parts)
    with torch.no_grad():
        x = torch.tensor(split.images[points] / 16, dtype=torch.float32)
        mean = server.source.encode(x, torch.tensor(split.labels[points])).mean
    np.testing.assert_allclose(latents, mean, rtol=1e-4, atol=1e-5)


def test_a_long_search_pauses_for_whoever_is_more_urgent(monkeypatch):
    monkeypatch.setattr("latentlab.core.point_requests.PART_SECONDS", 0.0)
    monkeypatch.setattr("latentlab.core.point_requests._DIFFERENCES", 1 << 6)
    server = server_of()
    cloud = shown_on(server)
    *parts, examined = ExaminePoint(0, COUNT).answers(server)
    assert len(parts) > 10 and not any(part is not None for part in parts)
    np.testing.assert_array_equal(examined.neighbours.points, expected(cloud.latents, 0)[1])


def test_what_images_are_alike_by_is_learned_once_and_in_parts():
    server = server_of()
    shown_on(server)
    for some_parts in (True, False):
        *parts, alike = FindAlike(0, COUNT).answers(server)
        assert bool(parts) is some_parts and not any(part is not None for part in parts)
        np.testing.assert_array_equal(alike.points, expected(digits().test.images, 0)[1])
