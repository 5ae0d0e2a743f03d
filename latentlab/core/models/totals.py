"""What a step minimises, added up beside its main line: the way back needs the terms' gradients, never their values."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor, autograd
from torch.autograd.function import once_differentiable

from latentlab.core import branches


def mean(values: Tensor) -> Tensor:
    """The mean of ``values``. While a step is recorded, a branch makes it (branches.py)."""
    return cast(Tensor, _Mean.apply(values)) if branches.offered(values.device) else values.mean()


def total(one: Tensor, other: Tensor) -> Tensor:
    """The sum of two scalars. While a step is recorded, a branch makes it."""
    return cast(Tensor, _Total.apply(one, other)) if branches.offered(one.device) else one + other


class _Mean(autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: Tensor) -> Tensor:
        ctx.shape = values.shape
        with branches.after(values) as made:
            return made(values.mean())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        with branches.after(gradients[0]) as made:
            share = made(gradients[0] / ctx.shape.numel())
        branches.bring(share)
        return share.expand(ctx.shape)


class _Total(autograd.Function):
    @staticmethod
    def forward(ctx: Any, one: Tensor, other: Tensor) -> Tensor:
        with branches.after(one, other) as made:
            return made(one + other)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor]:
        return gradients[0], gradients[0]
