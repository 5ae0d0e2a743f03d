"""Our optimizer is torch's own: the same weights, step by step."""

import pytest
import torch
from torch import nn

from latentlab.core.adam import Adam


def models():
    """Two models of the same weights, one with a weight that the loss does not use."""
    torch.manual_seed(0)
    one = nn.ModuleList([nn.Linear(5, 7), nn.Linear(7, 3), nn.Linear(2, 2)])
    other = nn.ModuleList([nn.Linear(5, 7), nn.Linear(7, 3), nn.Linear(2, 2)])
    other.load_state_dict(one.state_dict())
    return one, other


def tensors_of(adam):
    """All that a recorded step of it would read and write."""
    return [*adam._weights, *adam._means, *adam._squares, adam._steps, adam._rate, adam._epsilon]


def loss(model, number):
    x = torch.randn(8, 5, generator=torch.Generator().manual_seed(number))
    return model[1](model[0](x).relu()).square().sum()


@pytest.mark.parametrize("fused", [True, False])
def test_same_weights_as_torch(fused):
    mine, theirs = models()
    adam, oracle = Adam(mine.parameters(), fused), torch.optim.Adam(theirs.parameters(), 0.01)
    for number in range(40):
        rate = 0.01 / (1 + number)
        adam.clear_gradients()
        loss(mine, number).backward()
        adam.begin_step(rate)
        adam.step()
        oracle.zero_grad()
        loss(theirs, number).backward()
        oracle.param_groups[0]["lr"] = rate
        oracle.step()
    for weight, expected in zip(mine.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(weight, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("fused", [True, False])
def test_goes_on_from_a_saved_state_in_the_same_place(fused):
    whole, stopped = models()
    first, second = Adam(whole.parameters(), fused), Adam(stopped.parameters(), fused)
    places = [tensor.data_ptr() for tensor in tensors_of(second)]
    for number in range(6):
        first.clear_gradients()
        loss(whole, number).backward()
        first.begin_step(0.01)
        first.step()
        if number == 2:
            second.load_state(first.state())
            stopped.load_state_dict(whole.state_dict())
        if number > 2:
            second.clear_gradients()
            loss(stopped, number).backward()
            second.begin_step(0.01)
            second.step()
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), stopped.parameters(), strict=True))
    assert places == [tensor.data_ptr() for tensor in tensors_of(second)]


def test_an_empty_state_is_the_beginning():
    model, _ = models()
    adam = Adam(model.parameters())
    loss(model, 0).backward()
    adam.begin_step(0.01)
    adam.step()
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
