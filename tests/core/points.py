"""Points, written briefly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def floats(*rows: tuple[float, float]) -> NDArray[np.float32]:
    """The points as an array (N, 2)."""
    return np.array(rows, np.float32).reshape(-1, 2)
