"""What grows in the measurement of how cost grows, and what is measured of it. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """What is trained and shown: the MLP VAE at its defaults but for these.

    Attributes:
        images: training images; MNIST, repeated with small shifts beyond its 60,000.
        side: of the square images, in pixels.
        latent_dim: length of a latent.
        points: how many points the scatter shows, of the training images.
    """

    images: int = 60_000
    side: int = 28
    latent_dim: int = 2
    points: int = 10_000


@dataclass(frozen=True)
class Cost:
    """What a case takes.

    Attributes:
        headless_images_per_s: of `fit` on one thread.
        share_of_limit: its floating-point rate over that of a 1024³ matrix product.
        window_images_per_s: while all panels follow and the probe is dragged.
        drag_p95_ms: from a move of the probe to its decoded image.
        memory_mb: the window's peak, the images included.
        images_mb: of the images themselves.
    """

    headless_images_per_s: float
    share_of_limit: float
    window_images_per_s: float
    drag_p95_ms: float
    memory_mb: float
    images_mb: float


AXES: dict[str, tuple[Case, ...]] = {
    "Training images": tuple(Case(images=count) for count in (10_000, 60_000, 300_000, 1_000_000)),
    "Image side": tuple(Case(side=side) for side in (28, 64)),
    "Latent dimension": tuple(Case(latent_dim=size) for size in (2, 10, 32, 128)),
    "Points shown": tuple(Case(images=300_000, points=points) for points in (1_000, 10_000, 70_000, 300_000)),
}
"""What grows -> the cases, smallest first."""


def cases() -> list[Case]:
    """Every case once."""
    return list(dict.fromkeys(case for axis in AXES.values() for case in axis))
