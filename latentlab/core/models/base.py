"""The contract that every model keeps: encode, decode, objective, and what it is capable of."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from latentlab.core.corruption import Corruption
from latentlab.core.options import Value, option


@dataclass(frozen=True)
class ImageShape:
    """What a model is built for: C×H×W images of ``classes`` classes (0 where unlabelled)."""

    channels: int
    height: int
    width: int
    classes: int = 0

    @property
    def pixels(self) -> int:
        """Numbers in one image, C·H·W."""
        return self.channels * self.height * self.width


@dataclass(frozen=True)
class Encoding:
    """What an encoder says of N images.

    Attributes:
        mean: N×D, the point of latent space an image is shown at: the posterior's mean, the code of an autoencoder,
            or, for a quantising model, the latent that `Model.decode` maps to the image's code vectors.
        scale: N×D standard deviations of the posterior, or None.
        codes: N×h×w indices into the codebook, or None.
    """

    mean: Tensor
    scale: Tensor | None = None
    codes: Tensor | None = None


@dataclass(frozen=True)
class Objective:
    """What one step minimises, and the figures worth plotting.

    Attributes:
        total: scalar with gradient, mean over the batch.
        terms: named scalars per image that add up to ``total`` (times their weights, and for a tighter bound only to
            what it is tighter than), detached.
        uses: K, how often each code stands in the batch, where there is a codebook. Summed over many batches they
            give what no mean over batches can: the codes in use, and their perplexity.
    """

    total: Tensor
    terms: dict[str, Tensor]
    uses: Tensor | None = None


@dataclass(frozen=True)
class Capabilities:
    """What panels may ask of a model, so that they never ask for its class.

    Attributes:
        posterior_variance: `Encoding.scale` is given.
        prior: the latents have a standard normal prior.
        codebook: the model quantises; `Model.codebook` and `Encoding.codes` are given.
        codes_in_place: and a code map lies over the image: each cell stands for what is about its place.
        conditional: encode and decode need labels.
        binarisation: how targets are treated: "grey", "fresh", or "" where the question has no meaning.
        corruption: what the model learned to undo, or None; `Model.encode` takes clean and corrupted images alike.
        linear: `Model.decode` is affine, so that what it draws fills a flat subspace of the images', to be set beside
            PCA's.
        sampler: where new images come from: "prior" (latents drawn from the standard normal prior), "codes" (code
            maps drawn from a prior that is learned over a trained model's codes), or "" where there is none: then
            samples are an experiment with latents that it was not taught.
    """

    posterior_variance: bool = False
    prior: bool = False
    codebook: bool = False
    codes_in_place: bool = False
    conditional: bool = False
    binarisation: str = ""
    corruption: Corruption | None = None
    sampler: str = ""
    linear: bool = False

    @property
    def bound(self) -> bool:
        """True where q(z|x), p(z) and p(x|z) are all there, and with them a bound on log p(x)."""
        return self.prior and self.posterior_variance


@dataclass(frozen=True)
class LatentConfig:
    """The setting that every model has; model configs extend it."""

    latent_dim: int = option(
        2,
        label="Latent dimension",
        help="How many numbers describe an image. With 2 the whole space fits on the screen.",
        minimum=1,
        maximum=128,
    )


@dataclass(frozen=True)
class BodyConfig(LatentConfig):
    """The settings of the networks that models share (core/models/bodies.py), and by default the same for all.

    So that two models that stand side by side differ in what they are, and not in their networks. Three layers of one
    width cost as much as two of 512 and 256 units; a VAE's bound is 2.1 nats better with them (MNIST, 10 epochs) and an
    autoencoder's squared error 7 % less, SiLU included. SiLU makes the bound 1.8 nats better once more (15 epochs): of
    the first layer's ReLUs, four in five give 0 for every image from the hundredth step on.
    """

    body: str = option(
        "mlp",
        label="Network",
        help="MLP: fully connected, fast. Convolutional: looks at neighbourhoods, slower and usually sharper.",
        choices={"mlp": "MLP", "conv": "Convolutional"},
    )
    hidden: int = option(
        360,
        label="Hidden units",
        help="Width of the MLP's first hidden layer. The decoder mirrors the encoder.",
        minimum=8,
        maximum=4096,
        advanced=True,
        shown_when=("body", ("mlp",)),
    )
    depth: int = option(
        3,
        label="Hidden layers",
        help="How many hidden layers the MLP has between image and latents, and again on the way back.",
        minimum=1,
        maximum=4,
        advanced=True,
        shown_when=("body", ("mlp",)),
    )
    taper: str = option(
        "same",
        label="Layer widths",
        help="Halving: each hidden layer is half as wide as the one before. Same: all are as wide as the first.",
        choices={"halve": "Halving", "same": "Same"},
        advanced=True,
        shown_when=("body", ("mlp",)),
    )
    channels: int = option(
        32,
        label="Channels",
        help="Feature maps of the first convolution; deeper ones have twice as many.",
        minimum=4,
        maximum=256,
        advanced=True,
        shown_when=("body", ("conv",)),
    )
    activation: str = option(
        "silu",
        label="Activation",
        help="The non-linearity between layers. ReLU is the classic, but many of its units may fall silent for good; "
        "SiLU's cannot. Tanh gives the smoothest maps.",
        choices={"relu": "ReLU", "tanh": "Tanh", "silu": "SiLU"},
        advanced=True,
    )


class Model(nn.Module, ABC):
    """A latent-variable model over images in [0, 1].

    Attributes:
        capabilities: what panels may ask for.
        term_units: the unit of each figure of the objective, e.g. ``nats per image``, at the default settings: of
            ``total``, of its terms and, with a codebook, of ``perplexity`` and ``codes_used``.
        shape: the images it is built for.
        latent_size: D, the length of a latent vector.
    """

    capabilities: Capabilities
    term_units: ClassVar[dict[str, str]] = {}

    def __init__(self, config: Any, shape: ImageShape, latent_size: int) -> None:
        super().__init__()
        self.config = config
        self.shape = shape
        self.latent_size = latent_size

    @classmethod
    def units(cls, config: Any) -> dict[str, str]:
        """`term_units` at the settings ``config``."""
        return cls.term_units

    @classmethod
    def bound_label(cls, config: Any) -> str:
        """What the objective of test images is called where it is a bound on −log p(x), at the settings ``config``."""
        return "−ELBO"

    @classmethod
    def bound_terms(cls, config: Any) -> tuple[str, ...]:
        """The terms whose plain sum is that bound, at the settings ``config``; none where no sum is."""
        return ()

    @classmethod
    def weighs_bound(cls, config: Any) -> bool:
        """Whether training minimises another quantity than that bound, at the settings ``config``.

        The ``total`` of training images is then not to be compared with that of test images.
        """
        return False

    @abstractmethod
    def encode(self, x: Tensor, label: Tensor | None = None) -> Encoding:
        """Images N×C×H×W in [0, 1] to where they lie in latent space."""

    @abstractmethod
    def decode(self, z: Tensor, label: Tensor | None = None) -> Tensor:
        """Latents N×D to mean images N×C×H×W in [0, 1], which only a linear decoder's may leave."""

    @abstractmethod
    def objective(
        self, x: Tensor, label: Tensor | None = None, generator: torch.Generator | None = None
    ) -> Objective:
        """The loss of a batch; every random number comes from ``generator``.

        In training mode it may also move state that has no gradient (an EMA codebook); in evaluation mode it
        changes nothing, and where the model has a bound on log p(x), ``total`` is the negative bound itself,
        whatever weights training gives its parts.
        """

    def begin_step(self, epoch: Tensor) -> None:
        """Called at the beginning of each training step, for weights that change on the way.

        ``epoch``: a float32 scalar on the device, the epochs trained so far. The weights must lie in tensors that stay
        where they are, too: a recorded step reads and writes them anew each time it is replayed.
        """

    def neg_log_likelihood(self, z: Tensor, x: Tensor, label: Tensor | None = None) -> Tensor:
        """−log p(x|z) of images N×C×H×W under latents N×D, nats per image, shape N; grey targets as expectations.

        One image, 1×C×H×W (and one label), stands for N of them: it is never copied, so that many latents of one
        image cost no more than decoding them.

        Raises:
            NotImplementedError: the model has no prior, and so no likelihood to speak of.
        """
        raise NotImplementedError

    def prepare(self, x: Tensor, generator: torch.Generator | None = None) -> None:
        """Called once before the first step with a large batch, for data-dependent initialisation."""

    def codebook(self) -> Tensor | None:
        """K×D code vectors of a quantising model, else None."""
        return None

    def decode_codes(self, codes: Tensor) -> Tensor:
        """Code maps N×h×w, int64 indices into the codebook, to mean images N×C×H×W in [0, 1].

        Raises:
            NotImplementedError: the model has no codebook.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class ModelInfo:
    """A registry entry: how a model is named, configured and described.

    Attributes:
        name: as on the command line and in run folders.
        title, short_title: as in the window.
        summary: one line for beginners.
        formula: the objective, as text.
        paper: where it comes from: authors, title, place and year; of several with a semicolon between.
        training: training settings that suit it better than the general defaults.
    """

    name: str
    title: str
    short_title: str
    config: type
    model: type[Model]
    summary: str
    formula: str
    paper: str
    training: dict[str, Value] = field(default_factory=dict)

    @property
    def citation(self) -> str:
        """`paper` in short: ``Burda et al. 2016``."""
        return ", ".join(_cited(paper) for paper in self.paper.split("; "))


def _cited(paper: str) -> str:
    # The last of several authors is named after an ampersand.
    authors = re.split(r", (?!.* & )", paper)[0]
    several = len(re.split(", | & ", authors)) > 2
    return f"{authors.split(', ')[0]} et al. {paper[-4:]}" if several else f"{authors} {paper[-4:]}"


def normal_noise(like: Tensor, generator: torch.Generator | None) -> Tensor:
    """Standard normal numbers of the shape, type and device of ``like``, drawn from ``generator``."""
    return torch.randn(like.shape, generator=generator, device=like.device, dtype=like.dtype)


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) ‖ N(0, I)) per latent in nats, shape N×D (Kingma & Welling 2014, appendix B)."""
    return 0.5 * torch.addcmul(torch.expm1(log_variance) - log_variance, mean, mean)


LOG_2PI = math.log(2.0 * math.pi)
