"""A recording of a training step that keeps a CUDA graph's rules on any device.

Recording executes nothing that lasts. A replay runs the same operations on the same memory: a number that Python held
while recording stays what it was, and whatever lies in a tensor is read anew.
"""

from __future__ import annotations

import torch
from torch.utils._python_dispatch import TorchDispatchMode

# What makes the host wait for the device, to learn a value or the size of a result.
WAITING = {"_local_scalar_dense", "nonzero", "masked_select", "equal", "unique", "unique2", "bincount", "is_nonzero"}


class Tape(TorchDispatchMode):
    """The operations of a body in their order, with the tensors that they read and wrote."""

    def __init__(self):
        super().__init__()
        self.calls = []
        self._before = []
        self._made = set()
        self._generators = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        for value in kwargs.values():
            if isinstance(value, torch.Generator):
                self._generators.setdefault(id(value), (value, value.get_state()))
        if func._schema.is_mutable:
            self._keep(func, args, kwargs)
        result = func(*args, **kwargs)
        self.calls.append((func, args, kwargs, result))
        self._made.update(id(tensor) for tensor in _tensors(result))
        return result

    @property
    def names(self):
        """The operations' names, without their overloads."""
        return [func._schema.name.removeprefix("aten::") for func, *_ in self.calls]

    def rewind(self):
        """Undoes what recording did."""
        with torch.no_grad():
            for tensor, before in reversed(self._before):
                tensor.copy_(before)
        for generator, state in self._generators.values():
            generator.set_state(state)

    def replay(self):
        """Does it all again, on the same memory."""
        with torch.no_grad():
            for func, args, kwargs, result in self.calls:
                again = func(*args, **kwargs)
                aliases = any(returned.alias_info is not None for returned in func._schema.returns)
                if not aliases:
                    for old, new in zip(_tensors(result), _tensors(again), strict=True):
                        old.copy_(new)

    def _keep(self, func, args, kwargs):
        for number, argument in enumerate(func._schema.arguments):
            if argument.alias_info is None or not argument.alias_info.is_write:
                continue
            value = args[number] if number < len(args) else kwargs.get(argument.name)
            self._before += [(tensor, tensor.clone()) for tensor in _tensors(value) if id(tensor) not in self._made]


def record(body):
    """Records ``body`` as `latentlab.core.replay.Record` asks for."""
    return tape_of(body).replay


def tape_of(body):
    """The recording itself, for tests that look into it."""
    tape = Tape()
    with tape:
        body()
    tape.rewind()
    return tape


def _tensors(value):
    if isinstance(value, torch.Tensor):
        return [value]
    return [value for value in value if isinstance(value, torch.Tensor)] if isinstance(value, (list, tuple)) else []
