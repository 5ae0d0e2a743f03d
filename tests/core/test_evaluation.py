"""Figures against scikit-learn, direct computation, and bounds that hold for any model."""

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors

from latentlab.core.evaluation import encode_split, evaluate, mean_squared_error
from latentlab.core.fit import fit
from latentlab.core.models import model_info
from latentlab.core.neighbours import knn_accuracy, knn_accuracy_within, nearest
from latentlab.core.options import build
from latentlab.core.training import Trainer, TrainingConfig
from tests.core.sets import digits


def trained(name, epochs=3, **options):
    config = build(model_info(name).config, options)
    trainer = Trainer(digits(), name, config, TrainingConfig(epochs=epochs, learning_rate=3e-3))
    list(fit(trainer))
    return trainer.model


def random_codes(count, seed):
    return np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)


def test_knn_accuracy_is_scikit_learns():
    codes, queries = random_codes(500, 0), random_codes(200, 1)
    labels, answers = (codes[:, 0] > 0.2).astype(int) * 2, (queries[:, 0] > 0.2).astype(int) * 2
    labels[::7], answers[::5] = 1, 0
    ours = knn_accuracy(codes, labels, queries, answers)
    for k in (1, 5, 15):
        assert ours[k] == KNeighborsClassifier(k).fit(codes, labels).score(queries, answers)


def test_leave_one_out_accuracy_does_not_count_a_point_itself():
    codes = random_codes(300, 2)
    labels = np.random.default_rng(3).integers(0, 3, 300)
    neighbours = NearestNeighbors(n_neighbors=6).fit(codes).kneighbors(return_distance=False, n_neighbors=5)
    votes = np.apply_along_axis(np.bincount, 1, labels[neighbours], minlength=3)
    assert knn_accuracy_within(codes, labels, 5) == pytest.approx((votes.argmax(1) == labels).mean())


def test_leave_one_out_accuracy_of_codes_that_are_the_same():
    labels = np.arange(40)  # nobody shares a class, so nobody but the point itself could name it
    for k in (1, 5):
        assert knn_accuracy_within(np.zeros((40, 2), np.float32), labels, k) == 0
    assert knn_accuracy_within(random_codes(3, 0), np.array([0, 0, 0]), 15) == 1


def test_nearest_are_scikit_learns():
    codes, queries = random_codes(100, 4), random_codes(10, 5)
    theirs = NearestNeighbors(n_neighbors=4).fit(codes).kneighbors(queries, return_distance=False)
    np.testing.assert_array_equal(nearest(codes, queries, 4), theirs)


def test_figures_of_a_vae():
    model = trained("vae", hidden=64)
    figures = evaluate(model, digits(), samples=3)
    x = torch.from_numpy(digits().test.images.astype(np.float32)) / 16
    with torch.no_grad():
        mse = float((model.decode(model.encode(x).mean) - x).square().mean())
    assert figures.mse == pytest.approx(mse, rel=1e-5)
    assert figures.binarisation == "grey"
    # No Bernoulli model does better than the entropy of its targets.
    entropy = float(torch.special.entr(x).sum((1, 2, 3)).mean() + torch.special.entr(1 - x).sum((1, 2, 3)).mean())
    assert entropy < figures.neg_elbo < 64 * np.log(2)
    assert 0 <= figures.kl < figures.neg_elbo
    codes, queries = encode_split(model, digits().train, 16), encode_split(model, digits().test, 16)
    theirs = KNeighborsClassifier(15).fit(codes, digits().train.labels).score(queries, digits().test.labels)
    assert figures.knn[15] == pytest.approx(theirs)
    assert figures.codes_used is None and figures.perplexity is None
    assert set(figures.as_json()["knn"]) == {"1", "5", "15"}


def test_figures_are_the_same_every_time():
    model = trained("vae", hidden=16)
    assert evaluate(model, digits()) == evaluate(model, digits())
    assert evaluate(model, digits(), seed=1).neg_elbo != evaluate(model, digits()).neg_elbo


def test_figures_of_a_vqvae():
    model = trained("vqvae", channels=8, grid=2, codes=16, latent_dim=4)
    figures = evaluate(model, digits())
    x = torch.from_numpy(digits().test.images.astype(np.float32)) / 16
    with torch.no_grad():
        share = np.bincount(model.encode(x).codes.numpy().ravel(), minlength=16) / (len(x) * 4)
    assert figures.codes_used == (share > 0).sum()
    assert figures.perplexity == pytest.approx(np.exp(-(share[share > 0] * np.log(share[share > 0])).sum()))
    assert figures.neg_elbo is None and figures.binarisation is None


@pytest.mark.parametrize("name", ["ae", "vae"])
def test_beats_the_mean_image(name):
    assert mean_squared_error(trained(name, epochs=10), digits().test, 16) < 0.07333
