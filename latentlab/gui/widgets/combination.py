"""What Shift and Alt mean beside a pick: the same in every view."""

from __future__ import annotations

from PySide6.QtCore import Qt

from latentlab.core.selection import Combine


def combination(modifiers: Qt.KeyboardModifier) -> Combine:
    """Shift adds to what is selected, Alt takes away from it, neither puts the pick in its place."""
    if modifiers & Qt.KeyboardModifier.AltModifier:
        return Combine.REMOVE
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return Combine.ADD
    return Combine.REPLACE
