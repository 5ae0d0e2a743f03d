"""What the core's tests share: one thread, as the machines that run them are busy."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """Two threads on a busy machine wait for each other longer than they work."""
    from latentlab.core.threads import use_threads

    use_threads(1)
