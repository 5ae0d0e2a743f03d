"""Training on the CPU: the headless loop beside pythae, beside matrix products alone, and beside a busy process."""

from __future__ import annotations

import contextlib
import io
import logging
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, RandomSampler
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.rows import Row, not_measured, paired_ratio, times_as_much
from benchmarks.stage import NETWORK
from latentlab.core import catalogue
from latentlab.core.data import Dataset
from latentlab.core.fit import fit
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.threads import training_threads, use_threads
from latentlab.core.training import Trainer
from latentlab.core.training_config import training_defaults

_ROUNDS = 7
_SECONDS = 1.0
_PYTHAE_IMAGES = 6400
# An optimizer's averages take a while to become what they are for the rest of a training.
_WARM_UP_STEPS = 600
_SIDE, _PRODUCTS = 1024, 20
_BUSY = "while True: pass"


def on_cpu() -> list[Row]:
    """One intra-op thread, the MLP VAE 784-512-256-2 on MNIST: images/s of `fit`."""
    use_threads(1)
    small, large = HeadlessFit("vae", 128, **NETWORK), HeadlessFit("vae", 512, **NETWORK)
    rows = []
    try:
        peer = PythaeVAE(128, "cpu")
    except ImportError:
        rows.append(not_measured("train_cpu_b128_vs_pythae", "images/s", 1.5, "pythae is not installed"))
    else:
        ours, theirs = paired_ratio(_ROUNDS, small.images_per_s, peer.images_per_s)
        rows.append(times_as_much("train_cpu_b128_vs_pythae", "images/s", ours, theirs, 1.5, "pythae's"))
    for batch, run, goal in ((128, small, 0.60), (512, large, 0.75)):
        rate, limit = paired_ratio(_ROUNDS, run.gflops, product_rate)
        name, against = f"train_cpu_b{batch}_vs_gemm", "this machine's float32 1024³ matrix product"
        rows.append(times_as_much(name, "GFLOP/s", rate, limit, goal, against))
    return rows


def contended() -> list[Row]:
    """The same training, with as many threads as the program gives it, while another process holds one core."""
    use_threads(training_threads())
    run = HeadlessFit("vae", 128, **NETWORK)

    def beside_another() -> float:
        with subprocess.Popen([sys.executable, "-c", _BUSY]) as process:
            time.sleep(0.1)
            try:
                return run.images_per_s()
            finally:
                process.kill()

    slowed, alone = paired_ratio(_ROUNDS, beside_another, run.images_per_s)
    return [times_as_much("train_cpu_contended", "images/s", slowed, alone, 0.45, "without a busy process")]


@cache
def mnist() -> Dataset:
    """MNIST with a test split so small that the ends of epochs take no time."""
    whole = catalogue.load("mnist")
    return replace(whole, test=whole.test.take(np.arange(500)))


def make_trainer(
    model: str, batch: int, device: str = "cpu", dataset: Dataset | None = None, **options: Any
) -> Trainer:
    """A trainer with a model's default settings and no end in sight."""
    config = replace(training_defaults(model), batch_size=batch, epochs=10_000, device=device)
    return Trainer(dataset or mnist(), model, build(model_info(model).config, options), config)


class HeadlessFit:
    """`fit`, as the command line runs it, a stretch at a time."""

    def __init__(self, model: str, batch: int, dataset: Dataset | None = None, **options: Any) -> None:
        self.trainer = make_trainer(model, batch, dataset=dataset, **options)
        self._events = fit(self.trainer, snapshot_seconds=float("inf"), rows_an_epoch=10)
        while self.trainer.step < _WARM_UP_STEPS:
            self.images_per_s()

    def images_per_s(self, seconds: float = _SECONDS) -> float:
        """Throughput over about ``seconds``."""
        trainer = self.trainer
        before, began = trainer.epoch, time.perf_counter()
        while time.perf_counter() - began < seconds:
            next(self._events)
        elapsed = time.perf_counter() - began
        return (trainer.epoch - before) * len(trainer.feed) / elapsed

    def gflops(self) -> float:
        """Throughput in 10⁹ floating-point operations of matrix products a second."""
        return self.images_per_s() * self.flops_an_image() / 1e9

    def flops_an_image(self) -> float:
        """Floating-point operations of a step's matrix products, per image of the batch."""
        with FlopCounterMode(display=False) as counter:
            self.trainer.advance(1)
        return counter.get_total_flops() / self.trainer.config.batch_size


