"""The denoising autoencoder: an autoencoder that is shown spoilt images and asked for the clean ones."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from latentlab.core.corruption import KINDS, Corruption
from latentlab.core.models.autoencoder import Autoencoder, AutoencoderConfig
from latentlab.core.models.base import ImageShape, ModelInfo, Objective
from latentlab.core.options import option


@dataclass(frozen=True)
class DenoisingAutoencoderConfig(AutoencoderConfig):
    """Settings of the denoising autoencoder."""

    corruption: str = option(
        "masking",
        label="Corruption",
        help="How images are spoilt, anew at each step: pixels set to black, noise added, pixels set to black or "
        "white, or a square blacked out.",
        choices=KINDS,
        retunable=True,
    )
    level: float = option(
        0.25,
        label="Corruption level",
        help="Share of the pixels that is spoilt; of Gaussian noise, its standard deviation where white is 1.",
        minimum=0.0,
        maximum=1.0,
        retunable=True,
    )


class DenoisingAutoencoder(Autoencoder):
    """Minimises E_q(x̃|x) ‖x − g(f(x̃))‖²: the loss is against the clean image (Vincent et al. 2008, section 2.3)."""

    def __init__(self, config: DenoisingAutoencoderConfig, shape: ImageShape) -> None:
        super().__init__(config, shape)
        self.corruption = Corruption(config.corruption, config.level)
        self.capabilities = replace(self.capabilities, corruption=self.corruption)

    def objective(
        self, x: Tensor, label: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Objective:
        return Objective(total=self.error(self.corruption.apply(x, generator), x), terms={})


INFO = ModelInfo(
    name="dae",
    title="DAE (denoising AE)",
    short_title="DAE",
    config=DenoisingAutoencoderConfig,
    model=DenoisingAutoencoder,
    summary="Is shown spoilt images and learns to rebuild the clean ones.",
    formula="min E‖x − g(f(x̃))‖², or the cross-entropy of g(f(x̃)) and x; x̃ is a corrupted x",
    paper="Vincent et al., Extracting and Composing Robust Features with Denoising Autoencoders, ICML 2008",
    training={"learning_rate": 2e-3},
)
