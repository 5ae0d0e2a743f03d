"""The VQ-VAE on MNIST: how well its codes write an image, and what its learned prior draws."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from torch import Tensor

from latentlab.core.code_prior import CodePrior, PriorConfig
from latentlab.core.data import Split
from latentlab.core.prior_training import PriorFit
from quality_gates.cases import Case
from quality_gates.gates import Figure, Gate, Measure
from quality_gates.judge import frechet_distance, judged, share_of_copies, train_judge, worst_share
from quality_gates.measures import error_per_pixel
from quality_gates.sets import images, labels
from quality_gates.work import Measurement, Settings, Trained

_SUBJECT = "VQ-VAE and its prior"
_CODES, _GRID, _EPOCHS, _SAMPLES = 256, 7, 20, 2000
_AT_ONCE = 500
_MODEL = "VQ-VAE 7×7 of 256 codes, MNIST"
_SETTING = f"defaults, Adam 2e-3, {_EPOCHS} epochs"
_TRAINING: Settings = {"epochs": _EPOCHS, "learning_rate": 2e-3}


def _train(measurement: Measurement) -> Trained:
    return measurement.train("vqvae", {"grid": _GRID, "codes": _CODES}, _TRAINING)


@torch.inference_mode()
def _written(trained: Trained, split: Split, device: torch.device) -> Tensor:
    """The codes N×7×7 of a split's images."""
    x = images(split, trained.dataset.full_scale, device)
    parts = [trained.model.encode(batch).codes for batch in torch.split(x, _AT_ONCE)]
    return torch.cat([part for part in parts if part is not None])


def _codebook(measurement: Measurement) -> dict[str, Figure]:
    trained = _train(measurement)
    used = len(torch.unique(_written(trained, trained.dataset.test, measurement.device)))
    return {"vqvae_mse": Figure(error_per_pixel(trained)), "vqvae_codes_used": Figure(used / _CODES)}


def unigram_entropy(codes: Tensor) -> float:
    """Entropy of the frequencies of codes N×h×w times h·w: nats per image of a prior that knows no more."""
    shares = np.bincount(codes.cpu().numpy().ravel()) / codes.numel()
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum() * codes[0].numel())


def places_nll(train: Tensor, test: Tensor, count: int) -> float:
    """−log p of code maps N×h×w, nats per image, of a prior that knows each place's frequencies and no other code.

    Those of ``train``, with one more of each of ``count`` codes at each place, so that none is impossible (Laplace).
    """
    there, asked = (codes.cpu().numpy().reshape(len(codes), -1) for codes in (train, test))
    nll = 0.0
    for place in range(there.shape[1]):
        shares = (np.bincount(there[:, place], minlength=count) + 1.0) / (len(there) + count)
        nll -= float(np.log(shares)[asked[:, place]].mean())
    return nll


@torch.inference_mode()
def prior_nll(prior: CodePrior, codes: Tensor) -> float:
    """−log p of code maps N×h×w, nats per image, from the logits of each place."""
    total = 0.0
    for batch in torch.split(codes, _AT_ONCE):
        log_p = torch.log_softmax(prior(batch).double(), 1)
        total -= float(log_p.gather(1, batch[:, None]).sum())
    return total / len(codes)


@torch.inference_mode()
def sees_ahead(prior: CodePrior, codes: Tensor) -> float:
    """The most that a logit changes where a code at its place or behind it does: 0, or the NLL means nothing."""
    before = prior(codes)
    worst = 0.0
    for place in range(codes[0].numel()):
        changed = codes.flatten(1).clone()
        changed[:, place:] = (changed[:, place:] + 1) % _CODES
        after = prior(changed.view_as(codes))
        worst = max(worst, float((after - before).flatten(2)[:, :, : place + 1].abs().max()))
    return worst


@torch.inference_mode()
def _decoded(model: Any, codes: Tensor) -> Tensor:
    return torch.cat([model.decode_codes(batch) for batch in torch.split(codes, _AT_ONCE)])


