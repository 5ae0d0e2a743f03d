"""Rounded factors for training's large matrix products, on processors that multiply those twice as fast.

bfloat16 keeps float32's range and 8 of its 24 bits. Only the factors of a product are rounded, and what comes of it;
sums within it, weights, the optimizer, and all that is tested, shown and saved are float32 (Micikevicius et al., Mixed
Precision Training, 2018), but for points of a scatter that newer weights are about to move.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

import torch
from torch import Tensor

_FAST = ("avx512_bf16", "amx_bf16")


class _OfThread(threading.local):
    rounds = False


_here = _OfThread()


def gains(device: torch.device) -> bool:
    """Whether products of bfloat16 numbers are faster than those of float32 ones there.

    Asked of processors only: an NVIDIA GPU rounds float32's factors by itself (`devices.use_fast_matrix_products`).
    """
    return device.type == "cpu" and any(torch.cpu.get_capabilities().get(name, False) for name in _FAST)


@contextlib.contextmanager
def rounded(wanted: bool = True) -> Iterator[None]:
    """In its body, where ``wanted``, layers made for it round the factors of the calling thread's products."""
    before, keeps = _here.rounds, torch.is_autocast_cache_enabled()
    _here.rounds = wanted
    # Rounded weights that are kept would be those of the step before.
    torch.set_autocast_cache_enabled(False)
    try:
        yield
    finally:
        _here.rounds = before
        torch.set_autocast_cache_enabled(keeps)


def is_rounded() -> bool:
    """Whether the calling thread is in the body of `rounded`."""
    return _here.rounds


def of_rounded(product: Callable[..., Tensor], *factors: Tensor | None, keep: bool = False) -> Tensor:
    """``product(*factors)`` on the CPU, its factors rounded, within `rounded`; what comes of it is float32 again, or,
    on ``keep``, as rounded as it is.

    torch's autocast rounds them within the one call. Each call gives the interpreter's lock away, and beside a window
    that is busy it takes longer to come back than the rounding takes: three calls less for each layer.
    """
    torch.set_autocast_enabled("cpu", True)
    try:
        made = product(*factors)
        return made if keep else made.float()
    finally:
        torch.set_autocast_enabled("cpu", False)
