"""Training on an NVIDIA GPU: recorded steps beside the same steps unrecorded, and beside pythae."""

from __future__ import annotations

import time

import torch

from benchmarks.rows import Row, at_least, interleaved, not_measured, times_as_much
from benchmarks.stage import NETWORK
from benchmarks.training import PythaeVAE, make_trainer
from latentlab.core.replay import WARM_UP
from latentlab.core.training import Trainer

_ROUNDS = 7
_CHUNK = 200  # steps that `fit` takes at once at a million images/s
_GOALS = {
    "train_gpu_vae_b128": 1.0,
    "train_gpu_vs_eager": 3.0,
    "train_gpu_vs_pythae": 20.0,
    "train_gpu_vqvae_vs_eager": 2.0,
}


def on_gpu() -> list[Row]:
    """Images/s over whole epochs of MNIST: the MLP VAE 784-512-256-2 and the convolutional VQ-VAE, batch 128."""
    if not torch.cuda.is_available():
        return [not_measured(name, "images/s", goal, "no NVIDIA GPU here") for name, goal in _GOALS.items()]
    captured, eager = Epochs("vae", captured=True), Epochs("vae", captured=False)
    ours, plain = interleaved(_ROUNDS, captured.images_per_s, eager.images_per_s)
    rows = [
        at_least("train_gpu_vae_b128", "images/s", ours, 1e6, "an H200's goal of"),
        times_as_much("train_gpu_vs_eager", "images/s", ours, plain, _GOALS["train_gpu_vs_eager"], "uncaptured"),
        _beside_pythae(captured),
    ]
    captured, eager = Epochs("vqvae", captured=True), Epochs("vqvae", captured=False)
    ours, plain = interleaved(_ROUNDS, captured.images_per_s, eager.images_per_s)
    name = "train_gpu_vqvae_vs_eager"
    return [*rows, times_as_much(name, "images/s", ours, plain, _GOALS[name], "uncaptured")]


def _beside_pythae(captured: Epochs) -> Row:
    name = "train_gpu_vs_pythae"
    try:
        peer = PythaeVAE(128, "cuda")
    except ImportError:
        return not_measured(name, "images/s", _GOALS[name], "pythae is not installed")
    ours, theirs = interleaved(3, captured.images_per_s, peer.images_per_s)
    return times_as_much(name, "images/s", ours, theirs, _GOALS[name], "pythae's")


class Epochs:
    """Training an epoch at a time, odd last batch and shuffling included, the test split left out."""

    def __init__(self, model: str, captured: bool) -> None:
        self.trainer: Trainer = make_trainer(model, 128, "cuda", **(NETWORK if model == "vae" else {}))
        if not captured:
            self.trainer.record_steps(None)
        # The rest of an epoch is recorded once it has come a few times.
        for _ in range(WARM_UP + 1 if captured else 1):
            self.images_per_s()

    def images_per_s(self) -> float:
        """Throughput over one epoch; the end of a chunk waits for the device."""
        trainer = self.trainer
        epoch, began = trainer.epochs_done, time.perf_counter()
        while trainer.epochs_done == epoch:
            trainer.advance(_CHUNK)
        return len(trainer.feed) / (time.perf_counter() - began)
