"""Work beside the main line of a recorded step is in order. (That a GPU agrees: test_cuda.py.)"""

import contextlib
from dataclasses import replace

import pytest
import torch
from torch import nn

from latentlab.core import branches
from latentlab.core.models import registry
from latentlab.core.models.linear import Linear
from latentlab.core.moments import Moments
from latentlab.core.replay import parted
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.races import Races
from tests.core.sets import digits
from tests.core.test_training import config_of

CONFIGS = [
    *((info.name, {}) for info in registry()),
    ("ae", {"loss": "cross_entropy"}),
    ("ae", {"hidden": 512}),
    ("dae", {"loss": "cross_entropy", "activation": "silu"}),
    ("vae", {"activation": "relu"}),
    ("vae", {"body": "conv"}),
    ("vae", {"hidden": 300}),
    ("vae", {"bound": "iwae", "samples": 6, "warm_up": 0.0}),
    ("vae", {"bound": "iwae", "samples": 6, "gradient": "doubly"}),
    ("vae", {"bound": "iwae", "samples": 6, "gradient": "doubly", "gradient_samples": 2}),
    ("cvae", {"bound": "iwae", "samples": 6, "gradient_samples": 2}),
    ("cvae", {"activation": "relu", "samples": 3}),
    ("vae", {"samples": 3, "free_bits": 0.2, "binarisation": "fresh"}),
    ("vae", {"decoder": "gaussian"}),
    ("vae", {"decoder": "gaussian_learned"}),
    ("vae", {"decoder": "gaussian_pixels"}),
    ("beta_vae", {"pressure": "beta"}),
    ("vqvae", {"body": "mlp", "learning": "gradient"}),
    ("vqvae", {"body": "mlp", "cosine": True, "hidden": 300}),
]


def races(monkeypatch, name, options, steps=3):
    """What is out of order where ``steps`` steps are recorded one after the other."""
    config = TrainingConfig(epochs=5, batch_size=64, device="cpu", precision="full")
    trainer = Trainer(digits(), name, replace(config_of(name), **options), config)
    for _ in range(3):
        trainer.advance(1)
    watch, rows = Races(monkeypatch), trainer.feed.rows(0, 0, 64 * steps).clone()
    with watch.recording():
        parts = parted(trainer._batch(rows), steps)
        for batch, moment in zip(parts, Moments(steps, trainer.device).each, strict=True):
            trainer._optimise(batch, moment)
    return watch


@pytest.mark.parametrize("name, options", CONFIGS, ids=str)
def test_a_recorded_step_has_no_race(name, options, monkeypatch):
    watch = races(monkeypatch, name, options)
    assert not watch.found
    assert watch.beside > 0


def no_order(branches_):
    branches_._made.clear()
    branches_._reads.clear()


@contextlib.contextmanager
def keeping_nothing(branches_, reads, waits_for, branch=branches._Branches.branch):
    with branch(branches_, [], waits_for) as made:
        yield made


@pytest.mark.parametrize(
    "broken, name, by",
    [
        (branches._Branches, "made", lambda branches_, tensor: tensor),
        (branches._Branches, "join", no_order),
        (branches._Branches, "branch", keeping_nothing),
        (branches._Branches, "bring", lambda branches_, tensors: None),
        (branches._Branches, "events", lambda branches_, tensors: []),
        (branches._Branches, "now", lambda branches_: []),
    ],
)
def test_what_is_out_of_order_would_be_found(broken, name, by, monkeypatch):
    monkeypatch.setattr(broken, name, by)
    for model, options in (("vae", {"hidden": 300}), ("ae", {"loss": "cross_entropy"})):
        if races(monkeypatch, model, options).found:
            return
    pytest.fail("nobody noticed")


def test_a_layer_that_is_used_twice_in_a_step_would_be_found(monkeypatch):
    torch.manual_seed(0)
    layer, watch = Linear(4, 4), Races(monkeypatch)
    x = torch.randn(6, 4)
    with watch.recording():
        layer(layer(x)).sum().backward()
        branches.join(x.device)
    assert watch.found


def test_where_nothing_is_recorded_work_is_done_where_it_stands():
    x = torch.ones(3)
    assert not branches.offered(x.device)
    with branches.beside(x) as made:
        total = made(x.sum())
    with branches.after(total):
        twice = 2 * total
    branches.join(x.device)
    assert (total, twice) == (3.0, 6.0)


def test_a_gradient_is_taken_as_it_was_made(monkeypatch):
    """Not copied, which nobody would wait for."""
    layer, watch, addresses = Linear(4, 3), Races(monkeypatch), []
    real = branches._Branches.made
    monkeypatch.setattr(
        branches._Branches, "made", lambda self, tensor: addresses.append(tensor.data_ptr()) or real(self, tensor)
    )
    with watch.recording():
        nn.functional.silu(layer(torch.randn(6, 4))).sum().backward()
        branches.join(torch.device("cpu"))
    assert addresses == [layer.weight.grad.data_ptr(), layer.bias.grad.data_ptr()]
