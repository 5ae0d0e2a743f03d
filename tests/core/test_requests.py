"""What a view asks, answered by the server and the point cloud, beside plain calls of the model."""

import numpy as np
import pytest
import torch

from latentlab.core import requests
from latentlab.core.corruption import KINDS, Corruption
from latentlab.core.lattice import CellKey, cell_centres
from latentlab.core.models import Capabilities, Encoding, ImageShape, create, model_info
from latentlab.core.options import build
from latentlab.core.point_cloud import PointCloud
from latentlab.core.projections import PCA
from latentlab.core.requests import DecodeCells, DecodeProbe, MeasureSplit, Reconstruct, RefreshCells
from latentlab.core.serving import LatentServer, shown
from latentlab.core.view_config import ViewConfig, choose_shown
from tests.core.sets import digits


def server_of(name="vae", **options):
    torch.manual_seed(0)
    model = create(name, build(model_info(name).config, options), ImageShape(1, 8, 8, 10))
    return LatentServer(model.eval(), 16)


def direct(server, z):
    with torch.no_grad():
        return server.source.decode(torch.tensor(z, dtype=torch.float32)).numpy()


def test_probe_is_the_models_image():
    server = server_of()
    (image,) = DecodeProbe((0.3, -1.2)).answers(server)
    assert image.dtype == np.uint8
    assert np.abs(image / 255 - direct(server, [[0.3, -1.2]])[0]).max() <= 0.5 / 255 + 1e-6


def test_cells_are_decoded_at_their_centres_in_parts():
    server = server_of()
    keys = tuple(CellKey(-1, column, row) for column in range(-5, 5) for row in range(-4, 4))
    parts = list(DecodeCells(keys).answers(server))
    assert len(parts) > 1 and tuple(key for part, _ in parts for key in part) == keys
    images = np.concatenate([part for _, part in parts])
    expected = direct(server, cell_centres(keys))
    assert np.abs(images / 255 - expected).max() <= 0.5 / 255 + 1e-6


