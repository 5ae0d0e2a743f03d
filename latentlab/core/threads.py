"""Threads that touch torch all start here, so that training and the hand never fight for the same cores.

``torch.set_num_threads`` acts on the calling thread only, and a thread that never called it takes every core in
matrix products; two such threads starve each other at OpenMP's barriers (measured: throughput falls to a tenth).
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator

from threadpoolctl import threadpool_limits

_NICENESS = 10
_TURN_SECONDS = 0.0003


def available_cores() -> int:
    """Cores that this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def training_threads() -> int:
    """Intra-op threads for training: all cores but the one that the hand needs."""
    return max(1, available_cores() - 1)


def limit_numpy() -> None:
    """Holds NumPy's and SciPy's BLAS to one thread; called once, as soon as the program has the time for it."""
    # SciPy brings a BLAS of its own, and one that is loaded later would not be held.
    import scipy.linalg  # noqa: F401

    threadpool_limits(limits=1, user_api="blas")


def use_threads(count: int) -> None:
    """Holds torch in the calling thread to ``count`` intra-op threads; call before the first torch work there."""
    import torch

    torch.set_num_threads(count)
    # Adam's averages of gradients that stopped coming (of pixels that are never inked, say) shrink below what
    # processors are fast at; taken for zero there, a step costs less by a tenth and the weights are the same.
    torch.set_flush_denormal(True)


def yield_to_others() -> None:
    """Has the calling thread do its long work behind the short work of others, where threads can differ in that."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


@contextlib.contextmanager
def short_turns() -> Iterator[None]:
    """In its body, who waits for the interpreter's lock has it after a third of a millisecond rather than after five.

    A training asks for it a hundred times a step. Beside a window whose Python is long at a stretch, several
    milliseconds with every snapshot, it would stand still meanwhile.
    """
    before = sys.getswitchinterval()
    sys.setswitchinterval(_TURN_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def start_thread(name: str, body: Callable[[], None], intra_op_threads: int = 1) -> threading.Thread:
    """Starts ``body`` in a thread of its own in which torch uses ``intra_op_threads`` threads."""

    def run() -> None:
        use_threads(intra_op_threads)
        body()

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
