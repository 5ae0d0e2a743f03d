"""Every case there is, in the order in which they are measured: oracles first, then minutes, then hours."""

from __future__ import annotations

from quality_gates import (
    capacity,
    codes,
    deep_autoencoder,
    every_model,
    floors,
    grid,
    linear,
    more_latents,
    two_latents,
)

CASES = (
    *floors.CASES,
    *linear.CASES,
    *grid.CASES,
    *every_model.CASES,
    *capacity.CASES,
    *two_latents.CASES,
    *codes.CASES,
    *deep_autoencoder.CASES,
    *more_latents.CASES,
)
