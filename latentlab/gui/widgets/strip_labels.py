"""Which words beneath the columns of a strip are written, and how large, so that none runs into the next."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFont, QFontMetricsF

from latentlab.gui import theme

_BETWEEN = 2.0


def label_font(labels: Sequence[str], font: QFont, pitch: float) -> QFont:
    """The font of quiet text; where it was enlarged, less so as far as the words need it, down to the normal size."""
    quiet = theme.small(font)
    metrics = QFontMetricsF(quiet)
    widest = max((metrics.horizontalAdvance(label) for label in labels), default=0.0) + _BETWEEN
    share = max(pitch / widest, 100 / theme.active().text_percent)
    if share < 1:
        quiet.setPointSizeF(quiet.pointSizeF() * share)
    return quiet


def apart(widths: Sequence[float], pitch: float, best: int | None) -> list[int]:
    """The columns whose words, so wide and ``pitch`` pixels apart, keep clear of each other; the best's go first."""
    taken: list[int] = []
    for column in sorted(range(len(widths)), key=lambda each: each != best):
        if all(abs(column - other) * pitch >= (widths[column] + widths[other]) / 2 + _BETWEEN for other in taken):
            taken.append(column)
    return taken
