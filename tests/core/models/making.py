"""Small models and images for the models' tests."""

from __future__ import annotations

import torch

from latentlab.core.models import ImageShape, create, model_info, registry
from latentlab.core.options import build, describe

NAMES = [info.name for info in registry()]
SHAPES = [ImageShape(*size, classes=3) for size in ((1, 8, 8), (1, 28, 28), (3, 32, 32), (1, 64, 64), (3, 13, 17))]


def generator(seed=0):
    """Random numbers that follow from ``seed``."""
    return torch.Generator().manual_seed(seed)


def images(shape, count=5, seed=0):
    """Images of uniform noise."""
    return torch.rand(count, shape.channels, shape.height, shape.width, generator=generator(seed))


def labels(count=5, seed=0, classes=3):
    """A class for each image."""
    return torch.randint(classes, (count,), generator=generator(seed))


def make(name, shape=SHAPES[0], **values):
    """A model; of the settings, those that it has."""
    known = {setting.name for setting in describe(model_info(name).config)}
    return create(name, build(model_info(name).config, {k: v for k, v in values.items() if k in known}), shape)
