"""Two latents: the likelihood by quadrature, and what else bounds or estimates it."""

from __future__ import annotations

import copy
from functools import partial

import torch

from latentlab.core import bounds, quadrature
from quality_gates.cases import Case
from quality_gates.estimates import grid_nll, importance_nll, neg_elbo, standard_error
from quality_gates.gates import Figure, Gate, Measure
from quality_gates.sets import binarised, images
from quality_gates.work import Measurement

_SUBJECT = "Likelihoods of two latents"
_IMAGES, _SAMPLES, _BOUND_SAMPLES = 500, 500, 50
_EPOCHS = {"mnist": 3, "digits": 50}
_TITLES = {"mnist": "MNIST", "digits": "digits"}
_UNIT = "nats per image"


def _measure(data: str, measurement: Measurement) -> dict[str, Figure]:
    trained = measurement.train("vae", {"latent_dim": 2, "binarisation": "fresh"}, {"epochs": _EPOCHS[data]}, data)
    # In float64 and on the CPU: these are the figures that others are held against.
    model = copy.deepcopy(trained.model).to("cpu").double()
    x = binarised(images(trained.dataset.test, trained.dataset.full_scale)[:_IMAGES], measurement.seed).double()
    coarse, fine, finer = (grid_nll(model, x, side) for side in (25, 150, 300))
    weighed = importance_nll(model, x, None, _SAMPLES, measurement.seed, measurement.check)
    bound = neg_elbo(model, x, None, _BOUND_SAMPLES, measurement.seed)
    exact, estimate = float(finer.mean()), float(weighed.mean())

    # The program's own estimates, with draws of their own.
    generator = torch.Generator().manual_seed(measurement.seed + 1)
    with torch.inference_mode():
        own_grid = quadrature.quadrature_nll(model, x, None, _silent).nll
        own_weighed = bounds.importance_nll(model, x, None, _SAMPLES, generator, _silent)
        reconstruction, kl = bounds.bound_terms(model, x, None, _BOUND_SAMPLES, generator, _silent)
    own_bound = reconstruction + kl.sum(1)
    return {
        f"own_grid_{data}": Figure(float(own_grid.mean()), exact),
        f"own_is_{data}": Figure(float(own_weighed.mean()), estimate, 2.0 * standard_error(own_weighed - weighed)),
        f"own_bound_{data}": Figure(
            float(own_bound.mean()), float(bound.mean()), 2.0 * standard_error(own_bound - bound)
        ),
        f"grid_150_converged_{data}": Figure(float(fine.mean()), exact),
        f"grid_below_is_{data}": Figure(exact, estimate, 2.0 * standard_error(weighed - finer)),
        f"is_below_bound_{data}": Figure(estimate, float(bound.mean()), 2.0 * standard_error(bound - weighed)),
        f"grid_25_is_wrong_{data}": Figure(float((coarse - finer).abs().mean())),
    }


def _silent(share: float) -> None:
    """Nobody waits for the progress."""


def _case(data: str) -> Case:
    model = f"VAE 2-D, freshly binarised {_TITLES[data]}"
    setting = f"defaults, {_EPOCHS[data]} epochs; at most {_IMAGES} test images"
    weighed = f"importance-sampled NLL, {_SAMPLES} samples"

    def gate(name: str, figure: str, source: str, low: float, high: float, measure: Measure) -> Gate:
        return Gate(f"{name}_{data}", model, f"{setting}; {figure}", _UNIT, source, measure, low, high, digits=6)

    never = float("inf")
    gates = [
        gate("grid_150_converged", "NLL on 150² cells of ±5", "on 300² cells", -0.05, 0.05, Measure.DIFFERENCE),
        gate("grid_below_is", "NLL on 300² cells of ±5", weighed, -never, 0.0, Measure.DIFFERENCE),
        gate("is_below_bound", weighed, f"−ELBO, {_BOUND_SAMPLES} samples", -never, 0.0, Measure.DIFFERENCE),
    ]
    own, ours = "the program's evaluation", "the script's own"
    gates += [
        gate("own_grid", f"NLL by quadrature, {own}", f"{ours}, 300² cells", -0.05, 0.05, Measure.DIFFERENCE),
        gate("own_is", f"{weighed}, {own}", f"{ours}, within 2 standard errors", 0.0, 0.0, Measure.DIFFERENCE),
        gate("own_bound", f"−ELBO, {own}", f"{ours}, within 2 standard errors", 0.0, 0.0, Measure.DIFFERENCE),
    ]
    if data == "mnist":
        missed = "25² cells against 300², mean distance over images"
        gates.append(gate("grid_25_is_wrong", missed, "posteriors between the cells", 0.5, never, Measure.VALUE))
    return Case(f"grid_{data}", _SUBJECT, tuple(gates), partial(_measure, data), quick=True)


CASES = (_case("digits"), _case("mnist"))
