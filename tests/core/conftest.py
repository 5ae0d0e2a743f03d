"""What the core's tests share: one thread, as the machines that run them are busy."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Two threads on a busy machine wait for each other longer than they work."""
    import torch

    torch.set_num_threads(1)  # not use_threads: Hypothesis draws subnormal numbers, which it takes for zero
