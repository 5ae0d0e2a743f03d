"""Every case there is, in the order in which they are measured: oracles first, then minutes, then hours."""

from __future__ import annotations

from quality_gates import every_model, floors, grid

CASES = (*floors.CASES, *grid.CASES, *every_model.CASES)