def _prior(measurement: Measurement) -> dict[str, Figure]:
    trained, device = _train(measurement), measurement.device
    config = PriorConfig(seed=measurement.seed)
    learning = PriorFit(copy.deepcopy(trained.model), trained.dataset, config, trained.run.step, device)
    for progress in learning.events():
        measurement.check(f"the prior: {progress.what}")
    assert learning.learned is not None
    prior = learning.learned.network.to(device)
    train_codes, codes = (_written(trained, split, device) for split in (trained.dataset.train, trained.dataset.test))
    nll = prior_nll(prior, codes)

    generator = torch.Generator().manual_seed(measurement.seed)
    drawn = []
    for _ in range(_SAMPLES // _AT_ONCE):
        *_, last = prior.draw(_AT_ONCE, 1.0, generator)
        drawn.append(last.clone())
        measurement.check(f"{len(drawn) * _AT_ONCE} of {_SAMPLES} samples drawn")
    uniform = torch.randint(_CODES, (_SAMPLES, _GRID, _GRID), generator=generator).to(device)
    samples, noise = (_decoded(trained.model, maps) for maps in (torch.cat(drawn), uniform))

    data = trained.dataset
    judge = train_judge(data, device, measurement.check)
    train, test = (images(split, data.full_scale, device) for split in (data.train, data.test))
    real = labels(data.test).numpy()
    (features, answers), (seen, classes), (random, _) = (judged(judge, x) for x in (test, samples, noise))
    threshold = error_per_pixel(trained)
    return {
        "judge_accuracy": Figure(float((answers == real).mean())),
        "prior_sees_no_future": Figure(sees_ahead(prior, codes[:4])),
        "prior_nll": Figure(nll, unigram_entropy(codes)),
        "prior_nll_beside_places": Figure(nll, places_nll(train_codes, codes, _CODES)),
        "prior_classes": Figure(worst_share(classes, real)),
        "prior_frechet": Figure(frechet_distance(seen, features), frechet_distance(random, features)),
        "prior_copies": Figure(share_of_copies(samples, train, threshold), share_of_copies(test, train, threshold)),
    }


_PRIOR_SETTING = f"the same, and a prior at its defaults, {PriorConfig().epochs} epochs; {_SAMPLES:,} samples"

CASES = (
    Case(
        "vqvae",
        _SUBJECT,
        (
            Gate("vqvae_mse", _MODEL, f"{_SETTING}; test images", "MSE per pixel", "asked for", high=0.003),
            Gate("vqvae_codes_used", _MODEL, f"{_SETTING}; test images", "of the codes used", "asked for", low=0.9),
        ),
        _codebook,
        3,
    ),
    Case(
        "vqvae_prior",
        _SUBJECT,
        (
            Gate("judge_accuracy", "a convnet that judges", "6 epochs of MNIST", "accuracy", "asked for", low=0.99),
            Gate("prior_sees_no_future", _MODEL, "learned prior", "change of a logit", "exact", low=0.0, high=0.0),
            Gate(
                "prior_nll",
                _MODEL,
                f"{_PRIOR_SETTING}; test code maps",
                "nats per image",
                "unigram entropy of the codes",
                Measure.RATIO,
                high=1.0,
            ),
            Gate(
                "prior_nll_beside_places",
                _MODEL,
                f"{_PRIOR_SETTING}; test code maps",
                "nats per image",
                "frequencies at each place, of training code maps",
                Measure.RATIO,
                high=0.9,
            ),
            Gate(
                "prior_classes",
                _MODEL,
                f"{_PRIOR_SETTING}, judged",
                "times the real share, the worst class",
                "the test images' classes",
                high=2.0,
            ),
            Gate(
                "prior_frechet",
                _MODEL,
                f"{_PRIOR_SETTING}, in the judge's 128 features",
                "Fréchet distance",
                "uniform codes",
                Measure.RATIO,
                high=0.5,
            ),
            Gate(
                "prior_copies",
                _MODEL,
                f"{_PRIOR_SETTING}; as close to a training image as a reconstruction to its original",
                "of the samples",
                "real test images",
                high=0.01,
            ),
        ),
        _prior,
        3,
    ),
)
