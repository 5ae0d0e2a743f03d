"""New images from a model: latents from its prior or from a normal fitted to its codes, or code maps, decoded; every
sheet of samples has its seed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
import torch
from torch import Tensor

from latentlab.core.code_prior import CodeLayout, LearnedPrior
from latentlab.core.fitted_normal import FittedNormal
from latentlab.core.models import Model
from latentlab.core.plane import Floats
from latentlab.core.prior_training import layout_of
from latentlab.core.requests import Request
from latentlab.core.seeds import derived_seed
from latentlab.core.serving import Images, LatentServer, to_bytes

SHEET = 60
"""Images in a sheet of samples."""

EACH = 12
"""Latents in a sheet that shows every one of them in several classes."""


@dataclass(frozen=True)
class Samples:
    """A sheet of new images.

    Attributes:
        sampler: where they come from, as in `Capabilities.sampler`; "" where the model has no prior and latents were
            drawn from the standard normal distribution all the same.
        images: uint8 N×C×H×W; with several classes first all of the first class, and so on. Of uniform codes where
            the sampler is "codes" and no prior was learned.
        latents: n×D, what the images (of each class) were decoded from, or None where they come from codes.
        classes: the classes that were drawn, empty where the model is not conditional.
        uniform: uint8 N×C×H×W of uniform codes, for comparison, where ``images`` are of a learned prior; else None.
        fitted: uint8 as ``images``, of latents from a normal distribution that is fitted to the shown images' codes;
            None where it was not wanted or none of them is encoded yet.
        fitted_latents: n×D of these, or None.
    """

    sampler: str
    images: Images
    latents: Floats | None = None
    classes: tuple[int, ...] = ()
    uniform: Images | None = None
    fitted: Images | None = None
    fitted_latents: Floats | None = None


@dataclass(frozen=True, eq=False)
class DrawSamples(Request):
    """A sheet of samples, in parts; only the last is the answer, `Samples`, the others None.

    The same seed, temperature, weights and prior give the same sheet, and the same codes the same fitted one.

    Attributes:
        seed: start of the random numbers, which nothing else draws from.
        temperature: scales the standard deviation of latents, and divides the logits of codes.
        classes: what to draw from a conditional model; others take no notice of it.
        prior: over the codes of the very weights that are served, or None for uniform codes.
        fitted: samples of a normal fitted to the codes are wanted beside those of a prior; without one they always are.
    """

    urgency: ClassVar[int] = 6
    seed: int
    temperature: float = 1.0
    classes: tuple[int, ...] = ()
    prior: LearnedPrior | None = None
    fitted: bool = False

    def answers(self, server: LatentServer) -> Iterator[Samples | None]:
        capabilities = server.source.capabilities
        if capabilities.sampler == "codes":
            yield from self._from_codes(server)
        else:
            yield from self._from_latents(server, capabilities.sampler, self.classes if server.conditional else ())

    def _from_latents(
        self, server: LatentServer, sampler: str, classes: tuple[int, ...]
    ) -> Iterator[Samples | None]:
        count = EACH if len(classes) > 1 else SHEET
        latents = normal_latents(count, server.source.latent_size, self.temperature, self.seed)
        images = yield from _of_classes(server, latents, classes)
        normal = FittedNormal.of(_codes(server)) if self.fitted or not sampler else None
        if normal is None:
            yield Samples(sampler, images, latents.numpy(), classes)
            return
        placed = normal.placed(latents)
        fitted = yield from _of_classes(server, placed, classes)
        yield Samples(sampler, images, latents.numpy(), classes, fitted=fitted, fitted_latents=placed.numpy())

    def _from_codes(self, server: LatentServer) -> Iterator[Samples | None]:
        model = cast(Model, server.source)  # no projection has codes
        codes = uniform_codes(SHEET, layout_of(model), self.seed)
        images = yield from _in_parts(server, model.decode_codes, codes)
        if self.prior is None:
            yield Samples("codes", images)
            return
        generator = torch.Generator()
        generator.manual_seed(derived_seed(self.seed, "codes of a prior"))
        for codes in self.prior.network.draw(SHEET, self.temperature, generator):  # noqa: B007 - the last is complete
            yield None
        learned = yield from _in_parts(server, model.decode_codes, codes)
        yield Samples("codes", learned, uniform=images)


def normal_latents(count: int, size: int, temperature: float, seed: int) -> Tensor:
    """``count`` × ``size`` latents from N(0, ``temperature``²·I)."""
    generator = torch.Generator()
    generator.manual_seed(derived_seed(seed, "latents of a prior"))
    return temperature * torch.randn(count, size, generator=generator)


def uniform_codes(count: int, layout: CodeLayout, seed: int) -> Tensor:
    """Code maps ``count``×h×w, every code as likely as any other at every place."""
    generator = torch.Generator()
    generator.manual_seed(derived_seed(seed, "uniform codes"))
    return torch.randint(layout.codes, (count, layout.height, layout.width), generator=generator)


def _codes(server: LatentServer) -> Floats:
    """The codes n×D of the shown images, as far as these are encoded."""
    cloud = server.cloud
    if cloud is None or cloud.latents is None:
        return np.empty((0, server.source.latent_size), np.float32)
    return cloud.latents[cloud.encoded]


def _of_classes(
    server: LatentServer, latents: Tensor, classes: tuple[int, ...]
) -> Generator[None, None, Images]:
    """Latents n×D decoded as each of the classes in turn, or once where there are none; as `_in_parts`."""
    sheets: list[Images] = []
    for label in classes or (None,):
        sheet = yield from _in_parts(server, _decoder(server, label), latents)
        sheets += [sheet]
    return np.concatenate(sheets)


def _decoder(server: LatentServer, label: int | None) -> Callable[[Tensor], Tensor]:
    if label is None:
        return server.source.decode
    return lambda z: server.source.decode(z, torch.full((len(z),), label, device=z.device))


def _in_parts(
    server: LatentServer, decode: Callable[[Tensor], Tensor], drawn: Tensor
) -> Generator[None, None, Images]:
    """Decodes what was drawn; yields None between two parts and returns uint8 images N×C×H×W."""
    images: list[Images] = []
    start = 0
    while start < len(drawn):
        part = drawn[start : start + server.decoded_at_once.size].to(server.device)
        began = server.clock()
        with torch.inference_mode():
            images.append(to_bytes(decode(part)))
        server.decoded_at_once.took(len(part), server.clock() - began)
        start += len(part)
        yield None
    return np.concatenate(images)
