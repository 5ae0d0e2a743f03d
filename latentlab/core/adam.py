"""Adam without the Python of `torch.optim`: torch's own kernel, called directly.

`torch.optim.Adam` takes a fortieth of a small model's step on a CPU, with the interpreter's lock held against the
window, and imports torch's compiler (150 MB) at the first step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from latentlab.core import branches

_DECAY, _SQUARE_DECAY, _EPSILON = 0.9, 0.999, 1e-8
# On a GPU torch gives a piece to each group of threads and up to 36 pieces to a launch. Whole weights would be cut into
# pieces of 65,536 numbers, and most of the GPU would have none: 74 µs for a million numbers.
_PIECE, _PIECES_A_LAUNCH = 4096, 36


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

    def clear_gradients(self) -> None:
        """Forgets the gradients, so that the next ones are not added to them."""
        for weight in self._weights:
            weight.grad = None

    def begin_step(self) -> int:
        """Counts a step, and says which it is; the first is 1."""
        self._taken += 1
        return self._taken

    @torch.no_grad()
    def step(self, number: Tensor, rate: Tensor) -> None:
        """Moves every parameter by a step of size ``rate``; one without a gradient moves as if it were 0.

        ``number``: what `begin_step` said, a float32 scalar on the device, as the rate. While the step is recorded,
        `branches.join` has to come after.
        """
        gradients = [torch.zeros_like(weight) if weight.grad is None else weight.grad for weight in self._weights]
        every = list(zip(self._weights, gradients, self._means, self._squares, strict=True))
        if not branches.offered(number.device):
            _move(every, number, rate)
            return
        # The last gradients come first on the way back.
        for tensors in reversed(every):
            weight, gradient, *_ = tensors
            if weight.numel() >= _PIECE:
                pieces = list(zip(*map(_in_pieces, tensors), strict=True))
                for begin in range(0, len(pieces), _PIECES_A_LAUNCH):
                    with branches.after(gradient):
                        _move(pieces[begin : begin + _PIECES_A_LAUNCH], number, rate)
        small = [tensors for tensors in every if tensors[0].numel() < _PIECE]
        if small:
            with branches.after(*(gradient for _, gradient, *_ in small)):
                _move(small, number, rate)

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


_Quadruple = tuple[Tensor, Tensor, Tensor, Tensor]


def _move(every: Sequence[_Quadruple], number: Tensor, rate: Tensor) -> None:
    """Moves weights, given each with its gradient and the means of that and of its square."""
    weights, gradients, means, squares = (list(tensors) for tensors in zip(*every, strict=True))
    torch._fused_adam_(
        weights,
        gradients,
        means,
        squares,
        [],
        [number] * len(weights),
        lr=rate,
        beta1=_DECAY,
        beta2=_SQUARE_DECAY,
        weight_decay=0.0,
        eps=_EPSILON,
        amsgrad=False,
        maximize=False,
    )


def _in_pieces(tensor: Tensor) -> tuple[Tensor, ...]:
    """All the numbers of a contiguous tensor in flat pieces, on the same memory."""
    return torch.split(tensor.detach().view(-1), _PIECE)
