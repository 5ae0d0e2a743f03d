"""Branches of a recorded step: work that nothing waits for until the optimizer does, run beside the main line.

Small layers leave most of a GPU idle. A recording keeps who waits for whom, so what is put into a branch while a step
is recorded runs at the same time as the main line, and as other branches, at every replay.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator

import torch
from torch import Tensor

from latentlab.core import devices

# Branches that there are at a time. Work in one waits for what was put there before: the gradients of a layer's weights
# would hold up those of its bias, and of the next layer.
_COUNT = 8


class _Branches:
    """Streams beside the one that records, and what they read: not to be used anew before all are done."""

    def __init__(self, device: torch.device) -> None:
        self._streams = itertools.cycle([devices.new_stream(device) for _ in range(_COUNT)])
        self._taken: list[torch.cuda.Stream] = []
        self._reads: list[Tensor] = []

    def take(self, reads: tuple[Tensor, ...]) -> torch.cuda.Stream:
        """The next of the streams, which will read these tensors."""
        stream = next(self._streams)
        assert stream is not None
        if stream not in self._taken:
            self._taken.append(stream)
        self._reads += reads
        return stream

    def join(self, main: torch.cuda.Stream) -> None:
        """Has ``main`` wait for those that were taken."""
        # A stream that nothing was put into is no part of the recording, and waiting for it would break that off.
        for stream in self._taken:
            main.wait_stream(stream)
        self._taken.clear()
        self._reads.clear()


# By the stream that records. Autograd works in threads of its own, so this is no thread's own.
_open: dict[torch.cuda.Stream, _Branches] = {}


@contextlib.contextmanager
def opened(main: torch.cuda.Stream) -> Iterator[None]:
    """Lets what is recorded on ``main`` within put work into branches; `join` has to come before the end."""
    _open[main] = _Branches(main.device)
    try:
        yield
    finally:
        del _open[main]


def offered(device: torch.device) -> bool:
    """Whether the present stream may put work into branches."""
    return bool(_open) and device.type == "cuda" and torch.cuda.current_stream(device) in _open


@contextlib.contextmanager
def beside(*reads: Tensor) -> Iterator[None]:
    """Puts the work within, which reads these tensors, into a branch; runs it as usual where there is none."""
    device = reads[0].device
    if not offered(device):
        yield
        return
    branch = _open[torch.cuda.current_stream(device)].take(reads)
    with devices.on_stream(branch):
        yield


def join(device: torch.device) -> None:
    """Has what follows on the present stream wait for all that was put into its branches."""
    if offered(device):
        main = torch.cuda.current_stream(device)
        _open[main].join(main)
