"""The search among images finds what scikit-learn finds, while it looks at few of them closely."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from latentlab.core.image_search import ImageSearch
from tests.core.sets import digits

COUNT = 8


def learned(images):
    """The search, its parts gone through at once."""
    making = ImageSearch.learned(images)
    try:
        while True:
            next(making)
    except StopIteration as made:
        return made.value


def far_apart(count, channels=3, side=9):
    """Noise, in which no few directions tell images apart."""
    return np.random.default_rng(1).integers(0, 256, (count, channels, side, side), np.uint8)


@pytest.mark.parametrize(
    "images", [digits().train.images, far_apart(300), far_apart(5)], ids=["digits", "noise", "few"]
)
def test_the_nearest_are_among_the_candidates(images):
    search, flat = learned(images), images.reshape(len(images), -1).astype(np.float64)
    finder = NearestNeighbors(n_neighbors=min(COUNT + 1, len(images)), algorithm="brute").fit(flat)
    for point in range(0, len(images), max(1, len(images) // 20)):
        distances, indices = finder.kneighbors(flat[[point]])
        some = search.candidates(point, COUNT)
        assert set(indices[0].tolist()) - {point} <= set(some.tolist())
        squares = dict(zip(some.tolist(), search.squared_distances(some, point).tolist(), strict=True))
        for distance, index in zip(distances[0].tolist(), indices[0].tolist(), strict=True):
            if index != point:
                assert squares[index] == pytest.approx(distance**2)


def test_few_are_looked_at_closely_where_images_have_a_structure():
    search = learned(digits().train.images)
    looked_at = [len(search.candidates(point, COUNT)) for point in range(0, len(digits().train.images), 50)]
    assert np.mean(looked_at) < 0.1 * len(digits().train.images)


def test_all_that_are_the_same_are_candidates():
    images = far_apart(200)
    images[[3, 60, 120, 180]] = images[7]
    search = learned(images)
    for count in (1, 2, 4):
        assert {3, 60, 120, 180} <= set(search.candidates(7, count).tolist())
