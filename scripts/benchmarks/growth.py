"""How cost grows: one VAE after another, each with more of one thing, measured headless and under the hand."""

from __future__ import annotations

import resource
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.cases import Case, Cost
from benchmarks.rows import paired_ratio, percentile

if TYPE_CHECKING:
    from benchmarks.stage import Stage

_TEST_IMAGES = 10_000
_ROUNDS = 3
_IDX_BYTES = 0x08


def measure(case: Case) -> Cost:
    """Runs a case here; its process was started for it, so that the peak of memory is its own."""
    with tempfile.TemporaryDirectory(prefix="latentlab-bench-") as folder:
        size = write_images(case, Path(folder))
        window, drag, memory = _in_the_window(case, folder)
        headless, share = _headless(case, folder)
    return Cost(headless, share, window, percentile(drag, 0.95), memory, size / 2**20)


def write_images(case: Case, folder: Path) -> int:
    """Writes a case's data set as a folder of IDX files; returns the bytes of its images."""
    from latentlab.core import catalogue

    mnist = catalogue.load("mnist")
    size = 0
    for name, split, count in (("train", mnist.train, case.images), ("t10k", mnist.test, _TEST_IMAGES)):
        assert split.labels is not None
        with (folder / f"{name}-images-idx3-ubyte").open("wb") as file:
            file.write(_header(count, case.side, case.side))
            for number, start in enumerate(range(0, count, len(split))):
                images = _enlarged(split.images[: count - start, 0], case.side)
                file.write(np.roll(images, (number // 5, number % 5), (1, 2)).tobytes())
                size += images.nbytes
        labels = np.resize(split.labels.astype(np.uint8), count)
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(_header(count) + labels.tobytes())
    return size


def _header(*shape: int) -> bytes:
    return bytes([0, 0, _IDX_BYTES, len(shape)]) + np.array(shape, ">u4").tobytes()


def _enlarged(images: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Images (n, 28, 28) with their pixels repeated, in the middle of a black square of ``side``."""
    times = side // images.shape[1]
    large = images.repeat(times, 1).repeat(times, 2)
    before = (side - large.shape[1]) // 2
    after = side - large.shape[1] - before
    return np.pad(large, ((0, 0), (before, after), (before, after)))


def stage_of(case: Case, folder: str) -> Stage:
    """The window on a case's data set in ``folder``, its VAE training."""
    from benchmarks.stage import Stage
    from latentlab.core.data import DataConfig
    from latentlab.core.models import model_info
    from latentlab.core.options import build
    from latentlab.core.run import RunSettings
    from latentlab.core.training_config import training_defaults
    from latentlab.core.view_config import ViewConfig

    stage = Stage(1600, 1000)
    control = stage.window.control
    config: object = build(model_info("vae").config, {"latent_dim": case.latent_dim})
    training = replace(training_defaults("vae"), epochs=100_000)
    settings = RunSettings(DataConfig(folder), "vae", config, training)
    control.train(settings, ViewConfig(points_shown=case.points, points_from="train"))
    stage.wait(lambda: control.newest is not None and control.newest.step > 300 and stage.window.session.step > 0)
    stage.run(3.0)
    return stage


def _in_the_window(case: Case, folder: str) -> tuple[float, list[float], float]:
    """Images/s during a drag, the drag's latencies in ms, and the process's peak of memory in MB."""
    from benchmarks.hand import drag_probe

    stage = stage_of(case, folder)
    control = stage.window.control
    drag = drag_probe(stage)
    assert control.newest is not None
    rate = control.newest.images_per_s
    stage.run(2.0)
    stage.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return rate, drag, peak / (2**20 if sys.platform == "darwin" else 2**10)


def _headless(case: Case, folder: str) -> tuple[float, float]:
    """Images/s of `fit` on one thread, and its rate beside that of matrix products alone."""
    from benchmarks.training import HeadlessFit, product_rate
    from latentlab.core import catalogue
    from latentlab.core.threads import use_threads

    use_threads(1)
    run = HeadlessFit("vae", 128, catalogue.load(folder), latent_dim=case.latent_dim)
    rate, limit = paired_ratio(_ROUNDS, run.gflops, product_rate)
    return rate * 1e9 / run.flops_an_image(), rate / limit
