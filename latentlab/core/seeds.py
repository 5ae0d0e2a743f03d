"""Independent seeds from one, so that no two streams of random numbers are the same."""

from __future__ import annotations

import hashlib


def derived_seed(seed: int, purpose: str) -> int:
    """A 63-bit seed for one purpose; the same seed and purpose give the same one on every machine."""
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1
