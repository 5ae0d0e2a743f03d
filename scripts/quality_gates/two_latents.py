"""Two latents on MNIST: the bound, the squared error, and how well classes part on the plane."""

from __future__ import annotations

from quality_gates.cases import Case
from quality_gates.gates import Figure, Gate, Measure
from quality_gates.measures import bound_of_binarised, error_per_pixel, neighbour_accuracy
from quality_gates.work import Measurement, Settings

_SUBJECT = "Two latents"
_SEEDS = 3
_VAE, _AE = "VAE 2-D, freshly binarised MNIST", "AE 2-D, MNIST"
_FRESH: Settings = {"latent_dim": 2, "binarisation": "fresh"}

# The setting whose figures were measured before there was a product.
PLAIN: Settings = {"epochs": 15, "batch_size": 128, "learning_rate": 1e-3, "schedule": "step"}
PLAIN_BODY: Settings = {"hidden": 512, "depth": 2, "taper": "halve", "activation": "relu"}
# About the same number of multiplications, in three layers of one width.
_DEEPER: Settings = {"hidden": 360, "depth": 3, "taper": "same", "activation": "relu"}
_PLAIN_IN_WORDS = "784-512-256-2 mirrored, ReLU, Adam 1e-3 then 2e-4 after 70 %, batch 128, 15 epochs"


def _plain_vae(measurement: Measurement) -> dict[str, Figure]:
    trained = measurement.train("vae", {**_FRESH, **PLAIN_BODY}, PLAIN)
    return {
        "vae_2d_elbo": Figure(bound_of_binarised(trained, measurement)),
        "vae_2d_mse": Figure(error_per_pixel(trained)),
        "vae_2d_knn": Figure(neighbour_accuracy(trained, 15)),
    }


def _default_vae(measurement: Measurement) -> dict[str, Figure]:
    trained = measurement.train("vae", _FRESH, {"epochs": 15})
    plain = measurement.train("vae", {**_FRESH, **PLAIN_BODY}, PLAIN)
    return {
        "vae_2d_default_elbo": Figure(
            bound_of_binarised(trained, measurement), bound_of_binarised(plain, measurement)
        ),
        "vae_2d_default_knn": Figure(neighbour_accuracy(trained, 15)),
    }


def _brief_ae(measurement: Measurement) -> dict[str, Figure]:
    return {"ae_2d_mse": Figure(error_per_pixel(measurement.train("ae", {"latent_dim": 2}, {"epochs": 5})))}


def _long_ae(measurement: Measurement) -> dict[str, Figure]:
    trained = measurement.train("ae", {"latent_dim": 2, **_DEEPER}, {"epochs": 50})
    return {"ae_2d_knn": Figure(neighbour_accuracy(trained, 15))}


def _cvae(measurement: Measurement) -> dict[str, Figure]:
    trained = measurement.train("cvae", {**_FRESH, **PLAIN_BODY}, PLAIN)
    plain = measurement.train("vae", {**_FRESH, **PLAIN_BODY}, PLAIN)
    ours, without = (bound_of_binarised(model, measurement) for model in (trained, plain))
    return {"cvae_2d_elbo": Figure(ours, without)}


_MEASURED = "measured at this setting before there was a product"
_MEASURED_PLAIN = "measured with 784-512-256-2, ReLU, before there was a product"

CASES = (
    Case(
        "vae_2d",
        _SUBJECT,
        (
            Gate("vae_2d_elbo", _VAE, _PLAIN_IN_WORDS, "nats, −ELBO", _MEASURED, high=141.5, published=140.89),
            Gate("vae_2d_mse", _VAE, _PLAIN_IN_WORDS, "MSE per pixel", "mean image", high=0.06747, published=0.06747),
            Gate("vae_2d_knn", _VAE, _PLAIN_IN_WORDS, "15-NN accuracy", _MEASURED, low=0.78, published=0.792),
        ),
        _plain_vae,
        _SEEDS,
    ),
    Case(
        "vae_2d_default",
        _SUBJECT,
        (
            Gate(
                "vae_2d_default_elbo",
                _VAE,
                "the program's defaults, 15 epochs (Davidson et al. 2018, trained to the end: 137.08)",
                "nats, −ELBO",
                "the setting above",
                Measure.DIFFERENCE,
                high=0.0,
            ),
            Gate(
                "vae_2d_default_knn",
                _VAE,
                "the program's defaults, 15 epochs",
                "15-NN accuracy",
                _MEASURED_PLAIN,
                low=0.78,
                published=0.792,
            ),
        ),
        _default_vae,
        _SEEDS,
    ),
    Case(
        "ae_2d",
        _SUBJECT,
        (
            Gate(
                "ae_2d_mse", _AE, "defaults, 5 epochs", "MSE per pixel", _MEASURED_PLAIN, high=0.0385, published=0.0385
            ),
        ),
        _brief_ae,
        _SEEDS,
    ),
    Case(
        "ae_2d_long",
        _SUBJECT,
        (
            Gate(
                "ae_2d_knn",
                _AE,
                "784-360-360-360-2 mirrored, ReLU, Adam 2e-3, cosine, batch 128, 50 epochs",
                "15-NN accuracy",
                "PCA's plane",
                low=0.85,
                published=0.451,
            ),
        ),
        _long_ae,
        _SEEDS,
    ),
    Case(
        "cvae_2d",
        _SUBJECT,
        (
            Gate(
                "cvae_2d_elbo",
                "CVAE 2-D, freshly binarised MNIST",
                _PLAIN_IN_WORDS,
                "nats, −ELBO",
                "the same VAE without labels",
                Measure.DIFFERENCE,
                high=-5.0,
            ),
        ),
        _cvae,
        _SEEDS,
    ),
)
