"""What a step saves for its way back, held by Python until that is over.

A tensor that Python has let go of and the graph still saves is freed on the way back, where autograd then has to ask
for the interpreter's lock: a dozen times in a small model's step, whose longest stretch without it that is. Beside a
window that is busy each is a time to wait.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

from torch import Tensor


class _OfThread(threading.local):
    held: list[Tensor] | None = None


_here = _OfThread()


@contextlib.contextmanager
def holding() -> Iterator[None]:
    """Until its end, what the calling thread is told to `hold` stays."""
    before, _here.held = _here.held, []
    try:
        yield
    finally:
        _here.held = before


def hold(tensor: Tensor) -> Tensor:
    """The same tensor; within `holding` it stays, on a CPU. What is recorded on a GPU holds no lock."""
    if _here.held is not None and tensor.is_cpu:
        _here.held.append(tensor)
    return tensor
