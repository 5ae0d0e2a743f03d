"""How a model is trained: the settings, and those that suit each model."""

from __future__ import annotations

from dataclasses import dataclass

from latentlab.core import devices
from latentlab.core.models import model_info
from latentlab.core.options import build, option


@dataclass(frozen=True)
class TrainingConfig:
    """How a model is trained."""

    epochs: int = option(
        10,
        label="Epochs",
        help="How many times training goes through all training images.",
        minimum=1,
        maximum=100_000,
        retunable=True,
    )
    batch_size: int = option(
        128,
        label="Batch size",
        help="Images in one optimizer step.",
        minimum=1,
        maximum=16_384,
        unit="images",
        advanced=True,
        retunable=True,
    )
    learning_rate: float = option(
        1e-3,
        label="Learning rate",
        help="Step size of the Adam optimizer.",
        minimum=1e-7,
        maximum=1.0,
        advanced=True,
        retunable=True,
    )
    schedule: str = option(
        "cosine",
        label="Schedule",
        help="Constant; cosine: falls smoothly to a fiftieth; step: a fifth after 70 % of the way.",
        choices={"cosine": "Cosine", "constant": "Constant", "step": "Step"},
        advanced=True,
        retunable=True,
    )
    seed: int = option(
        0,
        label="Seed",
        help="Start of all random numbers: same seed, same result.",
        minimum=0,
        maximum=2**31 - 1,
        advanced=True,
    )
    device: str = option(
        "auto",
        label="Device",
        help="Where training runs. Automatic takes a GPU where there is one.",
        choices=devices.CHOICES,
        advanced=True,
        retunable=True,
    )
    precision: str = option(
        "fast",
        label="Precision",
        help="Fast: where this machine multiplies rounded numbers faster, training rounds the factors of its large "
        "matrix products, to bfloat16 on a processor and to TF32 on an NVIDIA GPU. Full: float32 everywhere.",
        choices={"fast": "Fast", "full": "Full"},
        advanced=True,
    )


def training_defaults(model_name: str) -> TrainingConfig:
    """The training settings that suit a model: the general ones with what its registry entry says."""
    return build(TrainingConfig, model_info(model_name).training)
