"""A drawing under every class that a conditional model knows: what it is rebuilt to, and which explains it best."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
import torch
from torch import Tensor

from latentlab.core.bounds import binarised, posterior
from latentlab.core.drawing import Framing
from latentlab.core.models.base import Model, gaussian_kl, normal_noise
from latentlab.core.plane import Floats
from latentlab.core.portions import in_parts
from latentlab.core.requests import Request
from latentlab.core.seeds import derived_seed
from latentlab.core.serving import Images, LatentServer, to_bytes

# The same draws serve every class, so that few tell them apart, and every time, so that the figures stand still.
_SAMPLES = 8
_SEED = derived_seed(0, "a drawing under every class")


@dataclass(frozen=True, eq=False)
class ClassScores:
    """Answer of `CompareClasses`.

    Attributes:
        images: uint8 K×C×H×W of 0 to 255, the reconstruction under each class.
        figures: K; −ELBO in nats where the model has a bound, else the squared error per pixel, both images in [0, 1].
        bounds: which of the two they are.
    """

    images: Images
    figures: Floats
    bounds: bool

    @property
    def best(self) -> int | None:
        """The class of the least figure; None where the model's numbers are not finite."""
        return int(self.figures.argmin()) if np.isfinite(self.figures).all() else None


@dataclass(frozen=True, eq=False)
class CompareClasses(Request):
    """A sheet encoded and decoded as each class; in parts, of which only the last is the answer, the others None.

    The same sheet, weights and device give the same figures.

    Attributes:
        sheet: uint8 C×H×W, as `Framing.image` takes it.
        framing: of the data set.
        classes: K, how many the conditional model knows.
    """

    urgency: ClassVar[int] = 3
    sheet: Images
    framing: Framing
    classes: int

    def answers(self, server: LatentServer) -> Iterator[ClassScores | None]:
        x = server.input(self.framing.image(self.sheet)[None])
        bounds = server.source.capabilities.bound
        draws = _draws(cast(Model, server.source), x) if bounds else []  # no projection has a bound
        images: list[Images] = []
        figures: list[Tensor] = []
        labels = torch.arange(self.classes)
        for part in in_parts(self.classes, clock=server.clock):
            some = labels[part].to(server.device)
            rebuilt = server.reconstruct_exactly(x.expand(len(some), -1, -1, -1), some.cpu().numpy())
            images.append(to_bytes(rebuilt))
            figure = (rebuilt - x).square().flatten(1).mean(1)
            yield None
            if bounds:
                figure = torch.zeros(len(some), device=server.device)
                for target, noise in draws:
                    figure = figure + _negative_bound(cast(Model, server.source), target, some, noise) / len(draws)
                    yield None
            figures.append(figure)
        yield ClassScores(np.concatenate(images), torch.cat(figures).cpu().numpy(), bounds)


def _draws(model: Model, x: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Targets 1×C×H×W of one image, and the noise 1×D that belongs to each; as `bounds.bound_terms` draws them."""
    generator = torch.Generator(x.device).manual_seed(_SEED)
    latent = torch.empty(1, model.latent_size, device=x.device)
    return [(binarised(model, x, generator), normal_noise(latent, generator)) for _ in range(_SAMPLES)]


@torch.inference_mode()
def _negative_bound(model: Model, target: Tensor, labels: Tensor, noise: Tensor) -> Tensor:
    """−ELBO of one image under K labels at one draw, nats, shape K."""
    mean, scale = posterior(model, target.expand(len(labels), -1, -1, -1), labels)
    nll = model.neg_log_likelihood(torch.addcmul(mean, scale, noise), target, labels)
    return nll + gaussian_kl(mean, 2.0 * scale.log()).sum(1)
