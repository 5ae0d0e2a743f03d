"""Adam without the Python of `torch.optim`: torch's own kernel, at once for all weights.

`torch.optim.Adam` takes a fortieth of a small model's step on a CPU, with the interpreter's lock held against the
window, and imports torch's compiler (150 MB) at the first step.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from latentlab.core import branches

_DECAY, _SQUARE_DECAY, _EPSILON = 0.9, 0.999, 1e-8
# On a GPU torch gives a piece to each group of threads and up to 36 pieces to a launch. Whole weights would be cut into
# pieces of 65,536 numbers, and most of the GPU would have none: 74 µs for a million numbers.
_PIECE, _PIECES_A_LAUNCH = 8192, 36


class Adam:
    """Adam (Kingma & Ba 2015, algorithm 1) with its usual decays, over float32 parameters on one device.

    A step is `begin_step` and `step`. What `step` does can be recorded and replayed: all that changes from one to the
    next lies in tensors that stay where they are.
    """

    def __init__(self, parameters: Iterable[Tensor]) -> None:
        self._weights = [weight for weight in parameters if weight.requires_grad]
        self._means = [torch.zeros_like(weight) for weight in self._weights]
        self._squares = [torch.zeros_like(weight) for weight in self._weights]
        self._taken = 0
        now = torch.zeros(2, device=self._weights[0].device)
        self._steps, self._rate = now
        # Written to as an array they take no call of torch's, each of which hands the interpreter's lock to others.
        self._now = now.numpy() if now.is_cpu else None

    def clear_gradients(self) -> None:
        """Forgets the gradients, so that the next ones are not added to them."""
        for weight in self._weights:
            weight.grad = None

    def begin_step(self, rate: float) -> None:
        """Counts a step, whose size is ``rate``."""
        self._taken += 1
        if self._now is not None:
            self._now[:] = self._taken, rate
        else:
            self._steps.fill_(self._taken)
            self._rate.fill_(rate)

    @torch.no_grad()
    def step(self) -> None:
        """Moves every parameter; one without a gradient does as if it were 0."""
        gradients = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in self._weights]
        every = (self._weights, gradients, self._means, self._squares)
        if not branches.offered(self._steps.device):
            self._step(*every)
            return
        pieces = [_in_pieces(tensors) for tensors in every]
        for begin in range(0, len(pieces[0]), _PIECES_A_LAUNCH):
            with branches.beside(*gradients):
                self._step(*(few[begin : begin + _PIECES_A_LAUNCH] for few in pieces))
        branches.join(self._steps.device)

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

    def _step(self, weights: list[Tensor], gradients: list[Tensor], means: list[Tensor], squares: list[Tensor]) -> None:
        torch._fused_adam_(
            weights,
            gradients,
            means,
            squares,
            [],
            [self._steps] * len(weights),
            lr=self._rate,
            beta1=_DECAY,
            beta2=_SQUARE_DECAY,
            weight_decay=0.0,
            eps=_EPSILON,
            amsgrad=False,
            maximize=False,
        )


def _in_pieces(tensors: list[Tensor]) -> list[Tensor]:
    """All the numbers of contiguous tensors in flat pieces, on the same memory."""
    return [piece for tensor in tensors for piece in torch.split(tensor.detach().view(-1), _PIECE)]
