"""A linear layer that trains fast: beside others' work on a GPU, with rounded factors on a CPU."""

from __future__ import annotations

from typing import Any, cast

from torch import Tensor, autograd, nn

from latentlab.core import branches, precision

# Latents come and go by layers narrower than this. Rounding them would blur neighbouring images into each other, and
# their products take no time.
_LEAST_ROUNDED = 64


class Linear(nn.Linear):
    """torch's linear layer, but while a model trains.

    Its parameters' gradients branch off a recording of the way back (branches.py): only the optimizer waits for those;
    the layers below wait for the gradient of the input. And where it is wide, factors are rounded on request
    (precision.py).

    Attributes:
        keeps_rounded: what comes of rounded factors stays as it is, for a layer that would round it in any case.
    """

    keeps_rounded = False

    @property
    def is_wide(self) -> bool:
        """Whether its factors are rounded on request."""
        return min(self.weight.shape) >= _LEAST_ROUNDED

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 2 and branches.offered(x.device):
            return cast(Tensor, Affine.apply(x, self.weight, self.bias))
        if precision.is_rounded() and self.is_wide:
            return precision.of_rounded(nn.functional.linear, x, self.weight, self.bias, keep=self.keeps_rounded)
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
            of_weight = gradient.t() @ x
        with branches.beside(gradient):
            of_bias = gradient.sum(0)
        return gradient @ weight if ctx.needs_input_grad[0] else None, of_weight, of_bias
