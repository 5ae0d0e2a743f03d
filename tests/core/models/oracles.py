"""Models trained on the small digits: to an exact optimum, or as users train them."""

from __future__ import annotations

import math
from functools import cache

import torch

from latentlab.core.adam import Adam
from latentlab.core.models import ImageShape, model_info
from latentlab.core.options import build
from latentlab.core.training import Trainer, TrainingConfig
from tests.core.models.making import generator, make
from tests.core.sets import digits

SHAPE = ImageShape(1, 8, 8)


@cache
def all_digits():
    """All 1,797 images of scikit-learn's digits, N×1×8×8 in [0, 1]."""
    parts = [torch.tensor(split.images) for split in (digits().train, digits().test)]
    return torch.cat(parts).double() / digits().full_scale


def converged(name, steps, rate, **settings):
    """A model after full-batch Adam on `all_digits` with a falling step size, and its objective at each step."""
    x, noise = all_digits(), generator()
    model = make(name, SHAPE, **settings).double()
    model.prepare(x)
    optimizer = Adam(model.parameters(), rate)
    totals = []
    for step in range(steps):
        optimizer.rate.fill_(rate * 0.5 * (1.0 + math.cos(math.pi * step / steps)))
        optimizer.clear_gradients()
        total = model.objective(x, None, noise).total
        total.backward()
        optimizer.step()
        totals.append(total.item())
    return model.eval(), totals


def trained(name, epochs, rate=5e-3, **settings):
    """A model as `Trainer` trains it on the digits' training split."""
    config = build(model_info(name).config, settings)
    trainer = Trainer(digits(), name, config, TrainingConfig(epochs=epochs, batch_size=64, learning_rate=rate))
    while not trainer.done:
        trainer.advance(trainer.steps_left_in_epoch)
    return trainer.model.eval()


def scaled_test_digits():
    """The images of the digits' test split, N×1×8×8 in [0, 1]."""
    return torch.tensor(digits().test.images).float() / digits().full_scale
