"""What the tests of the commands stand on."""

from __future__ import annotations

import pytest


@pytest.fixture
def one_thread():
    """In a busy machine's own interest; the commands set it too, and would leave it set."""
    from latentlab.core.threads import limit_numpy, use_threads

    yield
    use_threads(1)
    limit_numpy()
