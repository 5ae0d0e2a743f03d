"""Two latents: the likelihood by quadrature, and what else bounds or estimates it."""

from __future__ import annotations

import copy

from quality_gates.cases import Case
from quality_gates.estimates import grid_nll, importance_nll, neg_elbo, standard_error
from quality_gates.gates import Figure, Gate, Measure
from quality_gates.sets import binarised, images
from quality_gates.work import Measurement

_SUBJECT = "Likelihoods of two latents"
_IMAGES, _SAMPLES, _EPOCHS = 500, 500, 3
_MODEL = "VAE 2-D, freshly binarised MNIST"
_SETTING = f"defaults, {_EPOCHS} epochs; {_IMAGES} test images"


def _measure(measurement: Measurement) -> dict[str, Figure]:
    trained = measurement.train("vae", {"epochs": _EPOCHS}, latent_dim=2, binarisation="fresh")
    # In float64 and on the CPU: these are the figures that others are held against.
    model = copy.deepcopy(trained.model).to("cpu").double()
    x = binarised(images(trained.dataset.test, trained.dataset.full_scale)[:_IMAGES], measurement.seed).double()
    coarse, fine, finer = (grid_nll(model, x, side) for side in (25, 150, 300))
    weighed = importance_nll(model, x, None, _SAMPLES, measurement.seed, measurement.check)
    bound = neg_elbo(model, x, None, 50, measurement.seed)
    exact = float(finer.mean())
    return {
        "grid_25_is_wrong": Figure(float((coarse - finer).abs().mean())),
        "grid_150_converged": Figure(float(fine.mean()), exact),
        "grid_below_is": Figure(exact, float(weighed.mean()), 2.0 * standard_error(weighed - finer)),
        "is_below_bound": Figure(float(weighed.mean()), float(bound.mean()), 2.0 * standard_error(bound - weighed)),
    }


CASES = (
    Case(
        "grid",
        _SUBJECT,
        (
            Gate(
                "grid_25_is_wrong",
                _MODEL,
                f"{_SETTING}; 25² cells of ±5, distance from 300², mean over images",
                "nats per image",
                "a grid so coarse misses posteriors",
                low=0.5,
            ),
            Gate(
                "grid_150_converged",
                _MODEL,
                f"{_SETTING}; NLL on 150² cells of ±5",
                "nats per image",
                "NLL on 300² cells",
                Measure.DIFFERENCE,
                -0.05,
                0.05,
                digits=6,
            ),
            Gate(
                "grid_below_is",
                _MODEL,
                f"{_SETTING}; NLL on 300² cells",
                "nats per image",
                f"importance-sampled NLL, {_SAMPLES} samples",
                Measure.DIFFERENCE,
                high=0.0,
                digits=6,
            ),
            Gate(
                "is_below_bound",
                _MODEL,
                f"{_SETTING}; importance-sampled NLL, {_SAMPLES} samples",
                "nats per image",
                "−ELBO, 50 samples",
                Measure.DIFFERENCE,
                high=0.0,
                digits=6,
            ),
        ),
        _measure,
        quick=True,
    ),
)
