"""The importance-weighted autoencoder's likelihood, by the network of its paper."""

from __future__ import annotations

from quality_gates.cases import Case
from quality_gates.gates import Figure, Gate
from quality_gates.measures import nll_of_binarised
from quality_gates.work import Measurement, Settings

_SAMPLES = 5000

# Burda et al. 2016: two hidden layers of 200 tanh units, 50 latents, batch 20; theirs ran 3,280 epochs in stages.
_BODY: Settings = {
    "latent_dim": 50,
    "hidden": 200,
    "depth": 2,
    "taper": "same",
    "activation": "tanh",
    "binarisation": "fresh",
    "bound": "iwae",
    "gradient": "doubly",
}
# A step of 50 samples costs as much as five steps of 5, by which the network gets most of the way.
_FEW: Settings = {"samples": 5}
_FEW_TRAINING: Settings = {"epochs": 200, "batch_size": 100, "learning_rate": 3e-3, "schedule": "constant"}
_MANY: Settings = {"samples": 50}
_MANY_TRAINING: Settings = {"epochs": 115, "batch_size": 50, "learning_rate": 1.5e-3, "schedule": "cosine"}


def _iwae(measurement: Measurement) -> dict[str, Figure]:
    begun = measurement.train("vae", {**_BODY, **_FEW}, _FEW_TRAINING)
    trained = measurement.train_on(begun, {**_BODY, **_MANY}, _MANY_TRAINING)
    return {"iwae_50d_nll": Figure(nll_of_binarised(trained, measurement, _SAMPLES))}


CASES = (
    Case(
        "iwae_50d_nll",
        "Likelihoods of more latents",
        (
            Gate(
                "iwae_50d_nll",
                "IWAE 50-D, freshly binarised MNIST",
                "784-200-200-50 mirrored, tanh, doubly reparameterised, Adam; 200 epochs of 5 samples, 3e-3, batch "
                "100, then 115 of 50 samples, 1.5e-3, cosine, batch 50; 5,000 samples an image",
                "nats, NLL",
                "Burda et al. 2016, k = 50",
                high=85.0,
                published=84.78,
            ),
        ),
        _iwae,
    ),
)
