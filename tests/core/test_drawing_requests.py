"""A drawing's place, reconstruction and neighbours are those of its image; the neighbours' vote is put into words."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from latentlab.core.catalogue import load
from latentlab.core.drawing import Framing
from latentlab.core.drawing_requests import EncodeDrawing, vote
from latentlab.core.point_cloud import PointCloud
from latentlab.core.projections import PCA
from latentlab.core.serving import LatentServer


@pytest.fixture(scope="module")
def digits():
    return load("digits")


def test_a_drawing_is_answered_place_first(digits):
    pca, other = (PCA.fit(digits.train.images, 16, count) for count in (3, 2))
    server = LatentServer(pca, 16)
    server.cloud = PointCloud(digits.test.images)
    sheet = np.zeros((1, 448, 448), np.uint8)
    sheet[0, 100:300, 150:200] = sheet[0, 250:300, 150:320] = 255
    framing = Framing.of(digits)
    image = framing.image(sheet)[None]
    x = image.reshape(1, -1) / 16.0 - pca.mean.numpy()
    latent = x @ pca.components.numpy().T

    before = list(EncodeDrawing(sheet, framing, 0, digits.test.images).answers(server))
    assert len(before[1].neighbours) == 0  # nothing is encoded yet
    while server.cloud.stale:
        server.cloud.encode_some(server, 1.0)
    place, detail = EncodeDrawing(sheet, framing, 0, digits.test.images, (other,)).answers(server)
    np.testing.assert_allclose(place.latent, latent[0], atol=1e-4)
    np.testing.assert_allclose(place.position, latent[0, :2], atol=1e-4)
    np.testing.assert_array_equal(place.image, image[0].astype(int) * 255 // 16)
    drawn = (latent @ pca.components.numpy() + pca.mean.numpy()).clip(0, 1) * 255
    assert np.abs(detail.reconstruction.ravel() - drawn[0]).max() <= 0.51
    np.testing.assert_allclose(detail.places[0], latent[0, :2], atol=1e-4)
    codes = server.encode(digits.test.images)
    _, nearest = NearestNeighbors(n_neighbors=8).fit(codes).kneighbors(latent)
    assert detail.neighbours.tolist() == nearest[0].tolist()

    (alone,) = EncodeDrawing(sheet, framing, 0, digits.test.images, in_detail=False).answers(server)
    assert alone.position == place.position

    elsewhere = list(EncodeDrawing(sheet, framing, 0, digits.train.images).answers(server))
    assert len(elsewhere[1].neighbours) == 0  # other images than those that are asked about


@pytest.mark.parametrize(
    "labels, words",
    [
        ([3, 3, 3, 8, 3, 3, 3, 3], "7 of 8 neighbours are three"),
        ([1] * 8, "All 8 neighbours are one"),
        ([8, 3, 3, 8, 1], "2 of 5 neighbours are eight, as many are three"),
    ],
)
def test_the_vote_in_words(labels, words):
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    assert vote(np.array(labels), names) == words
