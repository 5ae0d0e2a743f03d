"""Which devices there are to train on, and the one that a choice means."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

from latentlab.core.errors import TrainingError

CHOICES = {"auto": "Automatic", "cuda": "NVIDIA GPU (CUDA)", "mps": "Apple GPU (MPS)", "cpu": "Processor (CPU)"}

# CUDA and MPS say the first; for the machine's own memory torch has no error class.
_MEMORY_SIGNS = ("out of memory", "DefaultCPUAllocator")


def resolve(choice: str) -> torch.device:
    """The device that ``choice`` means here; "auto" is CUDA, else MPS, else the CPU.

    Raises:
        TrainingError: the device asked for is not in this machine.
    """
    if choice == "auto":
        return torch.device("cuda" if _has("cuda") else "mps" if _has("mps") else "cpu")
    name = choice.partition(":")[0]
    if name not in CHOICES:
        raise TrainingError(f"There is no device called {choice!r}; choose one of {', '.join(CHOICES)}.")
    if not _has(name):
        raise TrainingError(f"This machine has no {CHOICES[name]} that torch can use; choose Automatic or the CPU.")
    return torch.device(choice)


def describe(device: torch.device, threads: int | None = None) -> str:
    """The device in words, e.g. ``cuda:0 (NVIDIA H100)`` or ``CPU, 2 threads`` (by default the calling thread's)."""
    if device.type == "cuda":
        return f"cuda:{device.index or 0} ({torch.cuda.get_device_name(device)})"
    if device.type == "mps":
        return "Apple GPU (MPS)"
    threads = threads or torch.get_num_threads()
    return f"CPU, {threads} thread{'s' if threads > 1 else ''}"


@contextlib.contextmanager
def memory_in_words(advice: str) -> Iterator[None]:
    """Turns a lack of memory, which torch reports differently on every device, into a sentence with ``advice``.

    Raises:
        TrainingError: the memory ran out within.
    """
    try:
        yield
    except RuntimeError as error:
        if not any(sign in str(error) for sign in _MEMORY_SIGNS):
            raise
        raise TrainingError(f"The device ran out of memory; try {advice} or the CPU.") from None


def _has(name: str) -> bool:
    if name == "cuda":
        return torch.cuda.is_available()
    if name == "mps":
        return torch.backends.mps.is_available()
    return True
