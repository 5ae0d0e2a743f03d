"""q(z|x) of one image: where it lies on the plane, and latents drawn from it one at a time.

The reparameterisation trick (Kingma & Welling 2014, section 2.4): a latent drawn from N(μ, σ²) is z = μ + σ·ε, with ε
drawn from N(0, I), which no weight has a part in. The same ε is therefore still there when the model has trained on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch

from latentlab.core.plane import Floats, LatentPlane
from latentlab.core.requests import Request
from latentlab.core.seeds import derived_seed
from latentlab.core.serving import Images, LatentServer


def projected_covariance(plane: LatentPlane, scale: Floats) -> Floats:
    """A Σ Aᵀ, …×2×2, of normals with standard deviations …×D, as they are seen on the plane with the axes A."""
    weighted = plane.axes * np.square(scale)[..., None, :]
    return np.asarray(weighted @ plane.axes.T, np.float32)


@dataclass(frozen=True)
class PlanePosterior:
    """q(z|x) of a shown image as the plane shows it, a normal of two dimensions.

    Attributes:
        point: which of the shown images.
        mean, covariance: 2 and 2×2, in plane units.
    """

    point: int
    mean: Floats
    covariance: Floats


@dataclass(frozen=True, eq=False)
class FindPosterior(Request):
    """The posterior of one of the shown images on the plane; answers `PlanePosterior`, or None where it has none."""

    urgency: ClassVar[int] = 2
    point: int

    def answers(self, server: LatentServer) -> Iterator[PlanePosterior | None]:
        encoded = _encoded(server, self.point)
        yield None if encoded is None else _on_plane(server, self.point, *encoded)


@dataclass(frozen=True)
class Rolls:
    """Answer of `RollNoise`: n latents z = μ + σ·ε of one image, and what they decode to.

    Attributes:
        posterior: of the image, on the plane.
        mean, scale: D, the posterior's μ and σ.
        noise, latents: n×D, ε and z.
        positions: n×2, the latents on the plane.
        mean_image: uint8 C×H×W, μ decoded.
        images: uint8 n×C×H×W, the latents decoded.
    """

    posterior: PlanePosterior
    mean: Floats
    scale: Floats
    noise: Floats
    latents: Floats
    positions: Floats
    mean_image: Images
    images: Images


@dataclass(frozen=True, eq=False)
class RollNoise(Request):
    """Draws latents from the posterior of one of the shown images; answers `Rolls`, or None where it has none.

    Attributes:
        point: which of the shown images.
        seeds: one for each latent; the same seed gives the same ε whatever the weights.
    """

    urgency: ClassVar[int] = 2
    point: int
    seeds: tuple[int, ...] = ()

    def answers(self, server: LatentServer) -> Iterator[Rolls | None]:
        encoded = _encoded(server, self.point)
        if encoded is None:
            yield None
            return
        mean, scale = encoded
        noise = np.stack([mean * 0, *(standard_noise(len(mean), seed) for seed in self.seeds)])
        latents = mean + scale * noise
        labels = server.cloud.labels if server.cloud else None
        label = None if labels is None else int(labels[self.point])
        images = server.decode_latents(latents, label)
        yield Rolls(
            _on_plane(server, self.point, mean, scale),
            mean,
            scale,
            noise[1:],
            latents[1:],
            server.plane.project(latents[1:]),
            images[0],
            images[1:],
        )


def standard_noise(size: int, seed: int) -> Floats:
    """ε of length ``size``, drawn from N(0, I)."""
    generator = torch.Generator().manual_seed(derived_seed(seed, "noise of a posterior"))
    noise: Floats = torch.randn(size, generator=generator).numpy()
    return noise


def _encoded(server: LatentServer, point: int) -> tuple[Floats, Floats] | None:
    """μ and σ of a shown image under the newest weights, each D, or None where the model gives no σ."""
    cloud = server.cloud
    if cloud is None or not server.source.capabilities.posterior_variance or point >= len(cloud.images):
        return None
    mean, scale = cloud.encode_with_scale(server, [point])
    return None if scale is None else (mean[0], scale[0])


def _on_plane(server: LatentServer, point: int, mean: Floats, scale: Floats) -> PlanePosterior:
    return PlanePosterior(point, server.plane.project(mean[None])[0], projected_covariance(server.plane, scale))