def product_rate() -> float:
    """GFLOP/s of square float32 matrix products in the calling thread."""
    factor, result = _factors()
    began = time.perf_counter()
    for _ in range(_PRODUCTS):
        torch.mm(factor, factor, out=result)
    return _PRODUCTS * 2 * _SIDE**3 / (time.perf_counter() - began) / 1e9


@cache
def _factors() -> tuple[torch.Tensor, torch.Tensor]:
    return torch.rand(_SIDE, _SIDE), torch.empty(_SIDE, _SIDE)


class PythaeVAE:
    """The same network, batch and optimizer, trained by pythae's own loop.

    Raises:
        ImportError: pythae is not installed.
    """

    def __init__(self, batch: int, device: str) -> None:
        with _silence():
            from pythae.data.datasets import BaseDataset
            from pythae.models import VAE, VAEConfig
            from pythae.trainers import BaseTrainer, BaseTrainerConfig

            self._folder = tempfile.TemporaryDirectory()
            images = mnist().train.images.astype(np.float32) / 255
            config = BaseTrainerConfig(
                output_dir=self._folder.name,
                per_device_train_batch_size=batch,
                learning_rate=2e-3,
                no_cuda=device == "cpu",
            )
            model = VAE(
                VAEConfig(input_dim=(1, 28, 28), latent_dim=2, reconstruction_loss="bce"),
                encoder=_pythae_encoder(),
                decoder=_pythae_decoder(),
            )
            dataset = BaseDataset(torch.from_numpy(images), torch.zeros(len(images)))
            self._trainer = BaseTrainer(model, dataset, training_config=config)
            self._trainer.prepare_training()
            # Its own loop and loader, over some of all images at a time.
            sampler = RandomSampler(dataset, num_samples=_PYTHAE_IMAGES)
            self._trainer.train_loader = DataLoader(
                dataset, batch, sampler=sampler, collate_fn=self._trainer.train_loader.collate_fn
            )
        for _ in range(_WARM_UP_STEPS * batch // _PYTHAE_IMAGES):
            self.images_per_s()

    def images_per_s(self) -> float:
        """Throughput over some of its steps."""
        torch.set_flush_denormal(False)  # as its users run it
        began = time.perf_counter()
        with _silence():
            self._trainer.train_step(epoch=1)
        elapsed = time.perf_counter() - began
        torch.set_flush_denormal(True)
        return _PYTHAE_IMAGES / elapsed


def _pythae_encoder() -> torch.nn.Module:
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseEncoder
    from torch import nn

    class Encoder(BaseEncoder):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 256), nn.ReLU())
            self.mean, self.log_variance = nn.Linear(256, 2), nn.Linear(256, 2)

        def forward(self, x: torch.Tensor) -> Any:
            hidden = self.body(x)
            return ModelOutput(embedding=self.mean(hidden), log_covariance=self.log_variance(hidden))

    return Encoder()


def _pythae_decoder() -> torch.nn.Module:
    from pythae.models.base.base_utils import ModelOutput
    from pythae.models.nn import BaseDecoder
    from torch import nn

    class Decoder(BaseDecoder):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.body = nn.Sequential(
                nn.Linear(2, 256), nn.ReLU(), nn.Linear(256, 512), nn.ReLU(), nn.Linear(512, 784), nn.Sigmoid()
            )

        def forward(self, z: torch.Tensor) -> Any:
            return ModelOutput(reconstruction=self.body(z).reshape(-1, 1, 28, 28))

    return Decoder()


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keeps pythae's bars and notes off the screen."""
    logging.disable(logging.INFO)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)
