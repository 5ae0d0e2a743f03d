"""Figures of a plane beside scikit-learn's, and where they have no meaning."""

import numpy as np
import pytest
from sklearn.manifold import trustworthiness
from sklearn.model_selection import LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsClassifier

from latentlab.core.data import Split
from latentlab.core.plane_figures import plane_figures
from latentlab.core.projections import PCA
from latentlab.core.serving import LatentServer
from tests.core.sets import digits


@pytest.fixture(scope="module")
def placed():
    split = digits().test
    return LatentServer(PCA.fit(digits().train.images, 16, 2), 16).encode(split.images), split


def test_figures_are_scikit_learns(placed):
    positions, split = placed
    figures = plane_figures(positions, split)
    predicted = cross_val_predict(KNeighborsClassifier(15), positions[:200], split.labels[:200], cv=LeaveOneOut())
    few = plane_figures(positions[:200], split.take(np.arange(200)))
    assert few.knn == pytest.approx((predicted == split.labels[:200]).mean(), abs=0.011)  # ties in distance
    expected = trustworthiness(split.images.reshape(len(split), -1), positions, n_neighbors=15)
    assert figures.trustworthiness == pytest.approx(expected, abs=1e-4)


def test_points_without_a_place_are_left_out(placed):
    positions, split = placed
    some = positions.copy()
    some[100:] = np.nan
    assert plane_figures(some, split) == plane_figures(positions[:100], split.take(np.arange(100)))


def test_a_plane_that_keeps_the_images_distances_is_wholly_trusted():
    generator = np.random.default_rng(0)
    pixels = generator.integers(0, 256, (80, 1, 1, 2), dtype=np.uint8)
    split = Split(pixels, None)
    figures = plane_figures(pixels.reshape(80, 2).astype(np.float32), split)
    assert figures.knn is None and figures.trustworthiness == pytest.approx(1.0, abs=1e-6)
    shuffled = generator.permutation(pixels.reshape(80, 2)).astype(np.float32)
    assert plane_figures(shuffled, split).trustworthiness < 0.7


@pytest.mark.parametrize("count, knn", [(0, None), (1, None), (20, float)])
def test_too_few_points_have_no_trustworthiness(placed, count, knn):
    positions, split = placed
    figures = plane_figures(positions[:count], split.take(np.arange(count)))
    assert figures.trustworthiness is None
    assert (figures.knn is None) == (knn is None)
