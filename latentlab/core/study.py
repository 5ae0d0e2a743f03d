"""The pieces of work that an evaluation is made of, one after the other: cheap ones first, log-likelihoods last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch

from latentlab.core import bounds, diagnosis
from latentlab.core.batches import batches, device_of, evenly, pieces, sample, scaled
from latentlab.core.code_quality import (
    CODES,
    TOLD_CODES,
    Labelled,
    full_code_figures,
    neighbour_figures,
    probe_figure,
    trustworthiness_figure,
)
from latentlab.core.codebook_use import CodebookUse, bits_per_dimension, codebook_use
from latentlab.core.coverage import Coverage, coverage
from latentlab.core.data import Dataset, Split
from latentlab.core.diagnosis import Finding
from latentlab.core.errors import EvaluationError
from latentlab.core.evaluation_config import EvaluationConfig
from latentlab.core.figures import NATS, PIXEL, Done, Figure, mean_and_error, over_images
from latentlab.core.latent_use import ACTIVE_VARIANCE, Latent, latent_use
from latentlab.core.models.base import Model
from latentlab.core.plane import Floats, LatentPlane
from latentlab.core.quadrature import MOST_LATENTS, quadrature_nll
from latentlab.core.seeds import derived_seed
from latentlab.core.survey import Survey, survey

Checkpoint = Callable[[str, float], None]
"""Told what is being computed and the share of the whole that is done, between any two pieces of work of some ten
milliseconds. It may take its time, so that others come first; what it raises (`Cancelled`) ends the evaluation."""

Batches = Iterator[tuple[torch.Tensor, torch.Tensor | None]]

_GROUPS = ("Likelihood", "Likelihood of", "Reconstruction", "Latents", "Codebook", TOLD_CODES, CODES)
_TARGETS = {"grey": "grey targets", "fresh": "freshly binarised targets", "": "targets as they are"}
# What explains that all reconstructions are one picture.
_EXPLAIN_A_MEAN = {"posterior_collapse", "constant_codes", "codebook_collapse"}
_SEVERITIES = ("error", "warning", "info")
# Enough to lay a principal plane; the rest is projected onto it.
_PLANE_IMAGES = 10_000
# Codes of training images to look for neighbours among are held in memory all at once.
_MOST_NUMBERS = 1 << 26
_MOST_COMPARED = 5_000
# How much worse test images must fare to matter: a bound has the noise of the targets in it, an error has not.
_WORSE_BOUND, _WORSE_ERROR = 0.05, 0.25


class Study:
    """One evaluation at work; `conduct` it, then ask for what it found.

    Attributes:
        latents: of a model with a bound, what each latent carries; else empty.
    """

    def __init__(self, model: Model, dataset: Dataset, config: EvaluationConfig, step: int | None = None) -> None:
        """``step``: optimizer steps that the model has had, where they are known."""
        self._model, self._dataset, self._config, self._step = model, dataset, config, step
        self._test = sample(dataset.test, config.test_images, config.seed)
        wanted = min(config.train_images or len(dataset.train), max(1, _MOST_NUMBERS // model.latent_size))
        self._train = sample(dataset.train, wanted, config.seed)
        self._compared = sample(dataset.train, min(len(self._test), _MOST_COMPARED), config.seed)
        self._figures: list[Figure] = []
        self._findings: list[Finding] = []
        self.latents: tuple[Latent, ...] = ()
        self._seen: Survey | None = None
        # Of the images of the slow estimates, one by one.
        self._bounds: Floats | None = None
        self._nll: Floats | None = None
        self._nll_by = ""

    def conduct(self, checkpoint: Checkpoint | None) -> None:
        """Does all that the config asks for and the model allows.

        Raises:
            EvaluationError: the model's numbers are not finite.
        """
        plan = self._plan()
        whole, begun = sum(cost for _, cost, _ in plan), 0.0
        for text, cost, work in plan:

            def done(share: float, text: str = text, cost: float = cost, begun: float = begun) -> None:
                if checkpoint is not None:
                    checkpoint(text, min(1.0, (begun + cost * share) / whole))

            done(0.0)
            work(done)
            begun += cost
        if checkpoint is not None:
            checkpoint("Done", 1.0)

    def figures(self) -> tuple[Figure, ...]:
        """What was found, group by group."""
        return tuple(sorted(self._figures, key=lambda figure: _GROUPS.index(_kind(figure.group))))

    def findings(self) -> tuple[Finding, ...]:
        """What is wrong, the gravest first."""
        return tuple(sorted(self._findings, key=lambda finding: _SEVERITIES.index(finding.severity)))

    def _plan(self) -> list[tuple[str, float, Callable[[Done], None]]]:
        """What to do: its words, about what it costs (in images encoded or decoded), and how."""
        config, images = self._config, min(self._config.likelihood_images, len(self._test))
        labelled = self._train.labels is not None and self._test.labels is not None
        bounded = self._model.capabilities.bound
        sampled = bounded and config.importance_samples > 0
        integrated = bounded and config.quadrature and self._model.latent_size <= MOST_LATENTS
        tests, compared = 2.0 * len(self._test), 2.0 * len(self._compared)
        steps: list[tuple[str, float, Callable[[Done], None], bool]] = [
            ("Reconstructing test images", tests, self._reconstruct, True),
            ("Estimating the bound", tests * config.samples, self._bound, bounded),
            ("Comparing with training images", compared * (config.samples if bounded else 1), self._compare, True),
            ("Comparing with the mean image", 0.1 * len(self._train), self._judge_error, True),
            ("Looking for holes in the latent space", 20_000.0, self._cover, bounded),
            ("Looking for neighbours", len(self._train) + tests, self._neighbours, labelled),
            ("Judging the plane", 20_000.0, self._judge_plane, config.probes),
            ("Estimating the bound there", 2.0 * images * config.samples, self._bound_there, sampled or integrated),
            ("Sampling by importance", float(images * config.importance_samples), self._importance, sampled),
            ("Integrating over the latents", 400.0 * images, self._integrate, integrated),
            ("Comparing bound and likelihood", 1.0, self._gap, sampled or integrated),
        ]
        return [(text, cost, work) for text, cost, work, applies in steps if applies]

    def _add(self, *figures: Figure | None) -> None:
        self._figures += [figure for figure in figures if figure is not None]

    # Reconstruction, and what the codebook costs.

    def _reconstruct(self, done: Done) -> None:
        seen = self._seen = survey(self._model, self._test, self._dataset.full_scale, done)
        _demand_finite(seen.mean, seen.errors)
        error = mean_and_error(seen.errors)
        note = f"of the mean reconstruction, {over_images(len(self._test), 'test')}, pixels in [0, 1]"
        self._add(Figure("mse", "Squared error", "Reconstruction", *error, PIXEL, note))
        codebook = self._model.codebook()
        if codebook is not None and seen.codes is not None:
            self._count_codes(codebook_use(seen.codes, len(codebook)), error)

    def _count_codes(self, use: CodebookUse, error: tuple[float, float | None]) -> None:
        pixels, group = self._model.shape.pixels, "Codebook"
        note = f"of {use.size:,}, over {len(self._test):,} test images"
        self._add(
            Figure("codes_used", "Codes in use", group, float(use.used), None, "codes", note),
            Figure("perplexity", "Perplexity", group, *use.perplexity, "codes", note),
        )
        rate = use.places * np.log2(use.size) / pixels
        note = f"{use.places} codes of log2 {use.size:,} bits an image"
        self._add(Figure("code_bits", "Bits of the codes", group, float(rate), None, "bits per dimension", note))
        if error[0] > 0:
            bits = bits_per_dimension(error[0], self._dataset.full_scale, use, pixels)
            spread = None if error[1] is None else error[1] / (2.0 * np.log(2.0) * error[0])
            note = "codes, and what they leave under a normal distribution of the error's variance"
            self._add(Figure("bits_per_dim", "Bits in all", group, bits, spread, "bits per dimension", note))
        self._findings += diagnosis.codebook_collapse(use)

    # The bound.

    def _bound(self, done: Done) -> None:
        assert self._seen is not None
        reconstruction, kl = self._terms(self._batches(self._test), len(self._test), "evaluation", done)
        note = f"{self._targets}, {self._config.samples} samples, {len(self._test):,} test images"
        per_image = kl.sum(1)
        _demand_finite(reconstruction, per_image)
        for name, title, values in (
            ("neg_elbo", "−ELBO", reconstruction + per_image),
            ("reconstruction", "Reconstruction", reconstruction),
            ("kl", "KL", per_image),
        ):
            self._add(Figure(name, title, "Likelihood", *mean_and_error(values), NATS, note))
        self.latents = latent_use(kl, self._seen.mean)
        active = float(sum(latent.active for latent in self.latents))
        note = f"of {len(self.latents)}: their mean varies by more than {ACTIVE_VARIANCE} from image to image"
        self._add(Figure("active_units", "Active units", "Latents", active, None, "", note))
        if len(self._seen.mean) > 1:  # of one image no mean varies
            self._findings += diagnosis.posterior_collapse(self.latents)
            self._findings += diagnosis.constant_codes(self.latents)

    def _terms(self, images: Batches, count: int, purpose: str, done: Done) -> tuple[Floats, Floats]:
        """Reconstruction N and KL N×D of ``count`` images, as in `bounds.bound_terms`."""
        parts, seen, generator = [], 0, self._generator(purpose)
        for x, labels in images:

            def report(share: float, seen: int = seen, here: int = len(x)) -> None:
                done((seen + share * here) / count)

            terms = bounds.bound_terms(self._model, x, labels, self._config.samples, generator, report)
            parts.append([term.cpu().numpy() for term in terms])
            seen += len(x)
        reconstruction, kl = (np.concatenate(each) for each in zip(*parts, strict=True))
        return reconstruction, kl

    def _compare(self, done: Done) -> None:
        note = f"{len(self._compared):,} training images"
        if self._model.capabilities.bound:
            note = f"{self._targets}, {self._config.samples} samples, {note}"
            images = self._batches(self._compared)
            reconstruction, kl = self._terms(images, len(self._compared), "training images", done)
            train = mean_and_error(reconstruction + kl.sum(1))
            self._add(Figure("neg_elbo_train", "−ELBO, training", "Likelihood", *train, NATS, note))
            self._judge_gap("neg_elbo", train, "−ELBO", _WORSE_BOUND)
        else:
            seen = survey(self._model, self._compared, self._dataset.full_scale, done)
            train = mean_and_error(seen.errors)
            title = "Squared error, training"
            self._add(Figure("mse_train", title, "Reconstruction", *train, PIXEL, note))
            self._judge_gap("mse", train, "the squared error per pixel", _WORSE_ERROR)

    def _judge_gap(self, name: str, train: tuple[float, float | None], what: str, least: float) -> None:
        test = next(figure for figure in self._figures if figure.name == name)
        self._findings += diagnosis.overfitting(train, (test.value, test.error), what, least)

    def _judge_error(self, done: Done) -> None:
        mean_image = self._mean_image(lambda share: done(0.5 * share))
        compared = mean_and_error(self._errors_of(mean_image, self._test))
        note = f"of the mean training image, {over_images(len(self._test), 'test')}"
        self._add(Figure("mse_mean_image", "Squared error, mean image", "Reconstruction", *compared, PIXEL, note))
        test = self._value("mse"), compared[0]
        errors = {finding.name for finding in self._findings if finding.severity == "error"}
        overfitted = any(finding.name == "overfitting" for finding in self._findings)
        silent = bool(self.latents) and not diagnosis.says_something(self.latents)
        if errors & _EXPLAIN_A_MEAN or overfitted or silent or not diagnosis.restores_little(*test):
            return
        full_scale = self._dataset.full_scale
        seen = survey(self._model, self._compared, full_scale, lambda share: done(0.5 + 0.5 * share))
        train = float(seen.errors.mean()), float(self._errors_of(mean_image, self._compared).mean())
        self._findings += diagnosis.no_better_than_the_mean(test, train, self._step)

    def _mean_image(self, done: Done) -> torch.Tensor:
        """Of all training images, C×H×W."""
        total, seen = torch.zeros((), device=device_of(self._model)), 0
        for x, _ in self._batches(self._dataset.train):
            total = total + x.sum(0)
            seen += len(x)
            done(seen / len(self._dataset.train))
        return total / seen

    def _errors_of(self, image: torch.Tensor, split: Split) -> Floats:
        """Squared error per pixel of one image in the place of each."""
        parts = [(x - image).square().flatten(1).mean(1).cpu() for x, _ in self._batches(split)]
        errors: Floats = torch.cat(parts).numpy()
        return errors

    def _value(self, name: str) -> float:
        return next(figure.value for figure in self._figures if figure.name == name)

    def _cover(self, done: Done) -> None:
        seen = self._seen
        assert seen is not None and seen.scale is not None
        kl = np.array([latent.kl for latent in self.latents])
        found: Coverage = coverage(seen.mean, seen.scale, kl, done)
        note = (
            "share of the prior's mass within 2 σ where the aggregate posterior has under a tenth of its density, in "
            f"the emptiest plane of two of the busiest latents; {found.images:,} test images"
        )
        self._add(Figure("holes", "Prior hardly visited", "Latents", found.holes, found.holes_error, "", note))
        note = "share of the aggregate posterior beyond 3 σ of the prior, of the worst latent; of the prior it is .003"
        self._add(Figure("strays", "Codes outside the prior", "Latents", found.strays, found.strays_error, "", note))
        if diagnosis.says_something(self.latents):  # else more weight for the KL, its remedy, is what is not wanted
            self._findings += diagnosis.holes(found)

    # Codes.

    def _neighbours(self, done: Done) -> None:
        assert self._seen is not None and self._train.labels is not None and self._test.labels is not None
        full_scale = self._dataset.full_scale
        codes = survey(self._model, self._train, full_scale, lambda share: done(0.5 * share), decode=False).mean
        plane = _default_plane(codes)
        told = self._model.capabilities.conditional
        train, test = Labelled(codes, self._train.labels, told), Labelled(self._seen.mean, self._test.labels, told)
        there, asked = (replace(each, codes=plane.project(each.codes)) for each in (train, test))
        self._add(*neighbour_figures(there, asked, "", "plane"))
        done(0.7)
        if self._config.probes:
            if self._model.latent_size > 2:
                self._add(*full_code_figures(train, test))
                done(0.9)
            self._add(probe_figure(train, test))

    def _judge_plane(self, done: Done) -> None:
        assert self._seen is not None
        positions = _default_plane(self._seen.mean).project(self._seen.mean)
        self._add(trustworthiness_figure(self._test.images, positions))

    # Log-likelihoods.

    def _bound_there(self, done: Done) -> None:
        x, labels = self._likelihood_images()
        reconstruction, kl = self._terms(pieces(x, labels), len(x), "evaluation", done)
        note = f"{self._targets}, {self._config.samples} samples, {len(x):,} test images"
        self._bounds = reconstruction + kl.sum(1)
        figure = mean_and_error(self._bounds)
        self._add(Figure("neg_elbo_there", "−ELBO of these images", self._few, *figure, NATS, note))

    def _importance(self, done: Done) -> None:
        x, labels = self._likelihood_images()
        samples = self._config.importance_samples
        nll = bounds.importance_nll(self._model, x, labels, samples, self._generator("importance"), done)
        note = f"importance sampling, {samples:,} samples; {self._targets}, {len(x):,} test images"
        figure = mean_and_error(nll.cpu().numpy())
        self._add(Figure("nll_importance", "NLL, importance", self._few, *figure, NATS, note))
        self._nll, self._nll_by = nll.cpu().numpy(), "importance sampling"

    def _integrate(self, done: Done) -> None:
        x, labels = self._likelihood_images()
        found = quadrature_nll(self._model, x, labels, done)
        sure = "" if found.converged else f" not converged (it changed by {found.change:.2f} nats),"
        grid = f"{found.points:,}{'²' if self._model.latent_size == 2 else ''} points on ±{found.half_width:.3g}"
        note = f"quadrature,{sure} {grid}; {self._targets}, {len(x):,} test images"
        figure = mean_and_error(found.nll.cpu().numpy())
        self._add(Figure("nll_quadrature", "NLL, quadrature", self._few, *figure, NATS, note))
        if found.converged or self._nll is None:
            self._nll, self._nll_by = found.nll.cpu().numpy(), f"quadrature{sure.rstrip(',')}"

    def _gap(self, done: Done) -> None:
        assert self._bounds is not None and self._nll is not None
        note = f"−ELBO less NLL by {self._nll_by}, image by image, {len(self._nll):,} test images"
        gap = mean_and_error(self._bounds - self._nll)
        self._add(Figure("elbo_gap", "Gap, −ELBO − NLL", self._few, *gap, NATS, note))

    @property
    def _few(self) -> str:
        """The heading of what is of the images of the slow estimates alone."""
        images = min(self._config.likelihood_images, len(self._test))
        return f"Likelihood of {images:,} test image{'' if images == 1 else 's'}"

    def _likelihood_images(self) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The same images, binarised in the same way, for both estimates."""
        some = sample(self._test, self._config.likelihood_images, self._config.seed)
        x, labels = scaled(some, self._dataset.full_scale, device_of(self._model))
        return bounds.binarised(self._model, x, self._generator("targets")), labels

    @property
    def _targets(self) -> str:
        return _TARGETS[self._model.capabilities.binarisation]

    def _batches(self, split: Split) -> Batches:
        return batches(split, self._dataset.full_scale, device_of(self._model))

    def _generator(self, purpose: str) -> torch.Generator:
        generator = torch.Generator(device_of(self._model))
        generator.manual_seed(derived_seed(self._config.seed, purpose))
        return generator


def _kind(group: str) -> str:
    """A heading without its number of images."""
    return "Likelihood of" if group.startswith("Likelihood of") else group


def _demand_finite(*values: Floats) -> None:
    if not all(np.isfinite(each).all() for each in values):
        raise EvaluationError(
            "The model's numbers have grown beyond all bounds, so there is nothing to measure; start over with a "
            "smaller learning rate."
        )


def _default_plane(latents: Floats) -> LatentPlane:
    """The plane that latents N×D are shown on: themselves up to two dimensions, else the principal one."""
    size = latents.shape[1]
    if size <= 2:
        return LatentPlane.of_axes(size, 0, size - 1)
    return LatentPlane.principal(latents[evenly(len(latents), _PLANE_IMAGES)])
