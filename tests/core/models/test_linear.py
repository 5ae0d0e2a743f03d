"""The layers are torch's, and so are the gradients that they take by themselves while a step is recorded."""

import pytest
import torch
from torch import nn

from latentlab.core import branches
from latentlab.core.models.linear import Affine, Layers, Linear


@pytest.mark.parametrize("rectifies", [False, True])
def test_gradients_are_autograds(rectifies):
    generator = torch.Generator().manual_seed(0)
    x, weight, bias = (
        torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)
        for shape in ((5, 4), (3, 4), (3,))
    )
    assert torch.autograd.gradcheck(Affine.apply, (x, weight, bias, rectifies))
    expected = nn.functional.linear(x, weight, bias)
    assert (expected < 0).any()
    torch.testing.assert_close(Affine.apply(x, weight, bias, rectifies), expected.relu() if rectifies else expected)


def test_images_need_no_gradient():
    layer, x = Linear(4, 3), torch.ones(2, 4)
    Affine.apply(x, layer.weight, layer.bias, False).sum().backward()
    assert torch.equal(layer.weight.grad, torch.full((3, 4), 2.0))
    assert torch.equal(layer.bias.grad, torch.full((3,), 2.0))


def test_outside_a_recording_it_is_torchs():
    torch.manual_seed(0)
    ours = Linear(4, 3)
    theirs = nn.Linear(4, 3)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(6, 4)
    assert torch.equal(ours(x), theirs(x))


@pytest.mark.parametrize("activation", [nn.ReLU, nn.SiLU])
def test_layers_in_a_recording_are_the_same_layers(activation, monkeypatch):
    torch.manual_seed(0)
    layers = Layers(nn.Flatten(), Linear(6, 5), activation(), Linear(5, 4), activation(), activation(), Linear(4, 6))
    x, applied = torch.randn(3, 2, 3), []
    with torch.no_grad():
        outside = layers(x)
        monkeypatch.setattr(branches, "offered", lambda device: True)
        for module in layers:
            module.register_forward_hook(lambda module, *_: applied.append(module))
        torch.testing.assert_close(layers(x), outside)
    # A ReLU behind a linear layer is that layer's work.
    fused = [layers[n] for n in (1, 2, 3, 4)] if activation is nn.ReLU else []
    assert applied == [module for module in layers if not any(module is each for each in fused)]
