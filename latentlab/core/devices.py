"""Which devices there are to train on, and the one that a choice means."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from enum import IntEnum

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


def free_memory(device: torch.device) -> int | None:
    """Bytes that are free on a device with memory of its own; None where it shares the machine's."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else None


class Urgency(IntEnum):
    """Whose work a GPU does first, in CUDA's numbers.

    torch has 32 streams of each, which it gives in turn: on a GPU that knows so many, those of different urgency are
    never the same.
    """

    BRANCH = 0
    TRAINING = -1
    VIEW = -2


def new_stream(device: torch.device, urgency: Urgency = Urgency.TRAINING) -> torch.cuda.Stream | None:
    """A queue of work of its own on an NVIDIA GPU; None where there is no such thing."""
    return torch.cuda.Stream(device, int(urgency)) if device.type == "cuda" else None  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def on_stream(stream: torch.cuda.Stream | None) -> Iterator[None]:
    """Has the GPU's work within queue in ``stream``, behind what the calling thread has queued so far."""
    if stream is None:
        yield
        return
    stream.wait_stream(torch.cuda.current_stream(stream.device))
    with torch.cuda.stream(stream):
        yield


@contextlib.contextmanager
def own_stream(device: torch.device) -> Iterator[None]:
    """Has the GPU's work within queue in a stream of its own, so that it waits for nobody else's."""
    with on_stream(new_stream(device, Urgency.VIEW)):
        yield


def use_fast_matrix_products(device: torch.device, fast: bool = True) -> None:
    """Whether an NVIDIA GPU rounds the factors of float32 matrix products to TF32's 10 bits (the sums stay float32).

    Ten bits are finer than the noise of a minibatch, and the figures of quality do not suffer. It holds for the whole
    process, for all that is computed from now on.
    """
    if device.type == "cuda":
        torch.backends.cuda.matmul.fp32_precision = "tf32" if fast else "ieee"


def _has(name: str) -> bool:
    if name == "cuda":
        return torch.cuda.is_available()
    if name == "mps":
        return torch.backends.mps.is_available()
    return True
