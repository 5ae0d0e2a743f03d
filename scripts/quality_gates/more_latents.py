"""More latents on MNIST: denoising, and the likelihoods that papers report."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from quality_gates.cases import Case
from quality_gates.gates import Figure, Gate, Measure
from quality_gates.measures import error_per_pixel, nll_of_binarised
from quality_gates.work import Measurement, Settings

_LIKELIHOODS = "Likelihoods of more latents"

_DENOISING: Settings = {"epochs": 20}
_DENOISING_BODY: Settings = {"latent_dim": 30, "hidden": 512, "depth": 2, "taper": "halve", "activation": "relu"}
_MASKED = 0.25


def _denoising(measurement: Measurement) -> dict[str, Figure]:
    restoring = measurement.train("dae", {**_DENOISING_BODY, "corruption": "masking", "level": _MASKED}, _DENOISING)
    plain = measurement.train("ae", _DENOISING_BODY, _DENOISING)

    def spoilt(model: str) -> float:
        # The same pixels for both, and drawn here: not by what the model was trained with.
        generator = torch.Generator().manual_seed(measurement.seed)

        def mask(x: Tensor) -> Tensor:
            return x * (torch.rand(x.shape, generator=generator) >= _MASKED).to(x)

        return error_per_pixel(restoring if model == "dae" else plain, mask)

    return {"dae_restores": Figure(spoilt("dae"), spoilt("ae"))}


# The default network over-fits in so many epochs: its NLL was 96.2 nats.
_VAE_20: Settings = {"epochs": 400, "batch_size": 100, "learning_rate": 1e-3, "schedule": "cosine"}
_VAE_20_BODY: Settings = {
    "latent_dim": 20,
    "hidden": 300,
    "depth": 2,
    "taper": "same",
    "activation": "tanh",
    "binarisation": "fresh",
}
_SAMPLES_20, _SAMPLES_50 = 500, 5000


def _twenty(measurement: Measurement) -> dict[str, Figure]:
    trained = measurement.train("vae", _VAE_20_BODY, _VAE_20)
    return {"vae_20d_nll": Figure(nll_of_binarised(trained, measurement, _SAMPLES_20))}


# Burda et al. 2016: two hidden layers of 200 tanh units, 50 latents, batch 20; theirs ran 3,280 epochs in stages.
_BURDA: Settings = {
    "latent_dim": 50,
    "hidden": 200,
    "depth": 2,
    "taper": "same",
    "activation": "tanh",
    "binarisation": "fresh",
}
_IWAE: Settings = {"bound": "iwae", "samples": 50, "gradient": "doubly"}
_BURDA_TRAINING: Settings = {"epochs": 1000, "batch_size": 100, "learning_rate": 1e-3, "schedule": "cosine"}


def _fifty(name: str, bound: Settings, measurement: Measurement) -> dict[str, Figure]:
    trained = measurement.train("vae", {**_BURDA, **bound}, _BURDA_TRAINING)
    return {name: Figure(nll_of_binarised(trained, measurement, _SAMPLES_50))}


def _fifty_case(name: str, model: str, bound: Settings, high: float, published: float, source: str) -> Case:
    gradient = ", DReG" if bound.get("gradient") == "doubly" else ""
    words = (
        f"784-200-200-50 mirrored, tanh, Adam 1e-3, cosine, batch 100, 1,000 epochs{gradient}; 5,000 samples an image"
    )
    gate = Gate(name, f"{model}, freshly binarised MNIST", words, "nats, NLL", source, high=high, published=published)
    return Case(name, _LIKELIHOODS, (gate,), partial(_fifty, name, bound))


CASES = (
    Case(
        "dae",
        "Squared error of more latents",
        (
            Gate(
                "dae_restores",
                "DAE 30-D, MNIST",
                "784-512-256-30 mirrored, ReLU, 20 epochs; test images with 25 % of their pixels masked",
                "MSE per pixel",
                "the same AE on the same masked images",
                Measure.RATIO,
                high=0.8,
            ),
        ),
        _denoising,
        3,
    ),
    Case(
        "vae_20d",
        _LIKELIHOODS,
        (
            Gate(
                "vae_20d_nll",
                "VAE 20-D, freshly binarised MNIST",
                "784-300-300-20 mirrored, tanh, Adam 1e-3, cosine, batch 100, 400 epochs; "
                f"{_SAMPLES_20} samples an image",
                "nats, NLL",
                "Davidson et al. 2018",
                high=89.0,
                published=88.90,
            ),
        ),
        _twenty,
    ),
    _fifty_case("vae_50d_nll", "VAE 50-D", {}, 87.8, 86.76, "Burda et al. 2016, k = 1"),
    _fifty_case("iwae_50d_nll", "IWAE 50-D", _IWAE, 85.0, 84.78, "Burda et al. 2016, k = 50"),
)
