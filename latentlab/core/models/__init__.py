"""The registry of models: a new one is its file and one line here."""

from __future__ import annotations

import difflib
import threading
from collections.abc import Callable
from typing import Any, cast

import torch

from latentlab.core.errors import OptionError
from latentlab.core.models import (
    autoencoder,
    beta_vae,
    cvae,
    denoising_autoencoder,
    linear_autoencoder,
    linear_vae,
    vae,
    vqvae,
)
from latentlab.core.models.base import BodyConfig, Capabilities, Encoding, ImageShape, Model, ModelInfo, Objective

__all__ = [
    "BodyConfig",
    "Capabilities",
    "Encoding",
    "ImageShape",
    "Model",
    "ModelInfo",
    "Objective",
    "create",
    "model_info",
    "registry",
]

# In the order in which one would teach them.
_MODELS = {
    entry.INFO.name: entry.INFO
    for entry in (
        linear_autoencoder,
        autoencoder,
        denoising_autoencoder,
        linear_vae,
        vae,
        beta_vae,
        cvae,
        vqvae,
    )
}
DEFAULT = vae.INFO.name
_DRAWING = threading.Lock()


def registry() -> tuple[ModelInfo, ...]:
    """Every model there is, in the order in which one would teach them."""
    return tuple(_MODELS.values())


def model_info(name: str) -> ModelInfo:
    """The registry entry called ``name``.

    Raises:
        OptionError: there is none; the sentence names the closest.
    """
    if name not in _MODELS:
        close = difflib.get_close_matches(name, _MODELS, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else f" There are {', '.join(_MODELS)}."
        raise OptionError(f"There is no model called {name!r}.{hint}")
    return _MODELS[name]


def create(name: str, config: Any, shape: ImageShape, seed: int = 0) -> Model:
    """A new model on the CPU with random weights, which follow from ``seed`` alone."""
    make = cast(Callable[[Any, ImageShape], Model], model_info(name).model)
    # torch draws initial weights from its global generator, which all threads share.
    with _DRAWING, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        return make(config, shape)
