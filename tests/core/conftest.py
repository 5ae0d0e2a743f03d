"""What the core's tests share: one thread, as the machines that run them are busy."""

import pytest


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    """Two threads on a busy machine wait for each other longer than they work."""
    import torch

    torch.set_num_threads(1)
    # As a command would have it that ran in this process before; Hypothesis draws numbers that were taken for zero.
    torch.set_flush_denormal(False)
