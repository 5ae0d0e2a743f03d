"""The conditional VAE: it is told the class, so that its latents are free to say all the rest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor

from latentlab.core.errors import OptionError
from latentlab.core.models.base import ImageShape, ModelInfo
from latentlab.core.models.bodies import beside_image
from latentlab.core.models.vae import VAE, VAEConfig


@dataclass(frozen=True)
class CVAEConfig(VAEConfig):
    """Settings of the conditional VAE."""


class CVAE(VAE):
    """A VAE of p(x|z, y) and q(z|x, y), the class y one-hot beside image and latent (Sohn et al. 2015).

    The prior is N(0, I) for every class, so that one latent under all classes is one style.
    """

    config: CVAEConfig

    def __init__(self, config: CVAEConfig, shape: ImageShape) -> None:
        """As every model.

        Raises:
            OptionError: the images have no classes.
        """
        if not shape.classes:
            raise OptionError("A conditional VAE learns from labels, and this data set has none; choose a VAE instead.")
        super().__init__(config, shape, shape.classes)
        self.capabilities = replace(self.capabilities, conditional=True)

    def encoder_output(self, x: Tensor, label: Tensor | None) -> Tensor:
        return cast(Tensor, self.encoder(beside_image(self.config, x, self.one_hot(label, x))))

    def decoder_output(self, z: Tensor, label: Tensor | None) -> Tensor:
        return cast(Tensor, self.decoder(torch.cat([z, self.one_hot(label, z)], 1)))

    def one_hot(self, label: Tensor | None, beside: Tensor) -> Tensor:
        """Labels N (or a single one for all) to N×K numbers 0 and 1 of the type of ``beside``.

        Raises:
            ValueError: there is no label.
        """
        if label is None:
            raise ValueError("A conditional model needs a label for every image and latent; none was given.")
        # Compared rather than looked up: one_hot() waits for the device to check its input.
        classes = torch.arange(self.shape.classes, device=label.device)
        return (label[:, None] == classes).to(beside.dtype).expand(len(beside), -1)


INFO = ModelInfo(
    name="cvae",
    title="CVAE (conditional VAE)",
    short_title="CVAE",
    config=CVAEConfig,
    model=CVAE,
    summary="A VAE that is told each image's class: the latents describe the style, and any class can be asked for.",
    formula="min E_q[−log p(x|z, y)] + KL(q(z|x, y) ‖ N(0, I))",
    paper="Sohn et al., Learning Structured Output Representation using Deep Conditional Generative Models, NIPS 2015",
    training={"learning_rate": 2e-3},
)
