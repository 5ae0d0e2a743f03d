"""Linear layers that train fast: beside others' work on a GPU, with rounded factors on a CPU."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any, cast

import torch
from torch import Tensor, autograd, nn

from latentlab.core import branches, precision

# Latents come and go by layers narrower than this. Rounding them would blur neighbouring images into each other, and
# their products take no time.
_LEAST_ROUNDED = 64


class Linear(nn.Linear):
    """torch's linear layer, but while a model trains.

    Its parameters' gradients branch off a recording of the way back (branches.py): only the optimizer waits for those;
    the layers below wait for the gradient of the input. It must not be used twice in a step. And where it is wide,
    factors are rounded on request (precision.py).

    Attributes:
        is_wide: whether its factors are rounded on request.
        keeps_rounded: what comes of rounded factors stays as it is, for a layer that would round it in any case.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.is_wide = min(inputs, outputs) >= _LEAST_ROUNDED
        self.keeps_rounded = False

    def forward(self, x: Tensor) -> Tensor:
        if x.dim() == 2 and branches.offered(x.device):
            return cast(Tensor, Affine.apply(x, self.weight, self.bias, False))
        if precision.is_rounded() and self.is_wide:
            return precision.of_rounded(nn.functional.linear, x, self.weight, self.bias, keep=self.keeps_rounded)
        return super().forward(x)


class Layers(nn.Sequential):
    """Layers one after the other; while a step is recorded, a linear one does the work of a ReLU behind it."""

    def forward(self, x: Tensor) -> Tensor:
        if not branches.offered(x.device):
            for layer in self:
                # Past torch's `__call__`, whose hooks none of these has: it is a quarter of a layer's Python, all of
                # which is slow, since the products leave the caches cold, and holds the interpreter's lock.
                x = layer.forward(x)
            return x
        done = False
        for layer, following in zip_longest(self, list(self)[1:]):
            if done:
                done = False
            elif isinstance(layer, Linear) and isinstance(following, nn.ReLU) and x.dim() == 2:
                x, done = cast(Tensor, Affine.apply(x, layer.weight, layer.bias, True)), True
            else:
                x = layer(x)
        return x


class Affine(autograd.Function):
    """x·Wᵀ + b of x N×I, W O×I and b O, or 0 where that is less, with the gradients of W and b beside that of x."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, rectifies: bool) -> Tensor:
        y = torch._addmm_activation(bias, x, weight.t()) if rectifies else torch.addmm(bias, x, weight.t())
        ctx.save_for_backward(x, weight, y if rectifies else None)
        return y

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, Tensor, Tensor, None]:
        (gradient,), (x, weight, y) = gradients, ctx.saved_tensors
        if y is not None:
            gradient = torch.ops.aten.threshold_backward(gradient, y, 0.0)
        # First of all, since others wait for it; and the optimizer moves the weight as soon as it has its gradient.
        of_input = gradient @ weight if ctx.needs_input_grad[0] else None
        with branches.beside(gradient, x) as made:
            of_weight = made(gradient.t() @ x)
        with branches.beside(gradient) as made:
            of_bias = made(gradient.sum(0))
        return of_input, of_weight, of_bias, None
