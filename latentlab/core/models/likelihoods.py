"""How probable an image is under a decoder's output: the reconstruction terms, in nats per image."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor


def bernoulli_nll(logits: Tensor, targets: Tensor) -> Tensor:
    """−log p(x|z) of a Bernoulli decoder, nats per image, shape N; grey targets count as expectations.

    It has a gradient with respect to the logits only.
    """
    return cast(Tensor, _BernoulliNLL.apply(logits, targets))


class _BernoulliNLL(torch.autograd.Function):
    """The sum of softplus(l) − x·l over an image's pixels, whose gradient is σ(l) − x.

    torch's binary_cross_entropy_with_logits takes a logarithm that is exact for numbers near 0, at eight times the
    cost: a tenth of a small model's step. Here the smallest argument is ½, and the plain one is as good.
    """

    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor) -> Tensor:
        softplus = logits.clamp_min(0.0).sub_(torch.sigmoid(logits.abs()).log_())
        nll = softplus.addcmul_(logits, targets, value=-1.0).flatten(1).sum(1)
        ctx.save_for_backward(torch.sigmoid(logits).sub_(targets))
        return nll

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (slope,) = ctx.saved_tensors
        return slope * gradients[0].view(-1, *[1] * (slope.dim() - 1)), None
