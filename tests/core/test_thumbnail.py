"""A thumbnail is the manifold where the data lie."""

import numpy as np

from latentlab.core.models import model_info
from latentlab.core.projections import PCA
from latentlab.core.raster import density_extent
from latentlab.core.serving import LatentServer
from latentlab.core.thumbnail import thumbnail
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.sets import digits


def test_its_cells_are_decoded_where_they_lie():
    dataset = digits()
    pca = PCA.fit(dataset.train.images, dataset.full_scale, 2)
    server = LatentServer(pca, dataset.full_scale)
    picture = thumbnail(server, dataset.test, cells=3)
    assert picture.shape == (1, 24, 24) and picture.dtype == np.uint8
    left, low, right, high = density_extent(server.encode(dataset.test.images[:256]))
    for across, down in ((0, 0), (2, 0), (1, 2)):
        place = left + (across + 0.5) / 3 * (right - left), high - (down + 0.5) / 3 * (high - low)
        expected = server.decode(np.array([place], np.float32))[0]
        cell = picture[:, 8 * down : 8 * down + 8, 8 * across : 8 * across + 8]
        assert np.abs(cell.astype(int) - expected).max() <= 1


def test_models_of_many_latents_and_conditional_ones_have_one_too():
    for name in ("cvae", "vqvae"):
        trainer = Trainer(digits(), name, model_info(name).config(), TrainingConfig())
        picture = thumbnail(LatentServer(trainer.model.eval(), 16), digits().test, cells=2)
        assert picture.shape == (1, 16, 16)
