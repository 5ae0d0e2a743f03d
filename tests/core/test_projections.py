"""Projections beside scikit-learn called directly, what each says of itself, and fits that are cancelled for good."""

import importlib
import subprocess
import threading
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn import decomposition
from sklearn.decomposition import KernelPCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.manifold import TSNE

from latentlab.core.errors import Cancelled
from latentlab.core.options import build, describe
from latentlab.core.projections import PCA, ProjectionError, Sample, apart, place, projection_info, projections
from latentlab.core.projections.apart import fit_apart
from latentlab.core.projections.kernel_pca import automatic_gamma
from latentlab.core.requests import MeasureSplit
from latentlab.core.serving import LatentServer
from latentlab.core.view_config import ViewConfig, choose_shown
from tests.core.sets import digits


class Watch:
    """Notes the progress; wants the fit to end once ``enough`` says so of it."""

    def __init__(self, enough=lambda text, fraction: False):
        self.told, self._enough, self._cancelled = [], enough, False

    def progress(self, text, fraction=None):
        self.told.append((text, fraction))
        self._cancelled |= self._enough(text, fraction)

    def cancelled(self):
        return self._cancelled


def fitted(name, watch=None, **settings):
    """Where a projection with these settings puts digits' test images."""
    info = projection_info(name)
    return place(info, build(info.config, settings), digits(), shown(), watch or Watch())


def flat(images):
    return images.reshape(len(images), -1) / 16


def shown():
    return choose_shown(digits(), ViewConfig())


def as_input(images):
    return torch.from_numpy(images.astype(np.float32)) / 16


def test_pca_is_scikit_learns():
    placement = fitted("pca")
    reference = decomposition.PCA(2).fit(flat(digits().train.images))
    expected = reference.transform(flat(shown().split.images))
    signs = np.sign((expected * placement.positions).sum(0))
    np.testing.assert_allclose(placement.positions * signs, expected, atol=1e-4)
    assert isinstance(placement.projection, PCA) and placement.note == ""


@pytest.mark.parametrize("settings", [{}, {"kernel": "poly", "gamma": 0.05, "ridge": 0.1}])
def test_kernel_pca_is_scikit_learns_there_and_back(settings):
    placement = fitted("kernel-pca", images=300, **settings)
    train, test = placement.projection.estimator.X_fit_, flat(shown().split.images)
    pixels = {row.tobytes() for row in flat(digits().train.images)}
    assert len(train) == 300 and all(row.tobytes() in pixels for row in train)
    reference = KernelPCA(
        2,
        kernel=settings.get("kernel", "rbf"),
        gamma=settings.get("gamma", 1 / (64 * train.var())),
        fit_inverse_transform=True,
        alpha=settings.get("ridge", 1e-3),
        random_state=0,
    ).fit(train)
    expected = reference.transform(test)
    np.testing.assert_allclose(placement.positions, expected, atol=1e-5)
    decoded = placement.projection.decode(torch.from_numpy(placement.positions)).flatten(1).numpy()
    np.testing.assert_allclose(decoded, reference.inverse_transform(placement.positions.astype(float)), atol=1e-4)


def test_kernel_pcas_way_back_explains_more_than_pcas():
    images, mse = digits().train.images, {}
    for name, settings in (("pca", {}), ("kernel-pca", {"images": 400})):
        *_, measured = MeasureSplit(images).answers(LatentServer(fitted(name, **settings).projection, 16))
        mse[name] = measured.mse
    assert (
        mse["kernel-pca"]
        < mse["pca"]
        == pytest.approx(decomposition.PCA(2).fit(flat(images)).noise_variance_ * 62 / 64, rel=1e-2)
    )


@pytest.mark.parametrize("shrinkage, solver", [("none", "svd"), ("auto", "eigen")])
def test_lda_is_scikit_learns_and_sees_the_labels(shrinkage, solver):
    placement = fitted("lda", shrinkage=shrinkage)
    train = digits().train
    reference = LinearDiscriminantAnalysis(
        n_components=2, solver=solver, shrinkage="auto" if shrinkage == "auto" else None
    ).fit(flat(train.images), train.labels)
    np.testing.assert_allclose(placement.positions, reference.transform(flat(shown().split.images)), atol=1e-4)


def test_lda_of_two_classes_is_a_line_and_of_one_a_sentence():
    train = digits().train
    some = train.labels < 2
    sample = Sample(train.images[some], 16, train.labels[some])
    info = projection_info("lda")
    projection = info.fit(info.config(), sample, Watch())
    assert projection.latent_size == 1
    assert projection.encode(as_input(sample.images)).mean.shape == (some.sum(), 1)
    for labels in (None, np.zeros(some.sum(), np.int64)):
        with pytest.raises(ProjectionError, match="two classes"):
            info.fit(info.config(), replace(sample, labels=labels), Watch())


def test_tsne_is_scikit_learns_and_places_its_sample_alone():
    watch = Watch()
    placement = fitted("t-sne", watch, images=150, perplexity=12, iterations=300)
    # With another thread count sums are added in another order, and t-SNE follows every last bit.
    reference = TSNE(2, perplexity=12, max_iter=300, init="pca", random_state=0, n_jobs=1)
    expected = reference.fit_transform(flat(shown().split.images[:150]))
    placed = placement.positions[:150]
    assert np.isnan(placement.positions[150:]).all()
    assert placement.note == "places 150 of 360 images"
    assert reference.kl_divergence_ == pytest.approx(placement.projection.estimator.kl_divergence_, rel=0.05)
    assert np.corrcoef(distances(placed), distances(expected))[0, 1] > 0.9
    shares = [share for _, share in watch.told if share is not None]
    assert shares == sorted(shares) and len(shares) >= 5 and shares[-1] == 1.0


