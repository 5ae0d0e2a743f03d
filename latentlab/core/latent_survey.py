"""What each latent says of the data, measured on a sample: its KL or variance, and the values it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from latentlab.core.models.base import gaussian_kl
from latentlab.core.plane import Floats
from latentlab.core.portions import in_parts
from latentlab.core.requests import Request
from latentlab.core.serving import LatentServer

_SAMPLE = 1000
_RANGE = 1.0, 99.0
"""Percentiles between which nearly all images lie; the outliers beyond would make every slider coarse."""
_NARROWEST = 1e-3


@dataclass(frozen=True)
class LatentSurvey:
    """Of D latents over some images.

    Attributes:
        kl: D, KL(q(z|x) ‖ N(0, 1)) of each latent, mean over images, in nats; None for a model without a posterior.
        variance: D, Var_x(E_q[z]), of the latents from image to image.
        low, high: D, the 1st and 99th percentile of the latents; never equal.
    """

    kl: Floats | None
    variance: Floats
    low: Floats
    high: Floats

    @property
    def order(self) -> NDArray[np.intp]:
        """D, the latents by falling KL, or variance where there is no posterior."""
        return np.argsort(-(self.variance if self.kl is None else self.kl), kind="stable")

    def figure(self, latent: int) -> str:
        """The figure that one latent is ordered by, for a caption."""
        return f"σ² {self.variance[latent]:.3g}" if self.kl is None else f"{self.kl[latent]:.2f} nats"


@dataclass(frozen=True, eq=False)
class SurveyLatents(Request):
    """Measures the latents over the first thousand of the shown images, which stand in random order.

    In parts; only the last is the answer, `LatentSurvey`, the others None. Without shown images there is no answer.
    """

    urgency: ClassVar[int] = 7

    def answers(self, server: LatentServer) -> Iterator[LatentSurvey | None]:
        cloud = server.cloud
        if cloud is None or not len(cloud.images):
            return
        means: list[Floats] = []
        divergences: list[Floats] = []
        for part in in_parts(min(_SAMPLE, len(cloud.images)), clock=server.clock):
            encoding = server.encode_fully(cloud.images[part], None if cloud.labels is None else cloud.labels[part])
            means.append(encoding.mean.cpu().numpy())
            if encoding.scale is not None:
                with torch.inference_mode():
                    divergences.append(gaussian_kl(encoding.mean, 2 * encoding.scale.log()).cpu().numpy())
            yield None
        kl = np.concatenate(divergences).mean(0) if divergences else None
        yield surveyed(np.concatenate(means), kl)


def surveyed(means: Floats, kl: Floats | None) -> LatentSurvey:
    """The survey of latents N×D whose mean KL per latent is D, or None."""
    low, high = np.percentile(means, _RANGE, axis=0)
    # A latent that says nothing has hardly a range of its own, yet its slider has to move something.
    half = np.maximum((high - low) / 2, _NARROWEST)
    middle = (low + high) / 2
    return LatentSurvey(kl, means.var(0), (middle - half).astype(np.float32), (middle + half).astype(np.float32))
