"""The beta-VAE of growing capacity: its KL ends where it was told to, and the nats say something of the images."""

from __future__ import annotations

from functools import partial

from torch import Tensor

from latentlab.core.models.beta_vae import BetaVAEConfig
from quality_gates.cases import Case
from quality_gates.estimates import mutual_information, neg_elbo, posterior_kl
from quality_gates.gates import Figure, Gate, Measure
from quality_gates.sets import images
from quality_gates.work import Measurement, Settings, Trained

_SUBJECT = "Growing capacity"
_TITLES = {"digits": "digits", "mnist": "MNIST"}
_DEFAULTS = BetaVAEConfig()
_CAPACITY = _DEFAULTS.capacity
_EPOCHS = {"digits": 50, "mnist": 5}
# So few epochs of MNIST leave none after a growth of the default length.
_GROWTH = {"digits": _DEFAULTS.capacity_epochs, "mnist": 2.5}
# Its logarithm bounds what can be told apart: 7 nats on all training images of the digits, 8 on as many of MNIST.
_IMAGES, _SAMPLES = 3000, 10
# Where a nat saves more than the default γ, a greater one has to hold it.
_SMALL, _STRONG = 3.0, 30.0
_C = "C (Burgess et al. 2018)"


def _train(measurement: Measurement, data: str, **settings: float) -> Trained:
    chosen: Settings = {"pressure": "capacity", "capacity_epochs": _GROWTH[data], **settings}
    return measurement.train("beta_vae", chosen, {"epochs": _EPOCHS[data]}, data)


def _test_images(trained: Trained, measurement: Measurement) -> Tensor:
    return images(trained.dataset.test, trained.dataset.full_scale, measurement.device)


def _kl(trained: Trained, measurement: Measurement) -> float:
    return float(posterior_kl(trained.model, _test_images(trained, measurement)).mean())


def _reconstruction(trained: Trained, measurement: Measurement) -> float:
    """E_q[−log p(x|z)] of the grey test images, nats per image."""
    bound = neg_elbo(trained.model, _test_images(trained, measurement), None, _SAMPLES, measurement.seed)
    return float(bound.mean()) - _kl(trained, measurement)


def _measure(data: str, measurement: Measurement) -> dict[str, Figure]:
    trained = _train(measurement, data)
    some = images(trained.dataset.train, trained.dataset.full_scale, measurement.device)[:_IMAGES]
    told = mutual_information(trained.model, some, measurement.seed)
    figures = {
        f"capacity_{data}_kl": Figure(_kl(trained, measurement), _CAPACITY),
        f"capacity_{data}_told": Figure(told, float(posterior_kl(trained.model, some).mean())),
    }
    if data == "digits":
        silent = _train(measurement, data, capacity=0.0)
        ours, without = (_reconstruction(each, measurement) for each in (trained, silent))
        return {**figures, "capacity_digits_used": Figure(ours, without)}
    held = _train(measurement, data, capacity=_SMALL, gamma=_STRONG)
    return {**figures, "capacity_mnist_held": Figure(_kl(held, measurement), _SMALL)}


def _gates(data: str) -> tuple[Gate, Gate]:
    setting = f"{_in_words(data, _DEFAULTS.gamma, _CAPACITY)}, γ and C the defaults"
    some = f"{setting}; training images, at most {_IMAGES:,}"
    nats, told = "nats, KL", "nats that tell images apart"
    return (
        Gate(f"capacity_{data}_kl", _model(data), f"{setting}; test images", nats, _C, Measure.RATIO, 0.9, 1.1),
        Gate(f"capacity_{data}_told", _model(data), some, told, "their KL", Measure.RATIO, low=0.75),
    )


def _model(data: str) -> str:
    return f"β-VAE of growing capacity, {_TITLES[data]}"


def _in_words(data: str, gamma: float, capacity: float) -> str:
    return f"γ {gamma:g}, C {capacity:g} nats from {_GROWTH[data]:g} of {_EPOCHS[data]} epochs on"


_USED = Gate(
    "capacity_digits_used",
    _model("digits"),
    f"{_in_words('digits', _DEFAULTS.gamma, _CAPACITY)}; test images",
    "nats, reconstruction",
    "the same with C 0",
    Measure.DIFFERENCE,
    high=-3.0,
)
_HELD = Gate(
    "capacity_mnist_held",
    _model("mnist"),
    f"{_in_words('mnist', _STRONG, _SMALL)}; test images",
    "nats, KL",
    _C,
    Measure.RATIO,
    0.9,
    1.1,
)
CASES = (
    # Three seeds: a γ that is too large wastes the nats of some.
    Case("capacity_digits", _SUBJECT, (*_gates("digits"), _USED), partial(_measure, "digits"), 3, quick=True),
    Case("capacity_mnist", _SUBJECT, (*_gates("mnist"), _HELD), partial(_measure, "mnist"), quick=True),
)