def distances(points):
    return np.linalg.norm(points[:, None] - points[None], axis=2).ravel()


def test_a_perplexity_beyond_the_images_is_a_sentence():
    with pytest.raises(ProjectionError, match="perplexity of 80"):
        fitted("t-sne", images=60, perplexity=80)


def test_a_part_of_the_training_images_is_named():
    placement = fitted("kernel-pca", images=300)
    assert placement.note == f"fitted to 300 of {len(digits().train):,} images"


@pytest.mark.parametrize("info", projections(), ids=lambda info: info.name)
def test_each_says_of_itself_what_is_so(info):
    settings = {setting.name: setting for setting in describe(info.config)}
    assert ("images" in settings) == (info.most_images is not None)
    if info.most_images is not None:
        assert settings["images"].default == info.most_images
    small = {"images": 200} if "images" in settings else {}
    projection = fitted(info.name, **small).projection
    x = as_input(digits().test.images[:3])
    assert info.title == projection.title and (projection.placed is None) == info.places_new_images
    if info.places_new_images:
        z = projection.encode(x).mean
        assert z.shape == (3, projection.latent_size)
    else:
        with pytest.raises(ProjectionError, match="no place"):
            projection.encode(x)
    z = torch.zeros(3, projection.latent_size)
    if info.invertible:
        assert projection.decode(z).shape == x.shape
    else:
        with pytest.raises(ProjectionError, match="no way back"):
            projection.decode(z)
    assert projection.codebook() is None
    assert len(info.summary) > 20 and any(character.isdigit() for character in info.paper)


def test_names_are_unique_and_found():
    assert [info.name for info in projections()] == ["pca", "kernel-pca", "lda", "t-sne"]
    assert all(projection_info(info.name) is info for info in projections())


def test_gamma_without_variance_is_still_a_number():
    assert automatic_gamma(Sample(np.full((5, 1, 2, 2), 7, np.uint8), 255)) == 1.0


@pytest.fixture
def processes(monkeypatch):
    """The processes that fits start from here on."""
    started, start = [], subprocess.Popen

    def note(*arguments, **options):
        started.append(start(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(apart.subprocess, "Popen", note)
    return started


def test_a_cancelled_fit_ends_at_once_in_the_middle_of_its_work(processes):
    watch = Watch(enough=lambda text, fraction: fraction is not None)
    with pytest.raises(Cancelled):
        fitted("t-sne", watch, images=360, iterations=10_000)
    assert watch.told[-1][1] < 0.1
    (process,) = processes
    assert process.poll() is not None
    assert all(thread.name != "latentlab-fit" for thread in threading.enumerate())


def test_a_fit_that_is_cancelled_before_it_begins_never_does(processes):
    began = time.monotonic()
    with pytest.raises(Cancelled):
        fitted("kernel-pca", Watch(enough=lambda *_: True))
    assert time.monotonic() - began < 20
    assert processes[0].poll() is not None


def test_cancelling_while_images_are_placed(processes):
    with pytest.raises(Cancelled):
        fitted("lda", Watch(enough=lambda text, _: text.startswith("Placing")))


def test_what_scikit_learn_refuses_is_a_sentence(processes):
    with pytest.raises(ProjectionError, match=r"^Odd could not be fitted: .*n_components"):
        fit_apart("Odd", KernelPCA(n_components=-1), Sample(digits().train.images, 16), Watch())
    assert processes[0].poll() is not None


def test_a_process_that_dies_is_a_sentence(processes):
    def die(text, fraction):
        if fraction is not None:
            processes[0].kill()
        return False

    with pytest.raises(ProjectionError, match="t-SNE could not be fitted: its process ended early"):
        fitted("t-sne", Watch(die), images=360, iterations=10_000)


@pytest.mark.parametrize("half", ["dump", "load"])
def test_a_fit_too_large_for_the_memory_is_a_sentence(processes, monkeypatch, half):
    def fail(*_):
        raise MemoryError

    monkeypatch.setattr(apart.pickle, half, fail)
    with pytest.raises(ProjectionError, match="LDA could not be fitted: its process ended early, perhaps for want of"):
        fitted("lda")
    assert processes[0].poll() is not None


@pytest.mark.parametrize("name", ["lda", "t-sne", "kernel-pca"])
def test_images_that_are_all_the_same_are_refused(name, processes):
    same = Sample(np.full((60, 1, 4, 4), 7, np.uint8), 16, np.arange(60) % 2)
    info = projection_info(name)
    with pytest.raises(ProjectionError, match="could not be fitted: all the images are the same"):
        info.fit(info.config(), same, Watch())
    assert not processes


SPY = """
import sys
from sklearn.manifold import TSNE
from threadpoolctl import threadpool_info

class Spy(TSNE):
    def fit(self, x, y=None):
        super().fit(x)
        print(*{name.partition(".")[0] for name in sys.modules})
        print(*{pool["num_threads"] for pool in threadpool_info()})
        return self
"""


def test_the_process_knows_neither_torch_nor_qt_nor_latentlab_and_keeps_to_one_thread(tmp_path, monkeypatch):
    (tmp_path / "fit_spy.py").write_text(SPY)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    lines = []
    estimator = importlib.import_module("fit_spy").Spy(perplexity=3, max_iter=250)
    fit_apart("Spy", estimator, Sample(digits().train.images[:9], 16), Watch(), lines.append)
    modules, threads = lines
    assert {"numpy", "sklearn"} <= set(modules.split())
    assert not {"torch", "PySide6", "latentlab"} & set(modules.split())
    assert threads.split() == ["1"]
