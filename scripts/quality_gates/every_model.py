"""Every model of the registry, briefly trained on the digits: it must beat what knows nothing of an image."""

from __future__ import annotations

import torch

from latentlab.core.models import ModelInfo, registry
from quality_gates.cases import Case
from quality_gates.estimates import neg_elbo
from quality_gates.floors import independent_pixels_nll, mean_image_error, pixel_entropy
from quality_gates.gates import Figure, Gate, Measure
from quality_gates.sets import images, labels
from quality_gates.work import Measurement, Settings

_SUBJECT = "Every model beside what knows nothing of an image"
_EPOCHS = {"digits": 50, "mnist": 2}
_TITLES = {"digits": "digits", "mnist": "MNIST"}
# At its default of 4, β costs more than images of 64 pixels can pay: the best there is to say nothing in the latents.
_SETTINGS: dict[tuple[str, str], Settings] = {("beta_vae", "digits"): {"beta": 1.5}}


def _case(info: ModelInfo, data: str) -> Case:
    name = info.name if data == "digits" else f"{data}_{info.name}"
    beats, above, below = f"beats_mean_image_{name}", f"above_entropy_{name}", f"below_pixels_{name}"
    settings, epochs = _SETTINGS.get((info.name, data), {}), _EPOCHS[data]
    chosen = "".join(f", {option} {value}" for option, value in settings.items())
    model, setting = f"{info.title}, {_TITLES[data]}", f"defaults{chosen}, {epochs} epochs"
    grey = f"{setting}; −ELBO of grey targets"

    def measure(measurement: Measurement) -> dict[str, Figure]:
        trained = measurement.train(info.name, settings, {"epochs": epochs}, data)
        test, full_scale = trained.dataset.test, trained.dataset.full_scale
        x, label = images(test, full_scale, measurement.device), labels(test, measurement.device)
        with torch.inference_mode():
            rebuilt = trained.model.decode(trained.model.encode(x, label).mean, label)
        figures = {beats: Figure(float((rebuilt - x).square().mean()), mean_image_error(data))}
        if _is_bernoulli(info):
            bound = float(neg_elbo(trained.model, x, label, 10, measurement.seed).mean())
            figures |= {
                above: Figure(bound, pixel_entropy(data)),
                below: Figure(bound, independent_pixels_nll(data)),
            }
        return figures

    gates = [Gate(beats, model, setting, "MSE per pixel", "mean image", Measure.RATIO, high=1.0)]
    if _is_bernoulli(info):
        gates.append(Gate(above, model, grey, "nats per image", "pixel entropy", Measure.RATIO, low=1.0))
        gates.append(Gate(below, model, grey, "nats per image", "independent pixels", Measure.RATIO, high=1.0))
    return Case(f"floor_{name}", _SUBJECT, tuple(gates), measure, quick=True)


def _is_bernoulli(info: ModelInfo) -> bool:
    return bool(vars(info.config()).get("binarisation"))


CASES = (
    *(_case(info, "digits") for info in registry()),
    *(_case(info, "mnist") for info in registry() if _is_bernoulli(info)),
)
