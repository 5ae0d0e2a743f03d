"""The points of a live scatter: roughly where they belong while weights pass, exactly there once those stay."""

import numpy as np
import pytest
import torch

from latentlab.core import precision
from latentlab.core.models import ImageShape, create, model_info
from latentlab.core.options import build
from latentlab.core.point_cloud import PointCloud
from latentlab.core.serving import LatentServer
from tests.core.sets import digits


@pytest.fixture(autouse=True)
def processor_gains(monkeypatch):
    monkeypatch.setattr(precision, "gains", lambda device: True)


def served(rounds=True):
    dataset = digits()
    config = build(model_info("vae").config, {"hidden": 96})
    model = create("vae", config, ImageShape(*dataset.shape, dataset.classes)).eval()
    return LatentServer(model, dataset.full_scale, rounds), PointCloud(dataset.train.images)


def encode_all(server, cloud, **how):
    while cloud.stale:
        cloud.encode_some(server, 1.0, **how)
    return cloud.latents.copy()


def test_passing_weights_place_points_within_a_three_hundredth_of_their_spread():
    server, cloud = served()
    exact = server.encode(cloud.images)
    passing = encode_all(server, cloud, passing=True)
    assert not np.array_equal(passing, exact)
    assert np.abs(passing - exact).max() < exact.std() / 300 * 3
    assert np.sqrt(np.square(passing - exact).mean()) < exact.std() / 300


def test_weights_that_stay_place_every_point_exactly():
    server, cloud = served()
    encode_all(server, cloud, passing=True)
    cloud.settle()
    assert cloud.stale == len(cloud.images)
    # In parts of other sizes a product may add up in another order.
    assert np.allclose(encode_all(server, cloud), server.encode(cloud.images), atol=1e-6)
    cloud.settle()
    assert cloud.stale == 0


def test_where_points_lie_is_told_to_the_film_only_when_it_is_exact():
    server, cloud = served()
    encode_all(server, cloud, passing=True)
    assert cloud.codes() is None
    cloud.settle()
    encode_all(server, cloud)
    assert cloud.codes() is not None


def test_a_run_that_learns_at_full_precision_is_shown_so():
    server, cloud = served(rounds=False)
    assert np.allclose(encode_all(server, cloud, passing=True), server.encode(cloud.images), atol=1e-6)
    assert not cloud.rounded


@pytest.mark.parametrize("alone", [False, True])
def test_rounded_parts_are_of_few_sizes_whatever_the_time_allows(monkeypatch, alone):
    server, cloud = served()
    sizes, encode = [], server.encode_with_scale

    def noted(images, *arguments):
        sizes.append(len(images))
        return encode(images, *arguments)

    monkeypatch.setattr(server, "encode_with_scale", noted)
    for _ in range(5):
        cloud.weights_changed()
        encode_all(server, cloud, most=900, alone=alone, passing=True)
    assert all(size & (size - 1) == 0 for size in sizes)
    assert cloud.encoded.all()


def test_points_after_the_last_are_the_first_ones():
    server, cloud = served()
    # So that the parts, powers of two, cross the end.
    cloud = PointCloud(cloud.images[:100])
    for _ in range(10):
        cloud.weights_changed()
        encode_all(server, cloud, passing=True)
    with precision.rounded(), torch.inference_mode():
        expected = server.encode(cloud.images)
    assert np.allclose(cloud.latents, expected, atol=2e-2 * expected.std())
