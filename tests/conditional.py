"""A small conditional model for tests: whatever is said of the contract, without the real one's machinery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import nn

from latentlab.core import models
from latentlab.core.models.base import Capabilities, Encoding, ImageShape, Model, ModelInfo, Objective
from latentlab.core.options import option

NAME = "conditional"


@dataclass(frozen=True)
class SmallConfig:
    latent_dim: int = option(2, label="Latent dimension", help="Numbers an image.", minimum=1, maximum=8)


class SmallConditional(Model):
    """An autoencoder that sees the label on both sides, and refuses to work without it."""

    term_units: ClassVar = {"total": "squared error per image", "reconstruction": "squared error per image"}

    def __init__(self, config, shape: ImageShape):
        super().__init__(config, shape, config.latent_dim)
        self.capabilities = Capabilities(conditional=True)
        self.encoder = nn.Sequential(
            nn.Linear(shape.pixels + shape.classes, 64), nn.ReLU(), nn.Linear(64, config.latent_dim)
        )
        self.decoder = nn.Sequential(
            nn.Linear(config.latent_dim + shape.classes, 64), nn.ReLU(), nn.Linear(64, shape.pixels)
        )

    def _beside(self, values, label):
        assert label is not None and label.dtype == torch.int64 and label.shape == (len(values),)
        return torch.cat([values, nn.functional.one_hot(label, self.shape.classes).to(values.dtype)], 1)

    def encode(self, x, label=None):
        return Encoding(mean=self.encoder(self._beside(x.flatten(1), label)))

    def decode(self, z, label=None):
        shape = self.shape
        image = torch.sigmoid(self.decoder(self._beside(z, label)))
        return image.view(-1, shape.channels, shape.height, shape.width)

    def objective(self, x, label=None, generator=None):
        error = (self.decode(self.encode(x, label).mean, label) - x).square().flatten(1).sum(1).mean()
        return Objective(error, {"reconstruction": error.detach()})


INFO = ModelInfo(
    name=NAME,
    title="Small conditional model",
    short_title="Conditional",
    config=SmallConfig,
    model=SmallConditional,
    summary="For tests.",
    formula="min ‖x − g(f(x, y), y)‖²",
    paper="none",
)


def register(monkeypatch=None):
    """Puts the model into the registry, for a test where ``monkeypatch`` is given."""
    if monkeypatch is None:
        models._MODELS[NAME] = INFO
    else:
        monkeypatch.setitem(models._MODELS, NAME, INFO)
