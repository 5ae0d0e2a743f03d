"""What is wrong with a model, in plain words, and what helps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from latentlab.core.codebook_use import CodebookUse
from latentlab.core.coverage import Coverage
from latentlab.core.latent_use import Latent

Severity = Literal["info", "warning", "error"]

_FEW_USED = 0.5
_VERY_FEW_USED = 0.1
_UNEVEN = 0.1
# So many codes were drawn for each vector of the codebook that leaving many out cannot be chance.
_ENOUGH_CODES = 5
_HOLES, _STRAYS = 0.25, 0.25
_HARDLY_ANYTHING = 1.0  # nats, which do not tell even three kinds of image apart
_NEAR_THE_PRIOR = 0.1  # nats of one latent; of one that is switched off there are some hundredths at most
_CLEAR_ERRORS = 3.0
# Of the variance; the least that a well trained model explains is that of one principal component, of MNIST 10 %.
_HARDLY_BETTER = 0.05
_FEW_STEPS = 1_000


@dataclass(frozen=True)
class Finding:
    """Something to know of a model.

    Attributes:
        name: stable, for programs.
        severity: ``info`` is no fault, ``warning`` limits what the model can do, ``error`` makes it useless.
        sentence: what is the case.
        remedy: what helps.
    """

    name: str
    severity: Severity
    sentence: str
    remedy: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def posterior_collapse(latents: Sequence[Latent]) -> list[Finding]:
    """Latents whose posterior is the prior whatever the image (Bowman et al. 2016; Lucas et al. 2019)."""
    constant = sum(_pays_for_nothing(latent) for latent in latents)
    off = sum(not latent.active for latent in latents) - constant
    if constant and not any(latent.active for latent in latents):
        return []  # `constant_codes` says it
    said = _nats_said(latents)
    if not off and said >= _HARDLY_ANYTHING:
        return []
    if off < len(latents) and said < _HARDLY_ANYTHING:
        sentence = f"The latents say hardly anything of an image: {said:.2f} nats in all (near posterior collapse)."
        remedy = "Train longer; if it stays so, let the KL weigh less (a smaller β or γ, KL warm-up, free bits)."
        return [Finding("posterior_collapse", "warning", sentence, remedy)]
    if off == len(latents):
        sentence = "The posterior has collapsed: every image has the same code, and the decoder ignores it."
        remedy = (
            "Train longer; if it stays so, let the KL term come in slowly (KL warm-up or free bits of a VAE, a smaller "
            "β or γ)."
        )
        return [Finding("posterior_collapse", "error", sentence, remedy)]
    verbs = ("is", "says") if off == 1 else ("are", "say")
    what = f"{verbs[0]} switched off and {verbs[1]} nothing of the image"
    sentence = f"{off} of {len(latents)} latents {what} (posterior collapse)."
    if 2 * off <= len(latents):
        remedy = (
            f"Often no harm: {len(latents) - off} may be all that it needs, and a smaller latent dimension does as "
            "well. Where a β above 1 switched them off, a smaller one shows what they would say."
        )
        return [Finding("posterior_collapse", "info", sentence, remedy)]
    remedy = (
        "Let the KL term come in slowly (KL warm-up or free bits of a VAE, a smaller β or γ), or choose a smaller "
        "latent dimension."
    )
    return [Finding("posterior_collapse", "warning", sentence, remedy)]


def constant_codes(latents: Sequence[Latent]) -> list[Finding]:
    """Latents that say the same of every image, far from the prior: no collapse, which would cost nothing."""
    constant = [latent for latent in latents if _pays_for_nothing(latent)]
    if not constant:
        return []
    paid = sum(latent.kl for latent in constant)
    verbs = ("says", "pays") if len(constant) == 1 else ("say", "pay")
    sentence = (
        f"{len(constant)} of {len(latents)} latents {verbs[0]} the same of every image and still {verbs[1]} "
        f"{paid:.2f} nats for it."
    )
    remedy = (
        "Usually a sign that training has hardly begun: train longer. If it stays so, choose a smaller latent "
        "dimension, fewer free bits, or for a capacity that grows a smaller γ."
    )
    if any(latent.active for latent in latents):
        return [Finding("constant_codes", "warning", sentence, remedy)]
    return [Finding("constant_codes", "error", f"Every image has the same code: {sentence}", remedy)]


def says_something(latents: Sequence[Latent]) -> bool:
    """Whether the latents tell images apart at all; where they do not, the finding is theirs."""
    return any(latent.active for latent in latents) and _nats_said(latents) >= _HARDLY_ANYTHING


def _nats_said(latents: Sequence[Latent]) -> float:
    return sum(latent.kl for latent in latents if not _pays_for_nothing(latent))


def _pays_for_nothing(latent: Latent) -> bool:
    return not latent.active and latent.kl >= _NEAR_THE_PRIOR


def codebook_collapse(use: CodebookUse) -> list[Finding]:
    """A codebook of which the images use little."""
    if use.counts.sum() < _ENOUGH_CODES * use.size:
        return []
    remedy = (
        "Begin from k-means and replace codes that fall out of use, or choose a smaller codebook or a smaller code "
        "dimension (8 to 32)."
    )
    if use.used < _FEW_USED * use.size:
        severity: Severity = "error" if use.used < _VERY_FEW_USED * use.size else "warning"
        sentence = f"The codebook has collapsed: images use {use.used:,} of its {use.size:,} codes."
        return [Finding("codebook_collapse", severity, sentence, remedy)]
    perplexity = use.perplexity[0]
    if perplexity < _UNEVEN * use.size:
        sentence = f"A few codes do nearly all the work: {use.size:,} say no more than {perplexity:,.0f} used evenly."
        return [Finding("codebook_collapse", "warning", sentence, remedy)]
    return []


def holes(found: Coverage) -> list[Finding]:
    """A prior that draws where no image is, or images that lie where the prior does not draw."""
    findings = []
    if found.holes > _HOLES:
        sentence = (
            f"The latent space has holes: seen along two latents, about {found.holes:.0%} of what the prior draws lies "
            "where hardly any image is encoded, and decodes to nothing the model has learned."
        )
        remedy = "Give the KL term more weight (a beta-VAE, a larger β), or train longer."
        findings.append(Finding("holes", "warning", sentence, remedy))
    if found.strays > _STRAYS:
        sentence = (
            f"The codes lie outside the prior: along one latent, {found.strays:.0%} of them are beyond three standard "
            "deviations, where the prior almost never draws."
        )
        remedy = (
            "Give the KL term more weight (a beta-VAE, a larger β); samples from the prior show only a part of the "
            "images."
        )
        findings.append(Finding("strays", "warning", sentence, remedy))
    return findings


def overfitting(
    train: tuple[float, float | None], test: tuple[float, float | None], what: str, least: float
) -> list[Finding]:
    """Test images that fare clearly worse than training images.

    Args:
        train, test: a mean that is better the smaller it is, and its standard error.
        what: names it, with its unit.
        least: share of the training images' figure by which it must be worse to matter, however sure it is.
    """
    if train[1] is None or test[1] is None:
        return []
    gap, error = test[0] - train[0], math.hypot(train[1], test[1])
    if gap <= _CLEAR_ERRORS * error or gap <= least * abs(train[0]):
        return []
    sentence = (
        f"The model learns its examples by heart: {what} is {test[0]:.4g} on test images and {train[0]:.4g} on "
        f"training images{f', {gap / error:.0f} standard errors apart' if error else ''}."
    )
    remedy = "Train on more images or for fewer epochs, or choose a smaller network or latent dimension."
    return [Finding("overfitting", "warning", sentence, remedy)]


def no_better_than_the_mean(
    test: tuple[float, float], train: tuple[float, float] | None, step: int | None
) -> list[Finding]:
    """Reconstructions that show no more than one picture for every image, the mean of the training images, would.

    Args:
        test: squared error per pixel of the reconstructions of test images, and of the mean image in their place.
        train: the same of training images; None where it is not known.
        step: optimizer steps that the model has had, or None where they are not known.
    """
    if not restores_little(*test):
        return []
    better = "no better" if test[0] >= test[1] else "hardly better"
    sentence = (
        f"So far the model restores test images {better} than their mean would: its squared error is {test[0]:.4g} per "
        f"pixel, that of the mean training image, shown for every one, {test[1]:.4g}."
    )
    if train is not None and not restores_little(*train):
        sentence += f" Training images it restores, with {train[0]:.4g}."
        remedy = "Train on more images, or choose a smaller network or latent dimension."
    elif step is not None and step < _FEW_STEPS:
        steps = "1 step" if step == 1 else f"{step} steps"
        remedy = f"Train longer: it has had {steps}, and some thousands are usual; choose more epochs."
    else:
        remedy = (
            "Train longer (more epochs); if it stays so, try another learning rate, or a larger network or latent "
            "dimension."
        )
    severity: Severity = "error" if test[0] >= test[1] else "warning"
    return [Finding("no_better_than_mean", severity, sentence, remedy)]


def restores_little(error: float, of_the_mean: float) -> bool:
    """Whether a squared error is no better, or hardly, than that of the mean image."""
    return of_the_mean > 0 and error > (1.0 - _HARDLY_BETTER) * of_the_mean
