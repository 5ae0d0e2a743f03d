"""A linear layer that leaves a GPU free for what others wait for."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor, autograd, nn

from latentlab.core import branches


class Linear(nn.Linear):
    """torch's linear layer. While a step is recorded, its parameters' gradients branch off the way back (branches.py).

    Only the optimizer waits for those; the layers below wait for the gradient of the input.
    """

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 2 and branches.offered(x.device):
            return cast(Tensor, Affine.apply(x, self.weight, self.bias))
        return super().forward(x)


class Affine(autograd.Function):
    """x·Wᵀ + b of x N×I, W O×I and b O, with the gradients of W and b `branches.beside` that of x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight)
        return nn.functional.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        (gradient,), (x, weight) = gradients, ctx.saved_tensors
        with branches.beside(gradient, x):
            of_weight, of_bias = gradient.t() @ x, gradient.sum(0)
        return gradient @ weight if ctx.needs_input_grad[0] else None, of_weight, of_bias
