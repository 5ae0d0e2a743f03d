"""How probable an image is under a decoder's output: the reconstruction terms, in nats per image."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from latentlab.core import branches
from latentlab.core.models.base import LOG_2PI

# A pixel that is black in every image would be worth without bound; 0.01 is less than three of 255 grey levels.
_LEAST_SIGMA = 0.01
_LEAST_LOG_VARIANCE = 2.0 * math.log(_LEAST_SIGMA)


class Likelihood(nn.Module, ABC):
    """p(x|z), from what a decoder gives for a latent.

    Attributes:
        maps: how many numbers the decoder gives for each number of an image.
    """

    maps: ClassVar[int] = 1

    @abstractmethod
    def mean(self, output: Tensor) -> Tensor:
        """The decoder's output ...×(maps·C)×H×W to mean images ...×C×H×W in [0, 1]."""

    @abstractmethod
    def nll(self, output: Tensor, x: Tensor) -> Tensor:
        """−log p(x|z) in nats per image, of the shape that the two have before C×H×W once they are broadcast."""


class Bernoulli(Likelihood):
    """Each pixel is ink with the probability σ(output)."""

    def mean(self, output: Tensor) -> Tensor:
        return torch.sigmoid(output)

    def nll(self, output: Tensor, x: Tensor) -> Tensor:
        return bernoulli_nll(output, x)


class Gaussian(Likelihood):
    """Pixels are normal about σ(output) with one standard deviation, given or learned (Rybkin et al. 2021).

    Attributes:
        log_variance: scalar; where it is learned, a parameter that starts at what was given.
    """

    log_variance: Tensor

    def __init__(self, sigma: float, learned: bool) -> None:
        super().__init__()
        self.learned = learned
        log_variance = torch.tensor(2.0 * math.log(sigma))
        if learned:
            self.log_variance = nn.Parameter(log_variance)
        else:
            self.register_buffer("log_variance", log_variance, persistent=False)

    def mean(self, output: Tensor) -> Tensor:
        return torch.sigmoid(output)

    def nll(self, output: Tensor, x: Tensor) -> Tensor:
        log_variance = softly_above(self.log_variance, _LEAST_LOG_VARIANCE) if self.learned else self.log_variance
        return gaussian_nll(torch.sigmoid(output), log_variance, x)


class PixelGaussian(Likelihood):
    """Pixels are normal, mean and variance of each both from the decoder (Kingma & Welling 2014, appendix C.2)."""

    maps = 2

    def __init__(self, sigma: float) -> None:
        super().__init__()
        # The decoder's output is near 0 at first.
        self.start = 2.0 * math.log(sigma)

    def mean(self, output: Tensor) -> Tensor:
        return torch.sigmoid(output.chunk(2, dim=-3)[0])

    def nll(self, output: Tensor, x: Tensor) -> Tensor:
        mean, log_variance = output.chunk(2, dim=-3)
        return gaussian_nll(torch.sigmoid(mean), softly_above(log_variance + self.start, _LEAST_LOG_VARIANCE), x)


def bernoulli_nll(logits: Tensor, targets: Tensor) -> Tensor:
    """−log p(x|z) of a Bernoulli decoder, nats per image; grey targets count as expectations.

    Logits ...×C×H×W and targets that broadcast to them, as one image may to many logits. It has a gradient with
    respect to the logits only, which does not wait for it: `branches.bring` it.
    """
    if logits.is_cpu:
        targets = targets.expand_as(logits)
        return nn.functional.binary_cross_entropy_with_logits(logits, targets, reduction="none").sum((-3, -2, -1))
    return cast(Tensor, _BernoulliNLL.apply(logits, targets))


def gaussian_nll(mean: Tensor, log_variance: Tensor, x: Tensor) -> Tensor:
    """−log N(x; mean, exp(log_variance)) in nats per image, over the last three dimensions C×H×W.

    ``log_variance`` is a scalar, for all pixels, or of the mean's shape; ``x`` broadcasts to it.
    """
    square = (x - mean).square()
    if log_variance.dim() > 0:
        return 0.5 * (square * torch.exp(-log_variance) + log_variance + LOG_2PI).flatten(-3).sum(-1)
    pixels = math.prod(mean.shape[-3:])
    return 0.5 * (square.flatten(-3).sum(-1) * torch.exp(-log_variance) + pixels * (log_variance + LOG_2PI))


def softly_above(value: Tensor, least: float) -> Tensor:
    """``value`` bent so that it never falls below ``least``, with a gradient everywhere (Rybkin et al. 2021)."""
    return least + nn.functional.softplus(value - least)


class _BernoulliNLL(torch.autograd.Function):
    """The sum of softplus(l) − x·l over an image's pixels, whose gradient is σ(l) − x; beside a GPU's main line."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor) -> Tensor:
        with branches.beside(logits, targets) as made:
            softplus = nn.functional.softplus(logits)
            nll = made(softplus.addcmul_(logits, targets, value=-1.0).sum((-3, -2, -1)))
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(torch.sigmoid(logits).sub_(targets))
        return nll

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (slope,) = ctx.saved_tensors
        return slope * gradients[0].view(*gradients[0].shape, 1, 1, 1), None
