"""Planes through latent space, and PCA, against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import spatial
from sklearn import decomposition

from latentlab.core import catalogue
from latentlab.core.batches import mean_squared_error
from latentlab.core.plane import Anchors, LatentPlane
from latentlab.core.projections import PCA
from tests.core.sets import digits


def latents(count=300, size=6, seed=0):
    generator = np.random.default_rng(seed)
    return (generator.normal(size=(count, size)) * np.linspace(3, 0.5, size) + 1).astype(np.float32)


@settings(max_examples=40)
@given(size=st.integers(1, 12), seed=st.integers(0, 1000))
def test_lifting_a_projection_through_its_own_latent_gives_it_back(size, seed):
    z = latents(20, size, seed)
    planes = [LatentPlane.of_axes(size, 0, size - 1), LatentPlane.principal(z)]
    for plane in planes:
        lifted = plane.lift(plane.project(z[:1]), base=z[0])
        np.testing.assert_allclose(lifted, z[:1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("size", [2, 3, 40, 300])
def test_projecting_a_lifted_point_gives_it_back(size):
    z, points = latents(100, size), latents(9, 2)
    for plane in (LatentPlane.of_axes(size, 0, 1), LatentPlane.principal(z)):
        np.testing.assert_allclose(plane.project(plane.lift(points)), points, atol=1e-4)
        np.testing.assert_allclose(plane.project(plane.lift(points, base=z[3])), points, atol=1e-4)


def test_plane_of_axes_shows_the_latents_themselves():
    z = latents()
    plane = LatentPlane.of_axes(6, 4, 1)
    np.testing.assert_array_equal(plane.project(z), z[:, [4, 1]])
    assert plane.names == ("z5", "z2")


def test_one_latent_is_a_line():
    plane = LatentPlane.of_axes(1, 0, 0)
    np.testing.assert_array_equal(plane.project(np.array([[2.5]], np.float32)), [[2.5, 0.0]])
    np.testing.assert_array_equal(plane.lift(np.array([[2.5, 9.0]], np.float32)), [[2.5]])


@pytest.mark.parametrize("size", [5, 300])
def test_principal_plane_is_scikit_learns(size):
    z = latents(400, size)
    ours = LatentPlane.principal(z).project(z)
    theirs = decomposition.PCA(2, svd_solver="full").fit_transform(z)
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=2e-3)


@pytest.mark.parametrize("size", [4, 300])
@pytest.mark.parametrize("count", [1, 2, 50])
def test_principal_plane_of_latents_that_span_none(size, count):
    line = np.outer(np.arange(count), np.ones(size)).astype(np.float32)
    for z in (np.ones_like(line), line):
        axes = LatentPlane.principal(z).axes
        np.testing.assert_allclose(axes @ axes.T, np.eye(2), atol=1e-5)
    if count > 1:
        np.testing.assert_allclose(np.abs(axes[0]), size**-0.5, atol=1e-5)


def test_the_plane_through_three_points_holds_them_and_keeps_their_triangle():
    z = latents()
    plane = LatentPlane.through(z[:3])
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-6)
    positions = plane.project(z[:3])
    np.testing.assert_allclose(plane.lift(positions), z[:3], atol=1e-5)
    np.testing.assert_allclose(positions[0], [0, 0], atol=1e-6)
    assert positions[1, 1] == pytest.approx(0, abs=1e-5) and positions[1, 0] > 0 and positions[2, 1] > 0
    np.testing.assert_allclose(spatial.distance.pdist(positions), spatial.distance.pdist(z[:3]), rtol=1e-5)


@pytest.mark.parametrize("last", [0.0, 1.0, 2.5, -1e4])
def test_three_points_on_a_line_span_no_plane(last):
    start, way = latents()[:2]
    with pytest.raises(ValueError, match="on a line"):
        LatentPlane.through(np.stack([start, start + way, start + np.float32(last) * way]))


def test_principal_plane_neither_flips_nor_spins():
    z = latents()
    before = LatentPlane.principal(z).project(z)
    turn = np.array([[0.0, -1.0], [1.0, 0.0]], np.float32)
    for previous in (before, -before, before @ turn, before * [1, -1]):
        after = LatentPlane.principal(z, previous.astype(np.float32)).project(z)
        np.testing.assert_allclose(after, previous - previous.mean(0), atol=1e-3)


def test_anchors_are_hit_exactly_and_blended_between():
    z = latents(50)
    plain = LatentPlane.principal(z)
    positions = plain.project(z)
    plane = LatentPlane(plain.axes, plain.centre, plain.names, Anchors(positions, z))
    np.testing.assert_allclose(plane.lift(positions[:5]), z[:5], atol=1e-4)
    between = plane.lift((positions[:1] + positions[1:2]) / 2)
    assert (z.min(0) - 1e-5 <= between).all() and (between <= z.max(0) + 1e-5).all()


def test_pca_is_scikit_learns_on_digits():
    ours = PCA.fit(digits().train.images, 16, 10)
    x = digits().train.images.reshape(len(digits().train), -1) / 16.0
    theirs = decomposition.PCA(10, svd_solver="full").fit(x)
    overlap = np.abs((ours.components.numpy() * theirs.components_).sum(1))
    np.testing.assert_allclose(overlap, 1.0, atol=1e-3)
    np.testing.assert_allclose(ours.explained.numpy(), theirs.explained_variance_ratio_, rtol=1e-3)


def test_pca_of_large_images_is_scikit_learns():
    """Beyond 1,500 pixels it is found by iteration; images as smooth as real ones, in colour."""
    generator = np.random.default_rng(0)
    small = generator.normal(size=(200, 3, 5, 5)) * np.array([4, 2, 1])[:, None, None]
    images = np.clip(128 + 12 * small.repeat(5, axis=2).repeat(5, axis=3), 0, 255).astype(np.uint8)
    ours = PCA.fit(images, 255, 2)
    theirs = decomposition.PCA(2, svd_solver="full").fit(images.reshape(200, -1) / 255.0)
    overlap = np.abs((ours.components.numpy() * theirs.components_).sum(1))
    np.testing.assert_allclose(overlap, 1.0, atol=1e-3)
    np.testing.assert_allclose(ours.explained.numpy(), theirs.explained_variance_ratio_, rtol=1e-3)


@pytest.mark.parametrize("count, floor", [(2, 0.05567), (10, 0.03407), (50, 0.01149)])
def test_pca_of_mnist_leaves_the_known_error(count, floor):
    mnist = catalogue.load("mnist")
    pca = PCA.fit(mnist.train.images, 255, count)
    assert mean_squared_error(pca, mnist.test, 255) == pytest.approx(floor, abs=1e-5)
