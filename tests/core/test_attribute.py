"""Attribute vectors beside NumPy's means and the model's own decoder."""

import numpy as np
import pytest
import torch

from latentlab.core.attribute import Attribute
from latentlab.core.attribute_requests import DecodeStrengths, MeasureAttribute
from latentlab.core.point_cloud import PointCloud
from latentlab.core.selection import Selection
from tests.core.sets import digits
from tests.core.test_paths import placed
from tests.core.test_requests import server_of

LABELS = digits().test.labels[:200]
SEVENS, ONES = np.flatnonzero(LABELS == 7), np.flatnonzero(LABELS == 1)


@pytest.mark.parametrize("size", [2, 6])
def test_the_vector_is_the_difference_of_means(size):
    server = placed(server_of(latent_dim=size))
    *_, answer = MeasureAttribute(SEVENS, ONES).answers(server)
    latents = server.encode(digits().test.images[:200])
    expected = latents[SEVENS].mean(0) - latents[ONES].mean(0)
    np.testing.assert_allclose(answer.vector, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(answer.shadow, server.plane.axes @ expected, rtol=1e-3, atol=1e-5)
    assert (answer.having, answer.lacking) == (len(SEVENS), len(ONES))
    assert answer.length == pytest.approx(np.linalg.norm(expected), rel=1e-4)


def test_it_is_added_to_the_latent_itself_not_on_the_plane():
    server = placed(server_of(latent_dim=6))
    *_, answer = MeasureAttribute(SEVENS, ONES).answers(server)
    strengths = (-2.0, 0.0, 0.5, 2.0)
    *_, images = DecodeStrengths((0.3, -0.2), answer.vector, strengths).answers(server)
    place = server.lift(np.array([[0.3, -0.2]], np.float32))[0]
    with torch.no_grad():
        latents = torch.tensor(np.stack([place + s * answer.vector for s in strengths]))
        expected = server.source.decode(latents).numpy()
    assert np.abs(images / 255 - expected).max() <= 0.5 / 255 + 1e-4
    np.testing.assert_array_equal(images[1], server.decode(np.array([[0.3, -0.2]], np.float32))[0])


def test_points_that_were_not_encoded_yet_do_not_count():
    server = server_of()
    server.cloud = PointCloud(digits().test.images[:200])
    assert not list(MeasureAttribute(SEVENS, ONES).answers(server))
    while server.cloud.stale > 120:
        server.cloud.encode_some(server, 0.0)
    known = server.cloud.encoded
    assert 0 < known[SEVENS].sum() < len(SEVENS)
    *_, answer = MeasureAttribute(SEVENS, ONES).answers(server)
    latents = server.encode(digits().test.images[:200])
    expected = latents[SEVENS[known[SEVENS]]].mean(0) - latents[ONES[known[ONES]]].mean(0)
    np.testing.assert_allclose(answer.vector, expected, rtol=1e-4, atol=1e-5)
    assert answer.having == known[SEVENS].sum()


def test_a_vector_of_another_model_is_not_decoded():
    assert not list(DecodeStrengths((0.0, 0.0), np.ones(6, np.float32), (0.0,)).answers(server_of()))


def test_images_that_are_not_shown_are_left_out():
    attribute = Attribute("slant", Selection.of([1, 5, 9]), Selection.of([7]))
    assert attribute.complete and not attribute.within(6).complete
    assert attribute.within(6).having.points.tolist() == [1, 5]
