"""Principal angles, on spans that are built to have them, and what a linear decoder spans."""

import numpy as np
import pytest

from latentlab.core.models import Capabilities
from latentlab.core.projections import PCA
from latentlab.core.requests import MeasureSplit
from latentlab.core.serving import LatentServer
from latentlab.core.subspace import principal_angles, spanned_directions
from tests.core.sets import digits


def turned(angles, size=12):
    """Rows of two spans that have exactly ``angles`` (degrees) between them, in a basis that hides it."""
    generator = np.random.default_rng(0)
    basis = np.linalg.qr(generator.standard_normal((size, size)))[0].T
    count, radians = len(angles), np.radians(angles)[:, None]
    first = basis[:count]
    second = np.cos(radians) * first + np.sin(radians) * basis[count : 2 * count]
    mix = [generator.standard_normal((count, count)) for _ in range(2)]
    return (mix[0] @ first).astype(np.float32), (mix[1] @ second).astype(np.float32)


@pytest.mark.parametrize("angles", [[0.0, 30.0], [5.0, 45.0, 90.0], [1.0]])
def test_constructed_angles_are_found(angles):
    np.testing.assert_allclose(principal_angles(*turned(angles)), angles, atol=0.01)


def test_a_span_within_the_other_has_no_angle():
    rows = np.random.default_rng(1).standard_normal((3, 9)).astype(np.float32)
    np.testing.assert_allclose(principal_angles(rows[:2], rows), [0, 0], atol=1e-3)


def test_directions_of_a_linear_decoder_are_its_matrix():
    pca = PCA.fit(digits().train.images, 16, 3)
    np.testing.assert_allclose(spanned_directions(pca), pca.components.numpy(), atol=1e-6)
    *_, measured = MeasureSplit(digits().test.images).answers(LatentServer(pca, 16))
    np.testing.assert_allclose(principal_angles(measured.directions, pca.components.numpy()), [0, 0, 0], atol=0.01)


def test_only_a_decoder_that_says_so_is_linear():
    pca = PCA.fit(digits().train.images, 16, 3)
    pca.capabilities = Capabilities()
    assert spanned_directions(pca) is None
