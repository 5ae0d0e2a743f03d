"""Our optimizer is torch's own: the same weights, step by step."""

import contextlib
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from latentlab.core import adam as module
from latentlab.core.adam import Adam


@pytest.fixture(params=["at once", "in pieces"])
def launches(request, monkeypatch):
    """How many numbers each launch moves, and how many gradients it waits for where it is put into a branch."""
    counts, waited = [], []
    kernel = torch._fused_adam_

    def moving(weights, *rest, **by_name):
        counts.append(([weight.numel() for weight in weights], *waited))
        kernel(weights, *rest, **by_name)

    @contextlib.contextmanager
    def after(*gradients):
        waited.append(len(gradients))
        yield
        waited.clear()

    monkeypatch.setattr(torch, "_fused_adam_", moving)
    if request.param == "in pieces":
        monkeypatch.setattr(module, "branches", SimpleNamespace(offered=lambda device: True, after=after))
        monkeypatch.setattr(module, "_PIECE", 10)
        monkeypatch.setattr(module, "_PIECES_A_LAUNCH", 3)
    return counts


def models():
    """Two models of the same weights, one with a weight that the loss does not use."""
    torch.manual_seed(0)
    one = nn.ModuleList([nn.Linear(5, 7), nn.Linear(7, 3), nn.Linear(2, 2)])
    other = nn.ModuleList([nn.Linear(5, 7), nn.Linear(7, 3), nn.Linear(2, 2)])
    other.load_state_dict(one.state_dict())
    return one, other


def tensors_of(adam):
    """All that a recorded step of it would read and write."""
    return [*adam._weights, *adam._means, *adam._squares]


def take_step(adam, rate):
    adam.step(torch.tensor(float(adam.begin_step())), torch.tensor(rate))


def loss(model, number):
    x = torch.randn(8, 5, generator=torch.Generator().manual_seed(number))
    return model[1](model[0](x).relu()).square().sum()


def test_same_weights_as_torch(launches, request):
    mine, theirs = models()
    adam, oracle = Adam(mine.parameters()), torch.optim.Adam(theirs.parameters(), 0.01)
    for number in range(40):
        rate = 0.01 / (1 + number)
        adam.clear_gradients()
        loss(mine, number).backward()
        take_step(adam, rate)
        oracle.zero_grad()
        loss(theirs, number).backward()
        oracle.param_groups[0]["lr"] = rate
        oracle.step()
    for weight, expected in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(weight, expected, rtol=1e-5, atol=1e-6)
    if request.node.callspec.params["launches"] == "at once":
        assert launches == [([35, 7, 21, 3, 4, 2],)] * 40
    else:
        # The last gradients first; by tens, three pieces at a time; and what is less than ten together.
        assert launches[:4] == [([10, 10, 1], 1), ([10, 10, 10], 1), ([5], 1), ([7, 3, 4, 2], 4)]
        assert len(launches) == 40 * 4


@pytest.mark.usefixtures("launches")
def test_goes_on_from_a_saved_state_in_the_same_place():
    whole, stopped = models()
    first, second = Adam(whole.parameters()), Adam(stopped.parameters())
    places = [tensor.data_ptr() for tensor in tensors_of(second)]
    for number in range(6):
        first.clear_gradients()
        loss(whole, number).backward()
        take_step(first, 0.01)
        if number == 2:
            second.load_state(first.state())
            stopped.load_state_dict(whole.state_dict())
        if number > 2:
            second.clear_gradients()
            loss(stopped, number).backward()
            take_step(second, 0.01)
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), stopped.parameters(), strict=True))
    assert places == [tensor.data_ptr() for tensor in tensors_of(second)]


def test_an_empty_state_is_the_beginning():
    model, _ = models()
    adam = Adam(model.parameters())
    loss(model, 0).backward()
    take_step(adam, 0.01)
    adam.load_state({})
    assert all(not tensor.any() for tensor in adam.state().values())


def test_a_state_of_another_model_is_refused():
    model, _ = models()
    other = Adam(nn.Linear(4, 4).parameters())
    with pytest.raises(KeyError, match="another size"):
        Adam(model.parameters()).load_state(other.state())
    wider = Adam([torch.zeros(9, requires_grad=True), torch.zeros(9, requires_grad=True)])
    with pytest.raises(RuntimeError, match="another shape"):
        wider.load_state(other.state())
