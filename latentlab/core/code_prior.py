"""A learned prior over the code maps of a quantising model: a small PixelCNN that writes codes in raster order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from latentlab.core.options import option


@dataclass(frozen=True)
class PriorConfig:
    """How a code prior is built and trained."""

    epochs: int = option(
        4,
        label="Epochs",
        help="How often the prior goes through the code maps of all training images.",
        minimum=1,
        maximum=1000,
    )
    width: int = option(
        32,
        label="Width",
        help="Feature maps of the prior's network; wider is slower and usually better.",
        minimum=4,
        maximum=512,
    )
    seed: int = option(
        0, label="Seed", help="Start of all random numbers: same seed, same prior.", minimum=0, maximum=2**31 - 1
    )


@dataclass(frozen=True)
class PriorFigures:
    """How well a prior knows the code maps of the test split, in nats per image.

    Attributes:
        nll: −log p of a code map, its mean.
        unigram: h·w times the entropy of a single code's frequencies, the best that a prior can do which knows neither
            the place nor any other code.
        places: h·w, for figures per code.
    """

    nll: float
    unigram: float
    places: int

    def in_words(self) -> str:
        """Both figures, per image and per code."""
        per_code = self.nll / self.places, self.unigram / self.places
        return (
            f"{self.nll:.1f} nats per image ({per_code[0]:.2f} per code), "
            f"unigram entropy {self.unigram:.1f} ({per_code[1]:.2f})"
        )


@dataclass(frozen=True)
class CodeLayout:
    """The code maps of a model: ``height`` × ``width`` places with one of ``codes`` codes each."""

    height: int
    width: int
    codes: int

    @property
    def places(self) -> int:
        """Codes in one image, h·w."""
        return self.height * self.width


class CodePrior(nn.Module):
    """p(codes) = ∏ p(code at a place | codes above it, and left of it in its row).

    The gated PixelCNN of van den Oord et al. 2016 (Conditional Image Generation with PixelCNN Decoders, section 2.2):
    one stack of convolutions reads the rows above, a second one the row so far and the first stack, so that no earlier
    place is overlooked. The inputs are shifted by a row and by a place, after which every layer may see where it
    stands. A bias for every place says where in the image it is. On a 1×1 map this is the unigram distribution.

    The layers' dilations double (WaveNet, van den Oord et al. 2016, section 2.1), so that a few see the whole map.

    Attributes:
        dilations: of each layer's convolutions, first to last.
    """

    def __init__(self, layout: CodeLayout, width: int, seed: int = 0, dilations: Sequence[int] | None = None) -> None:
        """``dilations``: those of a prior trained before; None for those that suit the layout."""
        super().__init__()
        self.layout = layout
        self.dilations = tuple(dilations_for(layout) if dilations is None else dilations)
        # The global generator is left as it was: whoever trains a model beside this must not see a difference.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.embedding = nn.Embedding(layout.codes, width)
            self.place = nn.Parameter(0.5 * torch.randn(width, layout.height, layout.width))
            self.layers = nn.ModuleList(_GatedLayer(width, dilation) for dilation in self.dilations)
            self.head = nn.Conv2d(width, layout.codes, 1)
            for parameter in self.head.parameters():  # so that every code is as likely as any other to begin with
                nn.init.zeros_(parameter)

    def forward(self, codes: Tensor) -> Tensor:
        """Code maps N×r×w, whole or only their first r rows, to logits N×K×r×w; each of what is before its place."""
        rows = codes.shape[1]
        x = self.embedding(codes).permute(0, 3, 1, 2)
        place = self.place[:, :rows]
        above = functional.pad(x, (0, 0, 1, 0))[:, :, :rows] + place
        here = functional.pad(x, (1, 0))[:, :, :, :-1] + place
        for layer in self.layers:
            above, here = layer(above, here)
        logits: Tensor = self.head(functional.relu(here))
        return logits

    def nll(self, codes: Tensor) -> Tensor:
        """−log p of code maps N×h×w, nats per image, shape N."""
        return functional.cross_entropy(self(codes), codes, reduction="none").sum((1, 2))

    @torch.no_grad()
    def draw(self, count: int, temperature: float, generator: torch.Generator) -> Iterator[Tensor]:
        """Draws ``count`` code maps place by place; yields N×h×w after each place, complete at the last.

        Args:
            temperature: the logits are divided by it: below 1 the likelier codes are drawn more often.
            generator: of the CPU.
        """
        layout = self.layout
        codes = torch.zeros(count, layout.height, layout.width, dtype=torch.long, device=self.place.device)
        for row in range(layout.height):
            for column in range(layout.width):
                # Later rows have no say, and need not be computed.
                logits = self(codes[:, : row + 1])[:, :, row, column]
                chances = torch.softmax(logits / temperature, 1).cpu()
                codes[:, row, column] = torch.multinomial(chances, 1, generator=generator)[:, 0].to(codes.device)
                yield codes


@dataclass(frozen=True, eq=False)
class LearnedPrior:
    """What was learned, and of which weights; nobody changes it.

    Attributes:
        network: in evaluation mode, on the CPU.
        config: how it was trained.
        step: the optimizer step of the model whose codes it knows; it says nothing of the model's later codes.
        epochs: passes through the training images' code maps.
        figures: on the test split.
    """

    network: CodePrior
    config: PriorConfig
    step: int
    epochs: float
    figures: PriorFigures


class _GatedLayer(nn.Module):
    """One layer of both stacks; each adds tanh · sigmoid of what it sees to what it was given (their equation 2)."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.rows_above = nn.Conv2d(width, 2 * width, (2, 3), dilation=dilation)
        self.row_so_far = nn.Conv2d(width, 2 * width, (1, 2), dilation=dilation)
        self.from_above = nn.Conv2d(2 * width, 2 * width, 1)
        self.out = nn.Conv2d(width, width, 1)

    def forward(self, above: Tensor, here: Tensor) -> tuple[Tensor, Tensor]:
        reach = self.dilation
        seen = self.rows_above(functional.pad(above, (reach, reach, reach, 0)))
        left = self.row_so_far(functional.pad(here, (reach, 0)))
        return above + _gate(seen), here + self.out(_gate(left + self.from_above(seen)))


def dilations_for(layout: CodeLayout) -> tuple[int, ...]:
    """1, 2, 4 … as many as reach from one corner of the map to the opposite one."""
    return tuple(2**layer for layer in range((max(layout.height, layout.width) - 1).bit_length()))


def _gate(x: Tensor) -> Tensor:
    signal, gate = x.chunk(2, 1)
    return torch.tanh(signal) * torch.sigmoid(gate)
