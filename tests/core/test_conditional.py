"""Labels on their way through the view: the server, the points, the requests, the figures and the pictures."""

import numpy as np
import pytest
import torch

from latentlab.core import batches, pictures, report
from latentlab.core.data import DataConfig
from latentlab.core.exploration import Exploration
from latentlab.core.fit import fit
from latentlab.core.lattice import CellKey, cell_centres
from latentlab.core.models import ImageShape, create
from latentlab.core.point_cloud import PointCloud
from latentlab.core.raster import density_extent
from latentlab.core.requests import DecodeCells, DecodeClasses, DecodeProbe, MeasureSplit, Reconstruct
from latentlab.core.run import Run
from latentlab.core.serving import LatentServer
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.conditional import NAME, SmallConfig, register
from tests.core.sets import digits

TOLERANCE = 0.5 / 255 + 1e-6


@pytest.fixture
def server(monkeypatch):
    register(monkeypatch)
    return LatentServer(create(NAME, SmallConfig(), ImageShape(1, 8, 8, 10)).eval(), 16)


@pytest.fixture
def split():
    return digits().test.take(np.arange(60))


def decoded(server, latents, labels):
    labels = torch.tensor(np.broadcast_to(labels, len(latents)).copy())
    with torch.no_grad():
        return server.source.decode(torch.tensor(latents, dtype=torch.float32), labels).numpy()


def encoded(server, split):
    with torch.no_grad():
        x = torch.tensor(split.images).float() / 16
        return server.source.encode(x, torch.tensor(split.labels)).mean.numpy()


def test_probe_and_cells_are_of_the_chosen_class(server):
    for label in (0, 7):
        (image,) = DecodeProbe((0.3, -1.2), label).answers(server)
        assert np.abs(image / 255 - decoded(server, [[0.3, -1.2]], label)[0]).max() <= TOLERANCE
        keys = tuple(CellKey(-1, column, 2) for column in range(40))
        images = np.concatenate([part for _, part in DecodeCells(keys, label).answers(server)])
        expected = decoded(server, cell_centres(keys), label)
        assert np.abs(images / 255 - expected).max() <= TOLERANCE


def test_one_latent_as_every_class(server):
    *parts, images = DecodeClasses((0.5, 0.25), 10).answers(server)
    assert not any(part is not None for part in parts) and images.shape == (10, 1, 8, 8)
    assert np.abs(images / 255 - decoded(server, [[0.5, 0.25]] * 10, np.arange(10))).max() <= TOLERANCE


def test_points_are_encoded_with_their_own_labels(server, split):
    cloud = PointCloud(split.images, split.labels)
    while cloud.stale:
        cloud.encode_some(server, 0.0)
    np.testing.assert_allclose(cloud.place(server), encoded(server, split), atol=1e-5)
    np.testing.assert_allclose(cloud.encode(server, [4]), encoded(server, split)[[4]], atol=1e-5)


def test_reconstructions_and_their_figures_use_the_labels(server, split):
    *_, answer = Reconstruct(split.images, split.labels).answers(server)
    expected = decoded(server, encoded(server, split), split.labels)
    assert np.abs(answer.outputs / 255 - expected).max() <= TOLERANCE
    *_, measured = MeasureSplit(split.images, split.labels).answers(server)
    assert measured.mse == pytest.approx(((expected - split.images / 16) ** 2).mean(), rel=1e-5)
    assert batches.mean_squared_error(server.source, split, 16) == pytest.approx(measured.mse, rel=1e-5)
    np.testing.assert_allclose(batches.encode_split(server.source, split, 16), encoded(server, split), atol=1e-5)


def test_without_labels_it_refuses(server, split):
    with pytest.raises(ValueError, match="with labels"):
        server.encode(split.images)


def test_labels_change_nothing_for_other_models(split):
    from tests.core.test_requests import server_of

    plain = server_of()
    np.testing.assert_array_equal(plain.encode(split.images, split.labels), plain.encode(split.images))
    np.testing.assert_array_equal(plain.decode(np.zeros((1, 2)), 7), plain.decode(np.zeros((1, 2))))


def test_the_headless_manifold_is_drawn_as_every_class(monkeypatch, tmp_path):
    register(monkeypatch)
    drawn = []
    real = report.manifolds_picture
    monkeypatch.setattr(report, "manifolds_picture", lambda *words: drawn.append(words) or real(*words))
    trainer = Trainer(digits(), NAME, SmallConfig(), TrainingConfig(epochs=3, batch_size=50))
    list(fit(trainer))
    pictures.write(Run.of(trainer, DataConfig("digits"), SmallConfig(), Exploration(label=4)), digits(), tmp_path)
    manifolds, _, caption = drawn[0]
    assert [name for name, _ in manifolds] == list(digits().class_names) and "as each class" in caption
    server = LatentServer(trainer.model.eval(), 16)
    x0, y0, x1, y1 = density_extent(server.place(server.encode(digits().test.images, digits().test.labels)))
    middle, half = ((x0 + x1) / 2, (y0 + y1) / 2), max(x1 - x0, y1 - y0) / 2
    corner = middle[0] - 0.9 * half, middle[1] + 0.9 * half  # of ten cells a side the first
    for label, (_, cells) in enumerate(manifolds):
        expected = server.decode(np.array([corner], np.float32), label)[0].astype(int)
        assert cells.shape == (10, 10, 1, 8, 8) and np.abs(cells[0, 0].astype(int) - expected).max() <= 1
    monkeypatch.setattr(pictures, "_MOST_MANIFOLDS", 4)
    pictures.write(Run.of(trainer, DataConfig("digits"), SmallConfig(), Exploration()), digits(), tmp_path)
    assert len(drawn[1][0]) == 4 and "as the first 4 of 10 classes" in drawn[1][2]
