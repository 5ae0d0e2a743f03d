"""Models trained on the small digits: to an exact optimum, or as users train them."""

from __future__ import annotations

from functools import cache

import torch

from latentlab.core.models import ImageShape, model_info
from latentlab.core.options import build
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.models.making import make
from tests.core.sets import digits

SHAPE = ImageShape(1, 8, 8)


@cache
def all_digits():
    """All 1,797 images of scikit-learn's digits, N×1×8×8 in [0, 1]."""
    parts = [torch.tensor(split.images) for split in (digits().train, digits().test)]
    return torch.cat(parts).double() / digits().full_scale


def converged(name, evaluations, **settings):
    """A model after full-batch L-BFGS on `all_digits`, and its objective at each of up to so many evaluations."""
    x = all_digits()
    model = make(name, SHAPE, **settings).double()
    model.prepare(x)
    optimizer = torch.optim.LBFGS(
        model.parameters(),
        max_iter=evaluations,
        max_eval=evaluations,
        history_size=20,
        tolerance_grad=1e-9,
        tolerance_change=1e-12,
        line_search_fn="strong_wolfe",
    )
    totals = []

    def evaluate():
        optimizer.zero_grad()
        total = model.objective(x).total
        total.backward()
        totals.append(total.item())
        return total

    optimizer.step(evaluate)
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
