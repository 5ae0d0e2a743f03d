"""The layer is torch's, and so are the gradients that it takes by itself while a step is recorded."""

import torch
from torch import nn

from latentlab.core.models.linear import Affine, Linear


def test_gradients_are_autograds():
    generator = torch.Generator().manual_seed(0)
    x, weight, bias = (
        torch.randn(*shape, generator=generator, dtype=torch.float64, requires_grad=True)
        for shape in ((5, 4), (3, 4), (3,))
    )
    assert torch.autograd.gradcheck(Affine.apply, (x, weight, bias))
    assert torch.equal(Affine.apply(x, weight, bias), nn.functional.linear(x, weight, bias))


def test_images_need_no_gradient():
    layer, x = Linear(4, 3), torch.ones(2, 4)
    Affine.apply(x, layer.weight, layer.bias).sum().backward()
    assert torch.equal(layer.weight.grad, torch.full((3, 4), 2.0))
    assert torch.equal(layer.bias.grad, torch.full((3,), 2.0))


def test_outside_a_recording_it_is_torchs():
    torch.manual_seed(0)
    ours = Linear(4, 3)
    theirs = nn.Linear(4, 3)
    theirs.load_state_dict(ours.state_dict())
    x = torch.randn(6, 4)
    assert torch.equal(ours(x), theirs(x))
