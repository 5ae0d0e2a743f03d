"""What there is to say of a run in figures: how good it is, and how it was made."""

from __future__ import annotations

import platform
from typing import Any

import torch

from latentlab import __version__
from latentlab.core import devices
from latentlab.core.data import Dataset
from latentlab.core.evaluation import DEFAULT_SAMPLES, evaluate
from latentlab.core.runs import Run
from latentlab.core.training import Trainer


def figures(run: Run, dataset: Dataset, samples: int = DEFAULT_SAMPLES, seed: int = 0) -> dict[str, Any]:
    """The figures of a run on its test split, as plain values ready for JSON; keys are never renamed.

    They are computed on the CPU, so that they are the same wherever the run was trained.

    Args:
        samples, seed: as in `evaluate`.

    Raises:
        RunError: the weights do not fit the model.
    """
    evaluation = evaluate(run.build_model(), dataset, samples, seed)
    epochs, seconds = _epochs_and_seconds(run, len(dataset.train))
    return {
        "model": run.settings.model_name,
        "data": run.settings.data.name,
        "split": "test",
        "binarisation": evaluation.binarisation,
        "mse": evaluation.mse,
        "neg_elbo": evaluation.neg_elbo,
        "kl": evaluation.kl,
        "knn": evaluation.as_json()["knn"],
        "codes_used": evaluation.codes_used,
        "perplexity": evaluation.perplexity,
        "epochs": epochs,
        "images_per_s": epochs * len(dataset.train) / seconds if seconds > 0 else None,
        "samples": samples,
        "seed": seed,
        "train_images": len(dataset.train),
        "test_images": len(dataset.test),
    }


def in_words(figures: dict[str, Any]) -> list[str]:
    """`figures` for people: a phrase for each that the run has."""
    words = []
    if figures["neg_elbo"] is not None:
        how = f"{figures['binarisation']} targets, {figures['samples']} samples, seed {figures['seed']}"
        words.append(f"-ELBO {figures['neg_elbo']:.2f} nats per image ({how})")
        words.append(f"KL {figures['kl']:.2f} nats per image")
    words.append(f"squared error {figures['mse']:.5f} per pixel")
    if figures["knn"] is not None:
        accuracy = ", ".join(f"{value:.3f} (k = {k})" for k, value in figures["knn"].items())
        words.append(f"nearest-neighbour accuracy in 2-D {accuracy}")
    if figures["codes_used"] is not None:
        words.append(f"{figures['codes_used']} codes in use, perplexity {figures['perplexity']:.1f}")
    speed = "" if figures["images_per_s"] is None else f" at {figures['images_per_s']:,.0f} images per second"
    words.append(f"{figures['epochs']:.4g} epochs{speed}")
    return words


def circumstances(trainer: Trainer) -> dict[str, Any]:
    """How a training went: steps, seconds, the device and the versions of what it ran on."""
    return {
        "steps": trainer.step,
        "seconds": trainer.seconds,
        "device": devices.describe(trainer.device),
        "threads": torch.get_num_threads(),
        "versions": {
            "latentlab": __version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
            "system": platform.platform(),
        },
    }


def _epochs_and_seconds(run: Run, images: int) -> tuple[float, float]:
    """Passes through the training images, and the time they took; as last noted where only the weights were kept."""
    if "epochs_done" in run.numbers:
        return run.numbers["epochs_done"] + run.numbers["position"] / images, run.numbers["seconds"]
    return (run.history[-1].epoch, run.history[-1].seconds) if run.history else (0.0, 0.0)
