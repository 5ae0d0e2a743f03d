"""What there is to say of a run in figures: how good it is, and how it was made."""

from __future__ import annotations

import itertools
import platform
from typing import Any

import torch

from latentlab import __version__
from latentlab.core import devices
from latentlab.core.data import Dataset
from latentlab.core.evaluation import Checkpoint, EvaluationConfig, evaluate
from latentlab.core.figures import Figure
from latentlab.core.options import as_values
from latentlab.core.run import Run
from latentlab.core.training import Trainer

# What a training ends with: no more than a moment beside the training itself.
QUICK = EvaluationConfig(probes=False)


def figures(
    run: Run, dataset: Dataset, config: EvaluationConfig = QUICK, checkpoint: Checkpoint | None = None
) -> dict[str, Any]:
    """The figures of a run on its test split, as plain values ready for JSON; keys are never renamed.

    They are computed on the CPU, so that they are the same wherever the run was trained.

    Args:
        config, checkpoint: as in `evaluate`.

    Raises:
        RunError: the weights do not fit the model.
    """
    model = run.build_model()
    evaluation = evaluate(model, dataset, config, checkpoint, run.step)
    epochs, seconds = _epochs_and_seconds(run, len(dataset.train))
    knn = evaluation.knn
    return {
        "model": run.settings.model_name,
        "settings": {"model": as_values(run.settings.model), "training": as_values(run.settings.training)},
        "step": run.step,
        "data": run.settings.data.name,
        "split": "test",
        "binarisation": evaluation.binarisation,
        "mse": evaluation.mse,
        "neg_elbo": evaluation.neg_elbo,
        "kl": evaluation.kl,
        "knn": None if knn is None else {str(k): value for k, value in knn.items()},
        "told_classes": model.capabilities.conditional,
        "codes_used": evaluation.codes_used,
        "perplexity": evaluation.perplexity,
        "epochs": epochs,
        "images_per_s": epochs * len(dataset.train) / seconds if seconds > 0 else None,
        "samples": config.samples,
        "seed": config.seed,
        "train_images": len(dataset.train),
        "test_images": config.test_images or len(dataset.test),
        "figures": [figure.as_json() for figure in evaluation.figures],
        "latents": [latent.as_json() for latent in evaluation.latents],
        "diagnosis": [finding.as_json() for finding in evaluation.findings],
    }


def in_words(figures: dict[str, Any]) -> list[str]:
    """The most important of `figures` for people, in a phrase each: for the end of a training."""
    words = []
    if figures["neg_elbo"] is not None:
        how = f"{figures['binarisation'] or 'given'} targets, {figures['samples']} samples, seed {figures['seed']}"
        words.append(f"-ELBO {figures['neg_elbo']:.2f} nats per image ({how})")
        words.append(f"KL {figures['kl']:.2f} nats per image")
    words.append(f"squared error {figures['mse']:.5f} per pixel")
    if figures["knn"] is not None:
        accuracy = ", ".join(f"{value:.3f} (k = {k})" for k, value in figures["knn"].items())
        told = ", of codes that were told the class" if figures["told_classes"] else ""
        words.append(f"nearest-neighbour accuracy in 2-D {accuracy}{told}")
    if figures["codes_used"] is not None:
        words.append(f"{figures['codes_used']} codes in use, perplexity {figures['perplexity']:.1f}")
    words.append(_pace_in_words(figures))
    return words


def table(figures: dict[str, Any]) -> list[str]:
    """All of `figures` for people: a line each, under its group, with standard error, unit and note; then the pace."""
    found = [Figure.from_json(values) for values in figures["figures"]]
    titles = max(len(figure.title) for figure in found)
    numbers = max(len(figure.number()) for figure in found)
    lines: list[str] = []
    for group, members in itertools.groupby(found, lambda figure: figure.group):
        lines.append(group)
        for figure in members:
            words = [f"{figure.title:<{titles}}", f"{figure.number():>{numbers}}", figure.unit, f"({figure.note})"]
            lines.append("  " + "  ".join(filter(None, words)))
    if figures["latents"]:
        each = (f"{latent['kl']:.2f}{'' if latent['active'] else ' (inactive)'}" for latent in figures["latents"])
        lines += ["KL per latent, in nats", f"  {', '.join(each)}"]
    return [*lines, _pace_in_words(figures)]


def _pace_in_words(figures: dict[str, Any]) -> str:
    speed = "" if figures["images_per_s"] is None else f" at {figures['images_per_s']:,.0f} images per second"
    return f"{figures['epochs']:.4g} epochs{speed}"


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
