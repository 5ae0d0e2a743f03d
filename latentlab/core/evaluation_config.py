"""What is computed of a model, and on how many images."""

from __future__ import annotations

from dataclasses import dataclass

from latentlab.core.options import option

DEFAULT_SAMPLES = 5


@dataclass(frozen=True)
class EvaluationConfig:
    """How a model is evaluated; without the last three it is a matter of seconds."""

    samples: int = option(
        DEFAULT_SAMPLES, label="Samples", help="How often the bound is estimated for each image.", minimum=1,
        maximum=10_000,
    )
    seed: int = option(0, label="Seed", help="Start of all estimates' random numbers.", minimum=0, maximum=2**31 - 1)
    test_images: int = option(
        0, label="Test images", help="How many of the test images to evaluate on.", minimum=0, maximum=10_000_000,
        unit="images", special="All",
    )
    train_images: int = option(
        0, label="Training images", help="How many training images neighbours are looked for among.", minimum=0,
        maximum=10_000_000, unit="images", special="All",
    )
    probes: bool = option(
        True, label="Probes",
        help="Judge the codes by a linear probe, by trustworthiness and by neighbours in all their dimensions.",
    )
    importance_samples: int = option(
        0, label="Importance samples",
        help="How many samples of each image estimate log p(x), by importance sampling; slow.", minimum=0,
        maximum=100_000, special="None",
    )
    quadrature: bool = option(
        False, label="Quadrature", help="Integrate log p(x) on a grid, where there are one or two latents; slow."
    )
    likelihood_images: int = option(
        1000, label="Likelihood images", help="How many test images the two slow estimates are made on.", minimum=1,
        maximum=10_000, unit="images",
    )
