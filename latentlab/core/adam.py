"""Adam without the Python of `torch.optim`: torch's fused kernel on a CPU, a few plain ones on a GPU.

`torch.optim.Adam` takes a fortieth of a small model's step on a CPU, with the interpreter's lock held against the
window, and imports torch's compiler (150 MB) at the first step.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

_DECAY, _SQUARE_DECAY, _EPSILON = 0.9, 0.999, 1e-8
# Libraries have faster matrix products for what begins at a multiple of 256 bytes.
_ALIGNMENT = 64


class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1) with its usual decays, over float32 parameters on one device.

    A step is `begin_step` and `step`. What `step` does can be recorded and replayed: all that changes from one to the
    next lies in tensors that stay where they are.

    Attributes:
        fused: whether torch's kernel is used. On a GPU it is not: it gives 65,536 numbers to each group of threads, and
            most of the GPU none (74 µs for a million numbers; 33 as here, where they lie end to end in one tensor).
    """

    def __init__(self, parameters: Iterable[Tensor], fused: bool | None = None) -> None:
        """Without the fused kernel the parameters are moved, keeping their values, into one tensor.

        ``fused``: by default on a CPU, and there alone.
        """
        self._weights = [weight for weight in parameters if weight.requires_grad]
        device = self._weights[0].device
        self.fused = device.type == "cpu" if fused is None else fused
        self._flat_means, self._means = _end_to_end(self._weights)
        self._flat_squares, self._squares = _end_to_end(self._weights)
        if not self.fused:
            self._flat_weights, places = _end_to_end(self._weights)
            for weight, place in zip(self._weights, places, strict=True):
                weight.data = place.copy_(weight.detach())
            self._padding = torch.zeros(_ALIGNMENT, device=device)
        self._taken = 0
        now = torch.zeros(3, device=device)
        self._steps, self._rate, self._epsilon = now
        # Written to as an array they take no call of torch's, each of which hands the interpreter's lock to others.
        self._now = now.numpy() if device.type == "cpu" else None

    def clear_gradients(self) -> None:
        """Forgets the gradients, so that the next ones are not added to them."""
        for weight in self._weights:
            weight.grad = None

    def begin_step(self, rate: float) -> None:
        """Counts a step, whose size is ``rate``."""
        self._taken += 1
        epsilon = _EPSILON
        if not self.fused:
            # Both corrections for averages that began at zero, in the form that costs least (end of their section 2).
            root = math.sqrt(1.0 - _SQUARE_DECAY**self._taken)
            rate, epsilon = rate * root / (1.0 - _DECAY**self._taken), _EPSILON * root
        if self._now is not None:
            self._now[:] = self._taken, rate, epsilon
        else:
            self._rate.fill_(rate)
            self._epsilon.fill_(epsilon)

    @torch.no_grad()
    def step(self) -> None:
        """Moves every parameter; one without a gradient does as if it were 0."""
        gradients = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in self._weights]
        if not self.fused:
            self._step_plainly(gradients)
            return
        torch._fused_adam_(
            self._weights,
            gradients,
            self._means,
            self._squares,
            [],
            [self._steps] * len(gradients),
            lr=self._rate,
            beta1=_DECAY,
            beta2=_SQUARE_DECAY,
            weight_decay=0.0,
            eps=_EPSILON,
            amsgrad=False,
            maximize=False,
        )

    def state(self) -> dict[str, Tensor]:
        """Copies on the CPU of all that continuing needs, as ``0.exp_avg``, ``0.exp_avg_sq``, ``0.step``, ``1.…``."""
        named, taken = {}, torch.tensor(float(self._taken))
        for number, (mean, square) in enumerate(zip(self._means, self._squares, strict=True)):
            for name, tensor in (("exp_avg", mean), ("exp_avg_sq", square), ("step", taken)):
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
        self._taken = int(named["0.step"])

    def _step_plainly(self, gradients: Sequence[Tensor]) -> None:
        gradient = torch.cat([part for each in gradients for part in (each.reshape(-1), self._filling(each))])
        self._flat_means.lerp_(gradient, 1.0 - _DECAY)
        self._flat_squares.mul_(_SQUARE_DECAY).addcmul_(gradient, gradient, value=1.0 - _SQUARE_DECAY)
        spread = torch.sqrt(self._flat_squares, out=gradient).add_(self._epsilon)
        self._flat_weights.addcmul_(torch.div(self._flat_means, spread, out=spread), self._rate, value=-1.0)

    def _filling(self, tensor: Tensor) -> Tensor:
        """What lies between a tensor's end and the beginning of the next."""
        return self._padding[: -tensor.numel() % _ALIGNMENT]


def _end_to_end(tensors: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
    """A flat tensor of zeros on the device of ``tensors``, and views of it that have their shapes, in their order."""
    sizes = [tensor.numel() + -tensor.numel() % _ALIGNMENT for tensor in tensors]
    flat = torch.zeros(sum(sizes), device=tensors[0].device)
    parts = zip(torch.split(flat, sizes), tensors, strict=True)
    return flat, [part[: like.numel()].view(like.shape) for part, like in parts]
