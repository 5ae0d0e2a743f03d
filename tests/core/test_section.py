"""One latent of the probe's moved and no other, on and off the plane."""

import numpy as np
import pytest

from latentlab.core.plane import LatentPlane
from latentlab.core.section import Section


def sections(size=5):
    generator = np.random.default_rng(4)
    latents = generator.normal(size=(60, size)).astype(np.float32) * np.linspace(2, 0.5, size, dtype=np.float32)
    for plane in (LatentPlane.of_axes(size, 3, 1), LatentPlane.principal(latents), LatentPlane.through(latents[:3])):
        yield Section(plane, None)
        yield Section(plane, latents[7])


@pytest.mark.parametrize("section", list(sections()))
def test_moving_a_latent_changes_that_one_alone(section):
    probe, offset = (0.4, -1.1), ((0, 0.3),)
    before = section.latent(probe, offset)
    for latent, amount in ((2, 1.5), (3, -0.7), (1, 0.2), (2, -0.4)):
        probe, offset = section.moved(probe, offset, latent, amount)
        expected = before.copy()
        expected[latent] += amount
        np.testing.assert_allclose(section.latent(probe, offset), expected, atol=1e-5)
        before = expected


@pytest.mark.parametrize("section", list(sections()))
def test_positions_of_a_moved_plane_are_moved_as_it_is(section):
    """Whatever lies on it is shifted by what of the offset stands at right angles to it."""
    offset = ((0, 0.5), (2, -1.0), (4, 2.0))
    amounts = np.array([0.5, 0, -1.0, 0, 2.0])
    axes = section.plane.axes
    across = amounts - axes.T @ (axes @ amounts)
    positions = np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32)
    moved = section.lift(positions, offset) - section.lift(positions)
    np.testing.assert_allclose(moved, np.tile(across, (9, 1)), atol=1e-5)
    np.testing.assert_allclose(section.plane.project(section.lift(positions, offset)), positions, atol=1e-5)


@pytest.mark.parametrize("section", list(sections()))
def test_what_was_moved_comes_back(section):
    start = (0.4, -1.1)
    probe, offset = section.moved(*section.moved(start, (), 2, 1.5), 0, -0.7)
    back = section.at_rest(probe, offset, 2)
    assert 2 not in dict(back[1])
    everything = section.on_plane(probe, ((9, 4.0), *offset))
    assert everything[1] == () and everything[0] == pytest.approx(start)


def test_a_latent_within_the_plane_rests_at_the_base():
    plane = LatentPlane.of_axes(4, 3, 1)
    base = np.array([1.0, 2.0, 3.0, 4.0], np.float32)
    assert Section(plane, None).at_rest((5.0, 6.0), (), 1) == ((5.0, 0.0), ())
    assert Section(plane, base).at_rest((5.0, 6.0), ((2, 1.0),), 3) == ((4.0, 6.0), ((2, 1.0),))


def test_a_latent_that_the_model_does_not_have_moves_nothing():
    section = Section(LatentPlane.of_axes(4, 3, 1), None)
    np.testing.assert_array_equal(section.latent((1.0, 2.0), ((7, 3.0),)), [0.0, 2.0, 0.0, 1.0])
