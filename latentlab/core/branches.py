"""Branches of a recorded step: work that nothing waits for until the optimizer does, run beside the main line.

Small layers leave most of a GPU idle. A recording keeps who waits for whom, so what is put into a branch while a step
is recorded runs at the same time as the main line at every replay.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch
from torch import Tensor

from latentlab.core import devices


class _Branch:
    """A stream beside the one that records, and what it reads: not to be used anew before it is done."""

    def __init__(self, device: torch.device) -> None:
        self.stream = devices.new_stream(device)
        self.reads: list[Tensor] = []


# By the stream that records. Autograd works in threads of its own, so this is no thread's own.
_open: dict[torch.cuda.Stream, _Branch] = {}


@contextlib.contextmanager
def opened(main: torch.cuda.Stream) -> Iterator[None]:
    """Lets what is recorded on ``main`` within put work into a branch; `join` has to come before the end."""
    _open[main] = _Branch(main.device)
    try:
        yield
    finally:
        del _open[main]


def offered(device: torch.device) -> bool:
    """Whether the present stream may put work into a branch."""
    return bool(_open) and device.type == "cuda" and torch.cuda.current_stream(device) in _open


@contextlib.contextmanager
def beside(*reads: Tensor) -> Iterator[None]:
    """Puts the work within, which reads these tensors, into the branch; runs it as usual where there is none."""
    device = reads[0].device
    if not offered(device):
        yield
        return
    main = torch.cuda.current_stream(device)
    branch = _open[main]
    branch.reads += reads
    with devices.on_stream(branch.stream):
        yield


def join(device: torch.device) -> None:
    """Has what follows on the present stream wait for what was put into its branch, if anything was."""
    if not offered(device):
        return
    main = torch.cuda.current_stream(device)
    branch = _open[main]
    # A stream that nothing was put into is no part of the recording, and waiting for it would break that off.
    if branch.reads:
        main.wait_stream(branch.stream)  # type: ignore[arg-type]
        branch.reads.clear()
