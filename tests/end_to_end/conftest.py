"""What the tests of the commands stand on."""

from __future__ import annotations

import pytest


@pytest.fixture
def one_thread(monkeypatch):
    """Small as the tests' models are, several threads would mostly wait for each other, above all on a busy machine;
    the commands set how many, and would leave it set.
    """
    from latentlab.core import threads
    from latentlab.core.threads import limit_numpy, use_threads

    monkeypatch.setattr(threads, "available_cores", lambda: 1)
    yield
    use_threads(1)
    limit_numpy()
