"""Branches of a recorded step: work beside its main line, which waits for it no sooner than it needs it.

Small layers leave most of a GPU idle. A recording keeps who waits for whom, so what is put into a branch while a step
is recorded runs at the same time as the main line, and as other branches, at every replay. Where nothing is recorded,
all work is done where it stands.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

import torch
from torch import Tensor

from latentlab.core import devices
from latentlab.core.devices import Urgency

# Work in a branch waits for what was put there before: with few of them, for work that it does not need.
_COUNT = 10


Made = Callable[[Tensor], Tensor]
"""To be called with a tensor that is made in a branch and that `after` or `bring` shall wait for; it returns it."""


class _Branches:
    """Streams beside the one that records, and what they read: not to be used anew before all are done."""

    def __init__(self, main: torch.cuda.Stream) -> None:
        self._main = main
        self._streams = itertools.cycle(_streams(main.device))
        self._taken: list[torch.cuda.Stream] = []
        self._reads: list[Tensor] = []
        self._made: dict[int, torch.cuda.Event] = {}

    @contextlib.contextmanager
    def branch(self, reads: Sequence[Tensor], waits_for: Iterable[torch.cuda.Event]) -> Iterator[Made]:
        """Work within is put into the next of the streams, behind these events."""
        stream = next(self._streams)
        if stream not in self._taken:
            self._taken.append(stream)
        self._reads += reads
        for event in waits_for:
            stream.wait_event(event)
        with torch.cuda.stream(stream):
            yield self.made

    def now(self) -> list[torch.cuda.Event]:
        """The main line as it stands."""
        return [self._main.record_event()]

    def made(self, tensor: Tensor) -> Tensor:
        """Notes that the present stream has made it by now."""
        # By its address: of a tensor that is kept elsewhere, too, autograd would copy what becomes a gradient.
        self._made[tensor.data_ptr()] = torch.cuda.current_stream(tensor.device).record_event()
        return tensor

    def events(self, tensors: Iterable[Tensor]) -> list[torch.cuda.Event]:
        """Behind which these are there, as far as that was noted."""
        return [self._made[address] for address in dict.fromkeys(map(_address, tensors)) if address in self._made]

    def are_made(self, tensors: Iterable[Tensor]) -> bool:
        """Whether that was noted of all of these."""
        return all(_address(tensor) in self._made for tensor in tensors)

    def bring(self, tensors: Sequence[Tensor]) -> None:
        """Has the main line wait for those of these that branches make."""
        self._reads += tensors
        for event in self.events(tensors):
            self._main.wait_event(event)

    def join(self) -> None:
        """Has the main line wait for those that were taken."""
        # A stream that nothing was put into is no part of the recording, and waiting for it would break that off.
        for stream in self._taken:
            self._main.wait_stream(stream)
        self._taken.clear()
        self._reads.clear()
        self._made.clear()


def _as_it_is(tensor: Tensor) -> Tensor:
    return tensor


_WHERE_IT_STANDS = contextlib.nullcontext(_as_it_is)


@cache
def _streams(device: torch.device) -> list[torch.cuda.Stream]:
    """The same ones for every recording, and nobody else's: what is done in one that records is recorded."""
    streams = [devices.new_stream(device, Urgency.BRANCH) for _ in range(_COUNT)]
    return [stream for stream in streams if stream is not None]


# By the stream that records. Autograd works in threads of its own, so this is no thread's own.
_open: dict[torch.cuda.Stream, _Branches] = {}


@contextlib.contextmanager
def opened(main: torch.cuda.Stream) -> Iterator[None]:
    """Lets what is recorded on ``main`` within put work into branches; `join` has to come before the end."""
    _open[main] = _Branches(main)
    try:
        yield
    finally:
        del _open[main]


def offered(device: torch.device) -> bool:
    """Whether the present stream may put work into branches."""
    return bool(_open) and device.type == "cuda" and torch.cuda.current_stream(device) in _open


def beside(*reads: Tensor) -> contextlib.AbstractContextManager[Made]:
    """Puts the work within, which reads these tensors, into a branch behind the main line as it stands."""
    device = reads[0].device
    if not offered(device):
        return _WHERE_IT_STANDS
    branches = _open[torch.cuda.current_stream(device)]
    return branches.branch(reads, branches.now())


def after(*reads: Tensor) -> contextlib.AbstractContextManager[Made]:
    """Puts the work within, which reads these tensors, into a branch behind those alone that make them.

    What was not noted as made, the main line has: behind that as it stands.
    """
    device = reads[0].device
    if not offered(device):
        return _WHERE_IT_STANDS
    branches = _open[torch.cuda.current_stream(device)]
    waits_for = branches.events(reads)
    if not branches.are_made(reads):
        waits_for += branches.now()
    return branches.branch(reads, waits_for)


def mark(*tensors: Tensor) -> None:
    """Notes that the main line has these by now: who comes `after` them waits for nothing later."""
    device = tensors[0].device
    if offered(device):
        branches = _open[torch.cuda.current_stream(device)]
        for tensor in tensors:
            branches.made(tensor)


def bring(*tensors: Tensor) -> None:
    """Has what follows on the present stream wait for these, where branches make them."""
    device = tensors[0].device
    if offered(device):
        _open[torch.cuda.current_stream(device)].bring(tensors)


def join(device: torch.device) -> None:
    """Has what follows on the present stream wait for all that was put into its branches."""
    if offered(device):
        _open[torch.cuda.current_stream(device)].join()


def _address(tensor: Tensor) -> int:
    return tensor.data_ptr()