def test_reconstructions_and_their_errors():
    server, images = server_of(), digits().test.images[:7]
    *_, answer = Reconstruct(images).answers(server)
    x = images / 16
    np.testing.assert_array_equal(answer.inputs, shown(images, 16))
    assert answer.inputs.max() == 255
    np.testing.assert_allclose(answer.errors, ((answer.outputs / 255 - x) ** 2).mean((1, 2, 3)), rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_corrupted_images_are_restored_and_judged_by_the_clean_ones(kind):
    server, images = server_of(), digits().test.images[:40]
    *_, answer = Reconstruct(images, corruption=Corruption(kind, 0.3), seed=5).answers(server)
    x, corrupted = images / 16, answer.corrupted / 255
    np.testing.assert_array_equal(answer.inputs, shown(images, 16))
    assert 0 < (np.abs(corrupted - x) > 0.01).mean() < 0.9
    # The model takes the exact images, of which the answer has bytes.
    with torch.no_grad():
        given = torch.tensor(corrupted, dtype=torch.float32)
        restored = server.source.decode(server.source.encode(given).mean).numpy()
    assert np.abs(answer.outputs / 255 - restored).max() < 0.02
    np.testing.assert_allclose(answer.errors, ((answer.outputs / 255 - x) ** 2).mean((1, 2, 3)), rtol=1e-4)


def test_a_corruption_stays_while_its_level_is_turned():
    def spoilt(level, seed=5):
        request = Reconstruct(digits().test.images[:9], None, Corruption("masking", level), seed)
        *_, answer = request.answers(server_of())
        return answer.corrupted != answer.inputs

    assert (spoilt(0.3) == spoilt(0.3)).all()
    assert spoilt(0.2).any() and (spoilt(0.2) <= spoilt(0.5)).all()
    assert (spoilt(0.3) != spoilt(0.3, seed=6)).any()


def test_pca_restores_the_same_corrupted_images():
    pca, images = PCA.fit(digits().train.images, 16, 2), digits().test.images[:9]
    request = Reconstruct(images, None, Corruption("gaussian", 0.4), 1, pca)
    *_, beside_a_model = request.answers(server_of())
    *_, itself = request.answers(LatentServer(pca, 16))
    np.testing.assert_array_equal(beside_a_model.pca_outputs, itself.outputs)
    np.testing.assert_array_equal(beside_a_model.pca_errors, itself.errors)
    *_, plain = Reconstruct(images).answers(server_of())
    assert plain.pca_outputs is None and plain.corrupted is None


def test_measured_variance_of_pca_is_what_its_components_hold():
    pca = PCA.fit(digits().train.images, 16, 5)
    *_, measured = MeasureSplit(digits().train.images).answers(LatentServer(pca, 16))
    assert abs(measured.explained - float(pca.explained.sum())) < 1e-4
    assert measured.latents == 5


def test_plane_through_a_point_decodes_that_point_at_its_place():
    server = server_of(latent_dim=6)
    latents = server.encode(digits().test.images[:100])
    server.cut((2, 4), latents[9])
    position = server.place(latents)[9]
    np.testing.assert_array_equal(position, latents[9, [2, 4]])
    np.testing.assert_array_equal(server.decode(position[None]), server.decode_latents(latents[9][None]))


def test_a_plane_through_three_points_goes_with_them_and_waits_where_they_span_none():
    server = server_of(latent_dim=6)
    latents = server.encode(digits().test.images[:100])
    server.cut(None, None, latents[:3])
    positions = server.place(latents)
    np.testing.assert_allclose(server.lift(positions[:3]), latents[:3], atol=1e-5)
    server.follow(None, latents[[5, 5, 5]])
    np.testing.assert_allclose(server.lift(positions[:3]), latents[:3], atol=1e-5)
    server.follow(None, latents[3:6])
    np.testing.assert_allclose(server.lift(server.plane.project(latents[3:6])), latents[3:6], atol=1e-5)
    assert not server.principal
    server.cut(None, None, latents[[5, 5, 5]])
    assert server.principal


def test_axes_of_another_model_fall_back():
    server = server_of(latent_dim=3)
    server.cut((7, 1), None)
    assert server.axes is None and server.principal


def test_grid_of_codes_blends_between_real_maps():
    server = server_of("vqvae", grid=2, codes=8, latent_dim=3, channels=4)
    latents = server.encode(digits().test.images[:60])
    positions = server.place(latents)
    np.testing.assert_array_equal(server.decode(positions[:4]), server.decode_latents(latents[:4]))
    assert server.codebook_positions() is None


def test_one_code_of_two_numbers_shows_the_codebook():
    server = server_of("vqvae", grid=1, codes=8, latent_dim=2)
    np.testing.assert_allclose(server.codebook_positions(), server.source.codebook().numpy())


def test_point_cloud_goes_round_and_knows_what_is_stale():
    server, cloud = server_of(), PointCloud(digits().test.images[:300])
    assert cloud.encode_some(server, 0.0) + cloud.stale == 300
    while cloud.stale:
        cloud.encode_some(server, 0.001)
    assert cloud.encode_some(server, 1.0) == 0
    np.testing.assert_allclose(cloud.place(server), server.encode(digits().test.images[:300]), atol=1e-5)
    cloud.weights_changed()
    assert cloud.stale == 300 and np.isfinite(cloud.positions).all()


def test_point_cloud_encodes_no_more_than_it_is_told():
    server, cloud = server_of(), PointCloud(digits().test.images[:300])
    assert cloud.encode_some(server, 1.0, most=40) == 40
    assert cloud.encode_some(server, 1.0, most=0) == 0
    assert cloud.encode_some(server, 1.0, most=1000) == 260 and not cloud.stale


def test_more_points_are_encoded_at_a_time_where_no_hand_moves():
    server, cloud, sizes, now = server_of(), PointCloud(digits().test.images[:300]), [], [0.0]
    encode, server.clock = server.encode_with_scale, lambda: now[0]

    def slow(images, labels=None, rounded=False):
        sizes.append(len(images))
        now[0] += 0.99e-4 * len(images)
        return encode(images, labels, rounded)

    server.encode_with_scale = slow
    for alone, most in ((False, 20), (True, 60), (False, 20)):
        sizes.clear()
        for _ in range(20):
            cloud.weights_changed()
            cloud.encode_some(server, 0.0, alone=alone)
        assert max(sizes[10:]) == most


def test_points_that_were_never_encoded_are_nowhere():
    cloud = PointCloud(digits().test.images[:300])
    server = server_of()
    while cloud.stale > 200:
        cloud.encode_some(server, 0.0)
    positions = cloud.place(server)
    assert 0 < np.isfinite(positions).all(1).sum() < 300
    assert np.isfinite(positions[0]).all() and np.isnan(positions[299]).all()


def test_shown_images_are_a_fair_sample_the_same_every_time():
    one = choose_shown(digits(), ViewConfig(points_shown=100, points_from="train"))
    again = choose_shown(digits(), ViewConfig(points_shown=100, points_from="train"))
    np.testing.assert_array_equal(one.indices, again.indices)
    np.testing.assert_array_equal(one.split.images, digits().train.images[one.indices])
    assert len(set(one.indices)) == 100 and one.title(0).startswith("Training image ")


class Steps:
    """A clock that goes on by so many seconds at each look."""

    def __init__(self, seconds):
        self.seconds, self.now = seconds, 0.0

    def perf_counter(self):
        self.now += self.seconds
        return self.now


@pytest.mark.parametrize("each, expected", [(0.00099, [32, 4, 4, 4, 4]), (1e-9, [32, 16])], ids=["slow", "fast"])
def test_a_part_is_as_many_cells_as_take_a_fraction_of_a_frame(monkeypatch, each, expected):
    keys = tuple(CellKey(0, column, 0) for column in range(48))
    assert [len(part) for part, _ in slowly(monkeypatch, DecodeCells(keys), each)] == expected


@pytest.mark.parametrize("each, given", [(0.00099, [48]), (0.002, [32, 16])], ids=["fast", "slow"])
def test_cells_that_nobody_waits_for_are_given_as_often_as_pictures_of_them_are_seen(monkeypatch, each, given):
    keys = tuple(CellKey(0, column, 0) for column in range(48))
    parts = slowly(monkeypatch, RefreshCells(keys), each)
    assert None in parts  # where the scatter's points are encoded
    told = [part for part in parts if part is not None]
    assert [len(part) for part, _ in told] == given
    assert tuple(key for part, _ in told for key in part) == keys
    assert [len(images) for _, images in told] == given


def slowly(monkeypatch, request, each):
    """All parts of a request's answer where decoding one image takes ``each`` seconds."""
    server = server_of()
    monkeypatch.setattr(requests, "time", Steps(0.0))
    server.clock = requests.time.perf_counter
    decode = server.decode

    def decode_in(positions, label):
        requests.time.now += each * len(positions)
        return decode(positions, label)

    monkeypatch.setattr(server, "decode", decode_in)
    return list(request.answers(server))


def test_a_server_computes_where_its_model_is_and_answers_in_numpy():
    class Elsewhere(torch.nn.Module):
        """Takes only what lies on its own device, as a model on a GPU does."""

        capabilities, latent_size = Capabilities(), 2

        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(1, device="meta"))

        def encode(self, x, label=None):
            assert x.device == self.weight.device
            return Encoding(mean=torch.zeros(len(x), 2))

        def decode(self, z, label=None):
            assert z.device == self.weight.device
            return torch.full((len(z), 1, 8, 8), 0.5)

    server = LatentServer(Elsewhere(), 16)
    assert server.device == torch.device("meta")
    assert server.encode(digits().test.images[:3]).tolist() == [[0, 0]] * 3
    assert server.decode(np.zeros((2, 2), np.float32)).dtype == np.uint8
