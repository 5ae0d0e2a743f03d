"""Runs are set beside each other by their newest objective, where it means the same."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from latentlab.core import run_figures
from latentlab.core.data import DataConfig
from latentlab.core.evaluation import evaluate
from latentlab.core.evaluation_config import EvaluationConfig
from latentlab.core.history import HistoryRow
from latentlab.core.models import model_info
from latentlab.core.run import RunSettings
from latentlab.core.run_differences import difference_words
from latentlab.core.run_figures import measured_images, newest_figure, pixel_error
from latentlab.core.training_config import TrainingConfig
from tests.core.sets import digits
from tests.core.test_requests import server_of


def settings_of(name, **model):
    return RunSettings(
        DataConfig("digits"), name, replace(model_info(name).config(), **model), TrainingConfig()
    )


def row(step, split, total):
    return HistoryRow(step, step / 10, split, {"total": total}, 0.0)


def test_the_newest_test_row_counts_and_before_it_the_newest_of_training():
    training = [row(1, "train", 9.0), row(2, "train", 8.0)]
    settings = settings_of("vae")
    assert newest_figure([], settings) is None
    assert (newest_figure(training, settings).value, newest_figure(training, settings).split) == (8.0, "train")
    tested = [*training, row(3, "test", 7.0), row(4, "train", 6.0)]
    assert newest_figure(tested, settings).text() == "−ELBO 7.00 nats"


def test_a_figure_is_called_what_it_is():
    rows = [row(1, "test", 3.25)]
    assert newest_figure(rows, settings_of("ae")).text() == "Error 3.25 per image"
    assert newest_figure(rows, settings_of("ae", loss="cross_entropy")).text() == "Objective 3.25 nats"


def test_two_runs_in_words():
    one, other = settings_of("beta_vae", beta=0.5), settings_of("beta_vae", beta=4.0)
    left, right = newest_figure([row(1, "test", 156.0)], one), newest_figure([row(1, "test", 160.5)], other)
    assert difference_words(one, other, left, right) == "β 0.5 → 4 · −ELBO 156.00 → 160.50 (+4.50)"
    assert difference_words(one, one, left, None) == "Same settings"
    beside = newest_figure([row(1, "test", 3.0)], settings_of("ae"))
    assert "3.00" not in difference_words(one, settings_of("ae"), left, beside)


@pytest.mark.parametrize("name", ["linear_ae", "vae", "cvae", "vqvae"])
def test_the_error_of_a_pixel_is_of_any_model(name):
    server, split = server_of(name), digits().test
    x, labels = torch.tensor(split.images) / 16, torch.tensor(split.labels)
    given = labels if server.source.capabilities.conditional else None
    with torch.no_grad():
        restored = server.source.decode(server.source.encode(x, given).mean, given)
    assert pixel_error(server, split) == pytest.approx(float((restored - x).square().mean()), rel=1e-5)


@pytest.mark.parametrize("name", ["ae", "vae", "vqvae"])
def test_the_error_of_a_pixel_is_that_of_a_quick_evaluation(name, monkeypatch):
    monkeypatch.setattr(run_figures, "QUICKLY_MEASURED", 100)
    server, dataset = server_of(name), digits()
    config = EvaluationConfig(samples=1, test_images=100, train_images=100, probes=False)
    mse = next(figure for figure in evaluate(server.source, dataset, config).figures if figure.name == "mse")
    assert pixel_error(server, dataset.test) == pytest.approx(mse.value, rel=1e-5)
    assert measured_images(dataset.test) == 100 and "over 100 test images" in mse.note


def test_of_many_images_the_same_ones_count_for_all(monkeypatch):
    monkeypatch.setattr(run_figures, "QUICKLY_MEASURED", 1000)
    server, split = server_of("vae"), digits().train
    assert len(split) > 1000
    seen = []
    reconstruct = server.reconstruct_exactly

    def note(x, labels):
        seen.append(x.numpy())
        return reconstruct(x, labels)

    monkeypatch.setattr(server, "reconstruct_exactly", note)
    errors = [pixel_error(server, split), pixel_error(server, split)]
    first, second = np.split(np.concatenate(seen), 2)
    assert errors[0] == pytest.approx(errors[1]) and len(first) == 1000
    np.testing.assert_array_equal(first, second)
    # Drawn from all of them: a set may be sorted by class.
    beginning = {image.tobytes() for image in (split.images[:1000] / 16).astype(np.float32)}
    assert any(image.tobytes() not in beginning for image in first)
