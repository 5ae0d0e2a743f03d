"""What a step saves stays until its way back is over, and no longer."""

import threading
import weakref

import torch

from latentlab.core.holding import hold, holding
from latentlab.core.models.bodies import mlp


def held(tensor):
    """A reference that keeps nothing, to a tensor that was held."""
    return weakref.ref(hold(tensor))


def test_what_is_held_stays_until_the_end():
    with holding():
        reference = held(torch.ones(3))
        assert reference() is not None
    assert reference() is None


def test_outside_nothing_stays():
    reference = held(torch.ones(3))
    assert reference() is None


def test_an_inner_one_ends_by_itself():
    with holding():
        outer = held(torch.ones(3))
        with holding():
            inner = held(torch.ones(3))
        assert inner() is None
        assert outer() is not None


def test_it_is_the_calling_threads():
    seen = []
    with holding():
        thread = threading.Thread(target=lambda: seen.append(held(torch.ones(3))()))
        thread.start()
        thread.join()
    assert seen == [None]


def test_layers_hold_what_they_pass_on():
    made = []
    layers = mlp(6, (5,), 2, torch.nn.ReLU)
    for layer in layers:
        layer.register_forward_hook(lambda layer, inputs, output: made.append(weakref.ref(output)))
    with holding():
        layers(torch.rand(4, 6)).sum().backward()
        assert all(reference() is not None for reference in made)
    assert len(made) == len(layers)
    assert not any(reference() is not None for reference in made)
