"""The choice of a model as a setting, so that a form shows it like any other."""

from __future__ import annotations

from dataclasses import dataclass

from latentlab.core.models import DEFAULT, model_info, registry
from latentlab.core.options import build, option
from latentlab.core.training import TrainingConfig


@dataclass(frozen=True)
class ModelChoice:
    """Which model of the registry."""

    name: str = option(
        DEFAULT,
        label="Model",
        help="What is trained.",
        choices={info.name: info.title for info in registry()},
    )


def training_defaults(model_name: str) -> TrainingConfig:
    """The training settings that suit a model."""
    return build(TrainingConfig, model_info(model_name).training)
