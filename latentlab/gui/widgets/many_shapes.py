"""Many lines or points in one call, straight from an array.

A Python object for each would take longer than the painting, and a thousand of them a frame wake the garbage collector.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import shiboken6
from numpy.typing import NDArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter


def draw_lines(painter: QPainter, lines: NDArray[np.float64]) -> None:
    """Draws lines (N, 4), x and y of both ends, with the painter's pen."""
    if len(lines):
        lines = np.ascontiguousarray(lines, np.float64)  # as QLineFs lie in memory; alive until they are drawn
        first = cast(QLineF, shiboken6.wrapInstance(lines.ctypes.data, QLineF))
        painter.drawLines(first, len(lines))


def draw_points(painter: QPainter, points: NDArray[np.float64]) -> None:
    """Draws points (N, 2) as dots of the painter's pen."""
    if len(points):
        x, y = np.ascontiguousarray(points.T, np.float64)
        painter.drawPointsNp(x, y)
