"""Which devices there are to train on, and the one that a choice means."""

from __future__ import annotations

import torch

from latentlab.core.errors import TrainingError

CHOICES = {"auto": "Automatic", "cuda": "NVIDIA GPU (CUDA)", "mps": "Apple GPU (MPS)", "cpu": "Processor (CPU)"}


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


def describe(device: torch.device) -> str:
    """The device in words, e.g. ``cuda:0 (NVIDIA H100)`` or ``CPU, 2 threads``."""
    if device.type == "cuda":
        return f"cuda:{device.index or 0} ({torch.cuda.get_device_name(device)})"
    if device.type == "mps":
        return "Apple GPU (MPS)"
    threads = torch.get_num_threads()
    return f"CPU, {threads} thread{'s' if threads > 1 else ''}"


def _has(name: str) -> bool:
    if name == "cuda":
        return torch.cuda.is_available()
    if name == "mps":
        return torch.backends.mps.is_available()
    return True
