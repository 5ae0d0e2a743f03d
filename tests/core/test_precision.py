"""Training rounds the factors of wide products where that is faster, and nothing else."""

import threading

import pytest
import torch

from latentlab.core import precision
from latentlab.core.models import model_info
from latentlab.core.models.bodies import mlp
from latentlab.core.models.convolutions import Conv2d, ConvTranspose2d
from latentlab.core.models.linear import Linear
from latentlab.core.options import build
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig
from tests.core.sets import digits

CPU = torch.device("cpu")
# bfloat16 has 8 bits.
ROUNDING = 2.0**-8


@pytest.fixture
def processor_gains(monkeypatch):
    monkeypatch.setattr(precision, "gains", lambda device: True)


def make_layer(inputs, outputs):
    torch.manual_seed(0)
    return Linear(inputs, outputs), torch.randn(32, inputs, requires_grad=True)


def as_bfloat16(tensor):
    return tensor.detach().to(torch.bfloat16).double()


def assert_near(ours, exact):
    assert ours.dtype == torch.float32
    assert torch.allclose(ours.double(), exact, rtol=ROUNDING, atol=ROUNDING * float(exact.abs().mean()) / 8)


def test_wide_layer_multiplies_rounded_factors():
    layer, x = make_layer(128, 96)
    with precision.rounded():
        y = layer(x)
    rounded = torch.nn.functional.linear(*map(as_bfloat16, (x, layer.weight, layer.bias)))
    assert_near(y, rounded)
    assert not torch.equal(y, layer(x))


def test_gradients_come_of_rounded_factors():
    layer, x = make_layer(128, 96)
    gradient = torch.randn(32, 96, generator=torch.Generator().manual_seed(1))
    with precision.rounded():
        y = layer(x)
    y.backward(gradient)  # rounds too, outside
    of_y = as_bfloat16(gradient)
    assert_near(x.grad, of_y @ as_bfloat16(layer.weight))
    assert_near(layer.weight.grad, of_y.t() @ as_bfloat16(x))
    assert_near(layer.bias.grad, of_y.sum(0))


@pytest.mark.parametrize("inputs, outputs", [(128, 4), (2, 128)])
def test_narrow_layer_keeps_all_digits(inputs, outputs):
    layer, x = make_layer(inputs, outputs)
    with precision.rounded():
        assert torch.equal(layer(x), torch.nn.Linear.forward(layer, x))


@pytest.mark.parametrize("activation", [torch.nn.ReLU, torch.nn.SiLU])
def test_what_stays_rounded_between_wide_layers_would_have_been_rounded_there(activation):
    made = []
    for keeps in (True, False):
        torch.manual_seed(0)
        layers = mlp(128, (96, 80, 72), 4, activation)
        linear = [layer for layer in layers if isinstance(layer, Linear)]
        assert [layer.keeps_rounded for layer in linear] == [True, True, False, False]  # the last one is narrow
        for layer in linear:
            layer.keeps_rounded = layer.keeps_rounded and keeps
        x = torch.randn(32, 128, requires_grad=True)
        with precision.rounded():
            y = layers(x)
        y.square().sum().backward()
        made.append([y, x.grad, *(weight.grad for weight in layers.parameters())])
    assert all(torch.equal(one, other) for one, other in zip(*made, strict=True))


def test_nothing_stays_rounded_where_a_gradient_needs_all_digits():
    assert not any(layer.keeps_rounded for layer in mlp(128, (96, 96), 4, torch.nn.Tanh) if isinstance(layer, Linear))


@pytest.mark.parametrize("make", [Conv2d, ConvTranspose2d])
def test_convolution_of_many_maps_multiplies_rounded_factors(make):
    torch.manual_seed(0)
    layer, x = make(32, 48, 4, stride=2, padding=1), torch.randn(2, 32, 6, 6)
    with precision.rounded():
        y = layer(x)
    exact = make(32, 48, 4, stride=2, padding=1).double()
    exact.load_state_dict({name: as_bfloat16(tensor) for name, tensor in layer.state_dict().items()})
    assert_near(y.detach(), exact(as_bfloat16(x)).detach())
    assert not torch.equal(y, layer(x))


@pytest.mark.parametrize("make", [Conv2d, ConvTranspose2d])
def test_convolution_of_images_keeps_all_digits(make):
    layer, x = make(1, 48, 4, stride=2, padding=1), torch.randn(2, 1, 6, 6)
    with precision.rounded():
        assert torch.equal(layer(x), super(make, layer).forward(x))


def test_rounding_is_the_calling_threads_and_ends():
    seen = []

    def look_around():
        with precision.rounded():
            other = threading.Thread(target=lambda: seen.append(precision.is_rounded()))
            other.start()
            other.join()
            with precision.rounded(False):
                seen.append(precision.is_rounded())
            seen.append(precision.is_rounded())
            raise KeyError

    with pytest.raises(KeyError):
        look_around()
    assert seen == [False, False, True]
    assert not precision.is_rounded()


def test_a_gpu_is_not_asked():
    assert not precision.gains(torch.device("meta"))


def trainer_of(choice, steps=20):
    config = build(model_info("vae").config, {"hidden": 96})
    trainer = Trainer(digits(), "vae", config, TrainingConfig(batch_size=100, device="cpu", precision=choice))
    while trainer.step < steps:
        trainer.advance(steps - trainer.step)
    return trainer


@pytest.mark.usefixtures("processor_gains")
def test_fast_training_is_near_the_full_one():
    fast, full = trainer_of("fast"), trainer_of("full")
    weights, others = fast.weights(), full.weights()
    assert not torch.equal(weights["encoder.3.weight"], others["encoder.3.weight"])
    (*_, row), (*_, other) = fast.test(), full.test()
    assert row.figures["total"] == pytest.approx(other.figures["total"], rel=5e-3)


def test_full_is_what_a_processor_that_gains_nothing_does(monkeypatch):
    monkeypatch.setattr(precision, "gains", lambda device: False)
    without = trainer_of("fast").weights()
    monkeypatch.setattr(precision, "gains", lambda device: True)
    full = trainer_of("full").weights()
    assert all(torch.equal(tensor, full[name]) for name, tensor in without.items())


@pytest.mark.usefixtures("processor_gains")
def test_what_is_tested_and_shown_is_float32():
    trainer = trainer_of("fast", steps=3)
    (*_, row) = trainer.test()
    full = trainer_of("full", steps=0)
    full.model.load_state_dict(trainer.weights())
    (*_, other) = full.test()
    assert row.figures == other.figures
