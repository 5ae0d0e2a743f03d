"""Finds races in a recorded step without a GPU: streams that keep nothing but an order, and memory that is used anew.

Every operation is an event of the stream that it is put into, and a stream knows which events of others come before its
next one (a vector clock, Mattern 1989). Two events at the same memory of which one writes must be in an order; and
memory that is free again, which an allocator hands out on the stream that it was first taken on, must have been left
by all others.
"""

import contextlib
from collections import Counter, defaultdict
from types import SimpleNamespace

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from latentlab.core import branches

_ALL = (0, 2**62)


class Stream:
    """One that executes at once and knows what it comes after."""

    def __init__(self, name):
        self.name, self.clock, self.device = name, Counter(), torch.device("cpu")

    def event(self):
        self.clock[self.name] += 1
        return self.name, self.clock[self.name]

    def comes_after(self, event):
        return self.clock[event[0]] >= event[1]

    def record_event(self):
        return Counter(self.clock)

    def wait_event(self, clock):
        self.clock |= clock

    def wait_stream(self, other):
        self.wait_event(other.record_event())


class _Memory:
    """A storage: who first had it, and the events that wrote or read parts of it, by their ends."""

    def __init__(self, owner, storage):
        self.owner, self.alive = owner, StorageWeakRef(storage)
        self.writes, self.reads = [], []

    def unordered(self, stream, part, uses, event):
        """The uses of a part that ``stream`` does not come after."""
        begin, end = part
        others = [use for first, last, use in uses if first < end and begin < last and use != event]
        return [use for use in others if not stream.comes_after(use)]


class Races(TorchDispatchMode):
    """Watches the operations of what runs within, on streams of its own.

    Attributes:
        found: what is wrong, the operation and its stream: how often.
        beside: how many operations were put into branches.
    """

    def __init__(self, monkeypatch, count=branches._COUNT):
        super().__init__()
        self.main = Stream("main")
        self._present = [self.main]
        self._memories, self._free = {}, defaultdict(list)
        self.found, self.beside = Counter(), 0
        cuda = SimpleNamespace(current_stream=lambda device=None: self._present[-1], stream=self._within)
        streams = [Stream(f"branch {number}") for number in range(count)]
        monkeypatch.setattr(branches, "torch", SimpleNamespace(cuda=cuda))
        monkeypatch.setattr(branches, "_streams", lambda device: streams)
        monkeypatch.setattr(branches, "offered", lambda device: self._present[-1] in branches._open)

    @contextlib.contextmanager
    def recording(self):
        """What `replay.cuda_graph` records within."""
        with self, branches.opened(self.main):
            yield

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs, stream = kwargs or {}, self._present[-1]
        self._sweep()
        inputs = [value for value in tree_leaves((args, kwargs)) if isinstance(value, torch.Tensor)]
        result = func(*args, **kwargs)
        known = {_key(tensor) for tensor in inputs}
        made = [value for value in tree_leaves(result) if isinstance(value, torch.Tensor)]
        if any(each.alias_info is not None and not each.alias_info.is_write for each in func._schema.returns) and all(
            _key(tensor) in known for tensor in made
        ):
            return result  # a view
        self.beside += stream is not self.main
        event, written = stream.event(), _written(func, args, kwargs)
        for tensor in inputs:
            self._use(tensor, stream, event, _key(tensor) in written, func)
        fresh = [tensor for tensor in made if _key(tensor) not in known and _key(tensor) not in self._memories]
        for tensor in fresh:
            memory = self._memory(tensor, stream)
            memory.writes = [(*_ALL, event)]
        if fresh:
            self._reuse(stream, event, func)
        return result

    def _use(self, tensor, stream, event, writes, func):
        memory, part = self._memory(tensor, None), _part(tensor)
        if memory.unordered(stream, part, memory.writes, event):
            self._complain("written by another" if writes else "read before it is written", func, stream)
        if not writes:
            memory.reads.append((*part, event))
            return
        if memory.unordered(stream, part, memory.reads, event):
            self._complain("written while it is read", func, stream)
        memory.writes = [use for use in memory.writes if not _covers(part, use)] + [(*part, event)]
        memory.reads = [use for use in memory.reads if not _covers(part, use)]

    def _reuse(self, stream, event, func):
        """As if all that is free on the stream had been handed out for what was made just now."""
        still = []
        for memory in self._free[stream]:
            if memory.unordered(stream, _ALL, memory.writes + memory.reads, event):
                self._complain("handed out while it is used", func, stream)
                still.append(memory)
        self._free[stream] = still

    def _memory(self, tensor, owner):
        if _key(tensor) not in self._memories:
            self._memories[_key(tensor)] = _Memory(owner, tensor.untyped_storage())
        return self._memories[_key(tensor)]

    def _sweep(self):
        for key in [key for key, memory in self._memories.items() if memory.alive.expired()]:
            memory = self._memories.pop(key)
            if memory.owner is not None:
                self._free[memory.owner].append(memory)

    def _complain(self, what, func, stream):
        self.found[what, str(func), stream.name] += 1

    @contextlib.contextmanager
    def _within(self, stream):
        self._present.append(stream)
        try:
            yield
        finally:
            self._present.pop()


def _key(tensor):
    return tensor.untyped_storage()._cdata


def _part(tensor):
    if not tensor.is_contiguous():
        return _ALL
    return tensor.storage_offset(), tensor.storage_offset() + tensor.numel()


def _covers(part, use):
    return part[0] <= use[0] and use[1] <= part[1]


def _written(func, args, kwargs):
    """The storages that an operation writes to."""
    written = set()
    for number, argument in enumerate(func._schema.arguments):
        if argument.alias_info is not None and argument.alias_info.is_write:
            value = args[number] if number < len(args) else kwargs.get(argument.name)
            written |= {_key(tensor) for tensor in tree_leaves(value) if isinstance(tensor, torch.Tensor)}
    return written
