"""The vector-quantised VAE: a codebook of vectors, and images written with them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, cast

import torch
from torch import Tensor, nn

from latentlab.core.models.base import BodyConfig, Capabilities, Encoding, ImageShape, Model, ModelInfo, Objective
from latentlab.core.models.bodies import GridDecoder, GridEncoder, activation_of, build_decoder, build_encoder
from latentlab.core.models.codebook import Codebook, LearnedCodebook, MovingCodebook
from latentlab.core.options import option, with_default


@dataclass(frozen=True)
class VQVAEConfig(BodyConfig):
    """Settings of the VQ-VAE; here the latent dimension is that of one code vector."""

    # Its convolutions' figures were found with ReLU.
    activation: str = with_default(BodyConfig, "activation", "relu")
    latent_dim: int = option(
        8,
        label="Code dimension",
        help="Length of a code vector. With 2 and a grid of 1 the plane shows the codebook itself.",
        minimum=1,
        maximum=128,
    )
    body: str = option(
        "conv",
        label="Network",
        help="MLP: fully connected, fast. Convolutional: each code describes one part of the image.",
        choices={"mlp": "MLP", "conv": "Convolutional"},
    )
    grid: int = option(
        7,
        label="Code grid",
        help="Codes a side: 7 writes an image with 7×7 codes, 1 with a single code.",
        minimum=1,
        maximum=16,
        unit="a side",
    )
    codes: int = option(
        256, label="Codebook size", help="How many code vectors there are to choose from.", minimum=2, maximum=4096
    )
    commitment: float = option(
        0.25,
        label="Commitment",
        help="Weight that keeps the encoder close to its codes (β in the paper).",
        minimum=0.0,
        maximum=10.0,
        advanced=True,
        retunable=True,
    )
    learning: str = option(
        "ema",
        label="Codebook learning",
        help="Moving averages: each code follows the mean of what it stands for. Gradient: a term of the loss draws "
        "the codes there.",
        choices={"ema": "Moving averages", "gradient": "Gradient"},
        advanced=True,
    )
    decay: float = option(
        0.99,
        label="Codebook memory",
        help="Decay of the moving averages of what codes stand for and how often they are used; closer to 1 is slower.",
        minimum=0.0,
        maximum=0.9999,
        advanced=True,
        retunable=True,
    )
    kmeans: bool = option(
        True,
        label="Start by k-means",
        help="Puts the codes among the first batch's vectors before training, so that all begin in use.",
        advanced=True,
    )
    revive: bool = option(
        True,
        label="Replace dead codes",
        help="Puts a code that is hardly used any more where there is data.",
        advanced=True,
        retunable=True,
    )
    cosine: bool = option(
        False,
        label="Cosine similarity",
        help="Only the direction of a code vector counts: vectors and codes have length 1.",
        advanced=True,
    )


class VQVAE(Model):
    """Writes an image as a grid of codebook entries (van den Oord, Vinyals & Kavukcuoglu 2017, equation 3).

    A latent vector is the flattened grid×grid map of code vectors, place by place: D = grid²·code dimension.
    The total is the squared error plus ``commitment`` times ‖z_e − sg(e)‖² a place, both summed over an image. The
    codebook follows exponential moving averages (their appendix A.1) and has no gradient; or it is a parameter, and
    ‖sg(z_e) − e‖² is added.
    """

    term_units: ClassVar[dict[str, str]] = {
        "total": "squared error per image",
        "reconstruction": "squared error per image",
        "commitment": "squared distance per image",
        "perplexity": "codes",
        "codes_used": "codes",
    }

    def __init__(self, config: VQVAEConfig, shape: ImageShape) -> None:
        super().__init__(config, shape, config.grid**2 * config.latent_dim)
        self.grid, self.code_dim, self.commitment = config.grid, config.latent_dim, config.commitment
        self.learned, self.kmeans = config.learning == "gradient", config.kmeans
        kind = LearnedCodebook if self.learned else MovingCodebook
        self.quantiser: Codebook = kind(config.codes, config.latent_dim, config.decay, config.revive, config.cosine)
        self.encoder: nn.Module
        self.decoder: nn.Module
        self.in_maps = config.body == "conv" and config.grid > 1
        self.capabilities = Capabilities(codebook=True, codes_in_place=self.in_maps, sampler="codes")
        if self.in_maps:
            activation = activation_of(config)
            self.encoder = GridEncoder(shape, config.channels, config.grid, config.latent_dim, activation)
            self.decoder = GridDecoder(shape, config.channels, config.grid, config.latent_dim, activation)
        else:
            self.encoder = build_encoder(config, shape, self.latent_size)
            self.decoder = build_decoder(config, shape, self.latent_size)

    def continuous(self, x: Tensor) -> Tensor:
        """z_e: the encoder's output before quantisation, N×grid²×code dimension."""
        z = cast(Tensor, self.encoder(x))
        places = z.flatten(2).transpose(1, 2) if self.in_maps else z.view(len(x), self.grid**2, self.code_dim)
        return self.quantiser.fitted(places)

    def image(self, vectors: Tensor) -> Tensor:
        """Code vectors N×grid²×code dimension to images.

        Linear, not squashed: squared error through a sigmoid lets a convolutional decoder saturate at black early on.
        """
        if self.in_maps:
            maps = vectors.transpose(1, 2).reshape(len(vectors), self.code_dim, self.grid, self.grid)
            return cast(Tensor, self.decoder(maps))
        return cast(Tensor, self.decoder(vectors.flatten(1)))

    def encode(self, x: Tensor, label: Tensor | None = None) -> Encoding:
        z = self.continuous(x)
        codes = self.quantiser.nearest(z)
        # With one code an image, z_e shows where in its Voronoi cell an image lies; decode() maps both to the same
        # picture. With many, the quantised map is what the decoder sees.
        mean = z if self.grid == 1 else self.quantiser.look_up(codes)
        return Encoding(mean=mean.flatten(1), codes=codes.view(-1, self.grid, self.grid))

    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        vectors = z.view(len(z), self.grid**2, self.code_dim)
        return self.decode_codes(self.quantiser.nearest(vectors))

    def decode_codes(self, codes: Tensor) -> Tensor:
        return self.image(self.quantiser.look_up(codes.flatten(1))).clamp(0.0, 1.0)

    def objective(
        self, x: Tensor, label: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Objective:
        z = self.continuous(x)
        if self.training:
            self.quantiser.begin(z.detach(), generator)
        codes = self.quantiser.nearest(z)
        quantised = self.quantiser.look_up(codes)
        straight_through = z + (quantised - z).detach()
        reconstruction = (self.image(straight_through) - x).square().flatten(1).sum(1).mean()
        commitment = (z - quantised.detach()).square().sum((1, 2)).mean()
        total = reconstruction + self.commitment * commitment
        terms = {"reconstruction": reconstruction.detach(), "commitment": commitment.detach()}
        if self.learned:
            # Its value is the commitment's; only what it moves is another.
            total = total + (z.detach() - quantised).square().sum((1, 2)).mean()
        if self.training:
            self.quantiser.follow(z.detach(), codes, generator)
        return Objective(total=total, terms=terms, uses=self.quantiser.count(codes))

    @torch.no_grad()
    def prepare(self, x: Tensor, generator: torch.Generator | None = None) -> None:
        if self.kmeans:
            self.quantiser.start_from(self.continuous(x).reshape(-1, self.code_dim), generator)

    def codebook(self) -> Tensor:
        return self.quantiser.points()


INFO = ModelInfo(
    name="vqvae",
    title="VQ-VAE (vector-quantised)",
    short_title="VQ-VAE",
    config=VQVAEConfig,
    model=VQVAE,
    summary="Writes each image with entries of a learned codebook; the encoder's gradient passes straight through the "
    "choice.",
    formula="min ‖x − g(e)‖² + β ‖z − sg(e)‖² (+ ‖sg(z) − e‖²), e the code nearest to z",
    paper="van den Oord, Vinyals & Kavukcuoglu, Neural Discrete Representation Learning, NeurIPS 2017",
)
