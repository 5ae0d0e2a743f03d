"""Every model of the registry, briefly trained on the digits: it must beat what knows nothing of an image."""

from __future__ import annotations

import torch

from latentlab.core.models import ModelInfo, registry
from quality_gates.cases import Case
from quality_gates.estimates import neg_elbo
from quality_gates.floors import independent_pixels_nll, mean_image_error, pixel_entropy
from quality_gates.gates import Figure, Gate, Measure
from quality_gates.sets import images, labels
from quality_gates.work import Measurement, Settings, Trained

_SUBJECT = "Every model beside what knows nothing of an image"
_EPOCHS = 50
# At its default of 4, β costs more than images of 64 pixels can pay: the best there is to say nothing in the latents.
_SETTINGS: dict[str, Settings] = {"beta_vae": {"beta": 1.5}}


def _case(info: ModelInfo) -> Case:
    beats = f"beats_mean_image_{info.name}"
    above, below = f"above_entropy_{info.name}", f"below_pixels_{info.name}"
    settings = _SETTINGS.get(info.name, {})
    chosen = "".join(f", {name} {value}" for name, value in settings.items())
    model, setting = f"{info.title}, digits", f"defaults{chosen}, {_EPOCHS} epochs"
    grey = f"{setting}; −ELBO of grey targets"

    def measure(measurement: Measurement) -> dict[str, Figure]:
        trained = measurement.train(info.name, settings, {"epochs": _EPOCHS}, "digits")
        test, full_scale = trained.dataset.test, trained.dataset.full_scale
        x, label = images(test, full_scale, measurement.device), labels(test, measurement.device)
        with torch.inference_mode():
            rebuilt = trained.model.decode(trained.model.encode(x, label).mean, label)
        figures = {beats: Figure(float((rebuilt - x).square().mean()), mean_image_error("digits"))}
        if _is_bernoulli(trained):
            bound = float(neg_elbo(trained.model, x, label, 10, measurement.seed).mean())
            figures |= {
                above: Figure(bound, pixel_entropy("digits")),
                below: Figure(bound, independent_pixels_nll("digits")),
            }
        return figures

    gates = [Gate(beats, model, setting, "MSE per pixel", "mean image", Measure.RATIO, high=1.0)]
    if info.config().__dict__.get("binarisation"):
        gates.append(Gate(above, model, grey, "nats per image", "pixel entropy", Measure.RATIO, low=1.0))
        gates.append(Gate(below, model, grey, "nats per image", "independent pixels", Measure.RATIO, high=1.0))
    return Case(f"floor_{info.name}", _SUBJECT, tuple(gates), measure, quick=True)


def _is_bernoulli(trained: Trained) -> bool:
    return bool(trained.model.capabilities.prior and trained.model.capabilities.binarisation)


CASES = tuple(_case(info) for info in registry())
