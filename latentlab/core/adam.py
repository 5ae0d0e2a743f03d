"""Adam by torch's own fused kernel, called directly.

`torch.optim.Adam` calls the same one. Around it lies Python that takes a fortieth of a small model's step on a CPU,
with the interpreter's lock held against the window, and that imports torch's compiler (150 MB) at the first step.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

_DECAY, _SQUARE_DECAY, _EPSILON = 0.9, 0.999, 1e-8
_FUSED = ("cpu", "cuda")


class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1) with its usual decays, over parameters on one device.

    All that changes from step to step lies in tensors that stay where they are, so that a recorded step stays valid.

    Attributes:
        rate: the step size, a float32 scalar on the parameters' device.
        fused: whether the kernel is used; without it (on Apple's GPUs) the same is done in several small ones.
    """

    def __init__(self, parameters: Iterable[Tensor], rate: float) -> None:
        self._weights = [weight for weight in parameters if weight.requires_grad]
        self._means = [torch.zeros_like(weight) for weight in self._weights]
        self._squares = [torch.zeros_like(weight) for weight in self._weights]
        device = self._weights[0].device
        self.rate = torch.tensor(rate, device=device)
        self._steps = torch.zeros((), device=device)
        self.fused = device.type in _FUSED

    def clear_gradients(self) -> None:
        """Forgets the gradients, so that the next ones are not added to them."""
        for weight in self._weights:
            weight.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Moves every parameter that has a gradient."""
        gradients = [weight.grad for weight in self._weights if weight.grad is not None]
        moved = [number for number, weight in enumerate(self._weights) if weight.grad is not None]
        weights = [self._weights[i] for i in moved]
        means, squares = [self._means[i] for i in moved], [self._squares[i] for i in moved]
        self._steps.add_(1.0)
        if not self.fused:
            self._step_plainly(weights, gradients, means, squares)
            return
        torch._fused_adam_(
            weights,
            gradients,
            means,
            squares,
            [],
            [self._steps] * len(moved),
            lr=self.rate,
            beta1=_DECAY,
            beta2=_SQUARE_DECAY,
            weight_decay=0.0,
            eps=_EPSILON,
            amsgrad=False,
            maximize=False,
        )

    def state(self) -> dict[str, Tensor]:
        """Copies on the CPU of all that continuing needs, as ``0.exp_avg``, ``0.exp_avg_sq``, ``0.step``, ``1.…``."""
        named = {}
        for number, (mean, square) in enumerate(zip(self._means, self._squares, strict=True)):
            for name, tensor in (("exp_avg", mean), ("exp_avg_sq", square), ("step", self._steps)):
                named[f"{number}.{name}"] = tensor.detach().to("cpu", copy=True)
        return named

    def load_state(self, named: dict[str, Tensor]) -> None:
        """Takes up where `state` was called; an empty state is the beginning.

        Raises:
            KeyError, RuntimeError: it is another model's.
        """
        if not named:
            named = {name: torch.zeros_like(tensor) for name, tensor in self.state().items()}
        if len(named) != 3 * len(self._weights):
            raise KeyError("the optimizer's state is of another size")
        places = {f"{number}.exp_avg": mean for number, mean in enumerate(self._means)}
        places |= {f"{number}.exp_avg_sq": square for number, square in enumerate(self._squares)}
        if any(named[name].shape != place.shape for name, place in places.items()):
            raise RuntimeError("the optimizer's state is of another shape")
        for name, place in places.items():
            place.copy_(named[name])
        self._steps.copy_(named["0.step"])

    def _step_plainly(
        self, weights: list[Tensor], gradients: list[Tensor], means: list[Tensor], squares: list[Tensor]
    ) -> None:
        taken, rate = float(self._steps), float(self.rate)
        correction = math.sqrt(1.0 - _SQUARE_DECAY**taken)
        for weight, gradient, mean, square in zip(weights, gradients, means, squares, strict=True):
            mean.lerp_(gradient, 1.0 - _DECAY)
            square.mul_(_SQUARE_DECAY).addcmul_(gradient, gradient, value=1.0 - _SQUARE_DECAY)
            spread = (square.sqrt() / correction).add_(_EPSILON)
            weight.addcdiv_(mean, spread, value=-rate / (1.0 - _DECAY**taken))
