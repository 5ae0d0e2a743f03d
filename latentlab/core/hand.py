"""When the hand counts as busy, so that what it does comes before all else."""

from __future__ import annotations

HAND_RESTS = 0.3
"""Seconds after its last move until the hand is taken to rest; it may only have stopped between two moves before."""
