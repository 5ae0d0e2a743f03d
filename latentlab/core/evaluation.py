"""Figures of a trained model on the test split, each with its standard error, and what they say of its health."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from latentlab.core.data import Dataset
from latentlab.core.diagnosis import Finding
from latentlab.core.evaluation_config import DEFAULT_SAMPLES, EvaluationConfig
from latentlab.core.figures import NATS, Figure
from latentlab.core.latent_use import Latent
from latentlab.core.models.base import Model
from latentlab.core.neighbours import KS
from latentlab.core.study import Checkpoint, Study
from latentlab.core.table import Cell

__all__ = [
    "DEFAULT_SAMPLES",
    "Checkpoint",
    "Evaluation",
    "EvaluationConfig",
    "evaluate",
]


@dataclass(frozen=True)
class Evaluation:
    """What there is to say of one model on one split; what does not apply to it is absent.

    Attributes:
        figures: in the order in which to show them.
        latents: of a model with a bound, what each latent carries; else empty.
        findings: what is wrong, the gravest first; empty where nothing is.
        binarisation: how the targets of the bound were treated: ``grey``, ``fresh``, or None.
    """

    figures: tuple[Figure, ...]
    latents: tuple[Latent, ...]
    findings: tuple[Finding, ...]
    binarisation: str | None

    def value(self, name: str) -> float | None:
        """The value of the figure called ``name``, or None where there is none."""
        return next((figure.value for figure in self.figures if figure.name == name), None)

    def cells(self) -> Iterator[dict[str, Cell]]:
        """A row of a table for each figure, and for the KL of each latent."""
        for figure in self.figures:
            yield _cells(figure)
        for number, latent in enumerate(self.latents, start=1):
            yield _cells(Figure(f"kl_z{number}", f"KL of z{number}", "KL per latent", latent.kl, latent.error, NATS))

    @property
    def mse(self) -> float:
        """Squared error per pixel of the mean reconstruction, images in [0, 1]."""
        value = self.value("mse")
        assert value is not None
        return value

    @property
    def neg_elbo(self) -> float | None:
        """Nats per image, or None where the model has no bound."""
        return self.value("neg_elbo")

    @property
    def kl(self) -> float | None:
        """Nats per image, or None where the model has no bound."""
        return self.value("kl")

    @property
    def knn(self) -> dict[int, float] | None:
        """k to the accuracy of test codes among training codes on the model's default plane; None without labels."""
        found = {k: self.value(f"knn_{k}") for k in KS}
        return {k: value for k, value in found.items() if value is not None} or None

    @property
    def codes_used(self) -> int | None:
        """Codes that the split uses; None without a codebook."""
        value = self.value("codes_used")
        return None if value is None else int(value)

    @property
    def perplexity(self) -> float | None:
        """Of the codebook over the split; None without a codebook."""
        return self.value("perplexity")


def evaluate(
    model: Model,
    dataset: Dataset,
    config: EvaluationConfig | None = None,
    checkpoint: Checkpoint | None = None,
    step: int | None = None,
) -> Evaluation:
    """Evaluates ``model`` on the test split; the same config gives the same figures on the same machine.

    Args:
        checkpoint: see there; what it raises ends the evaluation and is passed on.
        step: optimizer steps that the model has had, where they are known.

    Raises:
        EvaluationError: the model's numbers are not finite.
    """
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            study = Study(model, dataset, config or EvaluationConfig(), step)
            study.conduct(checkpoint)
    finally:
        model.train(was_training)
    return Evaluation(study.figures(), study.latents, study.findings(), model.capabilities.binarisation or None)


def _cells(figure: Figure) -> dict[str, Cell]:
    return {
        "figure": figure.name,
        "title": figure.title,
        "group": figure.group,
        "value": figure.value,
        "standard error": figure.error,
        "unit": figure.unit,
        "note": figure.note,
    }
