"""Figures against scikit-learn, direct computation, and bounds that hold for any model."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.manifold import trustworthiness
from sklearn.neighbors import KNeighborsClassifier, NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from latentlab.core import study
from latentlab.core.batches import encode_split, mean_squared_error, sample
from latentlab.core.code_quality import trustworthiness_figure
from latentlab.core.data import Split
from latentlab.core.errors import Cancelled, EvaluationError
from latentlab.core.evaluation import EvaluationConfig, evaluate
from latentlab.core.fit import fit
from latentlab.core.models import model_info
from latentlab.core.neighbours import knn_accuracy, knn_accuracy_within, nearest
from latentlab.core.options import build
from latentlab.core.plane import LatentPlane
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.sets import digits
from tests.core.toys import LinearGaussian


def trained(name, epochs=3, **options):
    config = build(model_info(name).config, options)
    trainer = Trainer(digits(), name, config, TrainingConfig(epochs=epochs, learning_rate=3e-3))
    list(fit(trainer))
    return trainer.model


def digit_pixels():
    return torch.from_numpy(digits().test.images.astype(np.float32)) / 16


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
    figures = evaluate(model, digits(), EvaluationConfig(samples=3))
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
    assert set(figures.knn) == {1, 5, 15}


def test_figures_are_the_same_every_time():
    model = trained("vae", hidden=16)
    assert evaluate(model, digits()) == evaluate(model, digits())
    assert evaluate(model, digits(), EvaluationConfig(seed=1)).neg_elbo != evaluate(model, digits()).neg_elbo


def test_figures_of_a_vqvae():
    model = trained("vqvae", channels=8, grid=2, codes=16, latent_dim=4)
    figures = evaluate(model, digits())
    x = torch.from_numpy(digits().test.images.astype(np.float32)) / 16
    with torch.no_grad():
        share = np.bincount(model.encode(x).codes.numpy().ravel(), minlength=16) / (len(x) * 4)
    assert figures.codes_used == (share > 0).sum()
    assert figures.perplexity == pytest.approx(np.exp(-(share[share > 0] * np.log(share[share > 0])).sum()))
    assert figures.neg_elbo is None and figures.binarisation is None and figures.latents == ()
    bits = 4 * np.log2(16) / 64 + 0.5 * np.log2(2 * np.pi * np.e * figures.mse * 16**2)
    assert figures.value("bits_per_dim") == pytest.approx(bits)


def test_parts_of_the_bound_add_up_and_errors_are_over_images():
    model = trained("vae", hidden=16)
    found = {figure.name: figure for figure in evaluate(model, digits()).figures}
    assert found["neg_elbo"].value == pytest.approx(found["reconstruction"].value + found["kl"].value)
    x = digit_pixels()
    errors = (model.decode(model.encode(x).mean) - x).square().mean((1, 2, 3)).detach().numpy()
    assert found["mse"].error == pytest.approx(errors.std(ddof=1) / len(errors) ** 0.5, rel=1e-4)
    accuracy = found["knn_5"].value
    assert found["knn_5"].error == pytest.approx((accuracy * (1 - accuracy) / 360) ** 0.5)
    assert "grey targets" in found["neg_elbo"].note


def test_latents_are_what_the_encoder_says():
    model = trained("vae", hidden=16, latent_dim=3)
    encoding = model.encode(digit_pixels())
    latents = evaluate(model, digits()).latents
    kl = torch.distributions.kl_divergence(
        torch.distributions.Normal(encoding.mean, encoding.scale), torch.distributions.Normal(0.0, 1.0)
    )
    np.testing.assert_allclose([latent.kl for latent in latents], kl.mean(0).detach(), rtol=1e-4)
    variances = encoding.mean.detach().numpy().var(0)
    np.testing.assert_allclose([latent.variance for latent in latents], variances, rtol=1e-4)


def test_likelihoods_come_on_request_and_in_order():
    model = trained("vae", hidden=128, epochs=60)
    quick = {figure.name for figure in evaluate(model, digits(), EvaluationConfig(probes=False)).figures}
    assert not quick & {"nll_importance", "nll_quadrature", "linear_probe", "trustworthiness"}
    config = EvaluationConfig(importance_samples=300, quadrature=True, likelihood_images=100)
    found = evaluate(model, digits(), config)
    exact, sampled = found.value("nll_quadrature"), found.value("nll_importance")
    assert exact == pytest.approx(sampled, abs=0.1)
    assert exact - 0.05 < sampled < found.value("neg_elbo_there")
    there = [figure for figure in found.figures if figure.group == "Likelihood of 100 test images"]
    assert [figure.name for figure in there] == ["neg_elbo_there", "nll_importance", "nll_quadrature", "elbo_gap"]
    gap = there[-1]
    assert gap.value == pytest.approx(found.value("neg_elbo_there") - exact, abs=1e-4)
    assert 0 < gap.error < there[0].error / 3 and "quadrature" in gap.note  # paired over the images
    groups = [figure.group for figure in found.figures]
    assert groups[0] == "Likelihood" and groups.index("Reconstruction") == 4 + groups.count("Likelihood")
    wide = evaluate(trained("vae", hidden=16, latent_dim=3), digits(), EvaluationConfig(quadrature=True))
    assert wide.value("nll_quadrature") is None and wide.value("neg_elbo_there") is None


def test_a_conditional_model_is_given_the_labels():
    model = LinearGaussian(2, side=8, conditional=True)
    config = EvaluationConfig(samples=1, importance_samples=2, quadrature=True, likelihood_images=9)
    found = evaluate(model, digits(), config)
    x, labels = digit_pixels(), torch.from_numpy(digits().test.labels.copy())
    with torch.no_grad():
        mse = float((model.decode(model.encode(x, labels).mean, labels) - x).square().mean())
    assert found.mse == pytest.approx(mse, rel=1e-5)
    assert found.value("nll_quadrature") is not None


def test_codes_that_were_told_the_class_are_said_to():
    def judged(name):
        figures = evaluate(trained(name, hidden=16, latent_dim=3, epochs=1), digits()).figures
        return {f.name: f for f in figures if f.name.startswith(("knn", "linear_probe"))}, figures[-1]

    told, last = judged("cvae")
    assert set(told) == {"linear_probe", *(f"knn_{k}{where}" for k in (1, 5, 15) for where in ("", "_full"))}
    assert {figure.group for figure in told.values()} == {"Codes that were told the class"}
    assert all("the encoder was told the class of each" in figure.note for figure in told.values())
    assert (last.name, last.group) == ("trustworthiness", "Codes")  # which asks for no class
    found, _ = judged("vae")
    assert {figure.group for figure in found.values()} == {"Codes"}
    assert not any("told" in figure.note for figure in found.values())


def test_codes_are_judged_as_scikit_learn_does():
    model = trained("vae", hidden=32, latent_dim=10, epochs=6)
    found = evaluate(model, digits())
    codes, queries = encode_split(model, digits().train, 16), encode_split(model, digits().test, 16)
    labels, answers = digits().train.labels, digits().test.labels
    for k in (1, 5, 15):
        theirs = KNeighborsClassifier(k).fit(codes, labels).score(queries, answers)
        assert found.value(f"knn_{k}_full") == pytest.approx(theirs, abs=1.5 / 360)  # a tie may fall either way
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300)).fit(codes, labels)
    assert found.value("linear_probe") == pytest.approx(probe.score(queries, answers))
    flat = evaluate(trained("ae", hidden=16), digits())
    assert flat.value("knn_1_full") is None  # in two dimensions the plane is all there is


def test_trustworthiness_is_the_mean_of_scikit_learns():
    images = digits().test.images
    positions = random_codes(len(images), 0)
    figure = trustworthiness_figure(images, positions)
    theirs = [trustworthiness(images[n::4].reshape(90, -1), positions[n::4], n_neighbors=5) for n in range(4)]
    assert figure.value == pytest.approx(np.mean(theirs)) == pytest.approx(0.5, abs=0.05)
    assert figure.error == pytest.approx(np.std(theirs, ddof=1) / 2)
    assert trustworthiness_figure(images[:40], positions[:40]) is None


def test_nearest_in_many_dimensions_are_scikit_learns(monkeypatch):
    generator = np.random.default_rng(0)
    codes, queries = (generator.normal(size=(n, 20)).astype(np.float32) for n in (300, 50))
    monkeypatch.setattr("latentlab.core.neighbours._MOST_DISTANCES", 2000)
    theirs = NearestNeighbors(n_neighbors=4).fit(codes).kneighbors(queries, return_distance=False)
    np.testing.assert_array_equal(nearest(codes, queries, 4), theirs)


def test_progress_goes_on_and_cancelling_ends_it():
    model, told = trained("vae", hidden=16), []
    evaluate(model, digits(), EvaluationConfig(importance_samples=20), lambda text, share: told.append((text, share)))
    shares = [share for _, share in told]
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1
    assert len({text for text, _ in told}) >= 7

    def cancel(text, share):
        if share > 0.3:
            raise Cancelled

    model.train()
    with pytest.raises(Cancelled):
        evaluate(model, digits(), checkpoint=cancel)
    assert model.training


def test_a_part_of_the_images():
    model = trained("vae", hidden=16)
    found = evaluate(model, digits(), EvaluationConfig(test_images=100, train_images=200, samples=1))
    few = sample(digits().test, 100, 0)
    assert len(few) == 100 and len(np.unique(few.images, axis=0)) == 100
    assert found.mse == pytest.approx(mean_squared_error(model, few, 16), rel=1e-5)
    assert "accuracy of 100 test among 200 training images" in [figure.note for figure in found.figures]


@pytest.mark.parametrize("name", ["ae", "vae"])
def test_numbers_beyond_all_bounds_are_a_sentence(name):
    model = trained(name, epochs=1, hidden=16)
    with torch.no_grad():
        for weights in model.parameters():
            weights *= 1e30
    with pytest.raises(EvaluationError, match="smaller learning rate"):
        evaluate(model, digits())


def test_data_without_labels_have_no_accuracies():
    bare = replace(digits(), train=Split(digits().train.images, None), test=Split(digits().test.images, None))
    found = evaluate(trained("ae", hidden=16), bare)
    assert found.knn is None and found.value("linear_probe") is None and found.value("trustworthiness") is not None


@pytest.mark.parametrize("name", ["ae", "vae"])
def test_beats_the_mean_image(name):
    assert mean_squared_error(trained(name, epochs=10), digits().test, 16) < 0.07333


def test_the_plane_is_that_of_all_images_also_where_they_are_sorted(monkeypatch):
    """By class, as a folder may have them: not that of the first classes."""
    monkeypatch.setattr(study, "_PLANE_IMAGES", 500)
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(10, 6)).astype(np.float32) * 10
    sorted_codes = np.repeat(centres, 300, 0) + rng.normal(size=(3000, 6)).astype(np.float32)
    expected = LatentPlane.principal(sorted_codes).axes
    found = study._default_plane(sorted_codes).axes
    # Both planes, as projections onto them, whatever their axes' signs and turn.
    np.testing.assert_allclose(found.T @ found, expected.T @ expected, atol=0.1)


def test_of_one_test_image_nothing_is_said_to_have_collapsed():
    model = trained("vae", epochs=20)
    one = replace(digits(), test=digits().test.take(np.arange(1)))
    found = evaluate(model, one, EvaluationConfig(quadrature=False))
    assert not [finding for finding in found.findings if finding.name == "posterior_collapse"]
