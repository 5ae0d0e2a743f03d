"""A field for a coordinate: as narrow as its figures, and with the minus sign of the rest of the window."""

from __future__ import annotations

from PySide6.QtGui import QFocusEvent, QValidator
from PySide6.QtWidgets import QDoubleSpinBox

from latentlab.gui.text_size import follow

_FARTHEST = 1e6
_MINUS, _HYPHEN = "−", "-"
_ROOM = "−0.000"
_AROUND = 16  # the frame, the padding of the style sheet, and Qt's own about the text


class CoordinateField(QDoubleSpinBox):
    """A coordinate in latent units, typed with a minus sign or a hyphen, or stepped by the arrow keys and the wheel.

    It has no arrows to press (by the style sheet): a coordinate is moved by hand on the plane, and two of them share a
    narrow row.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setRange(-_FARTHEST, _FARTHEST)
        self.setDecimals(3)
        self.setSingleStep(0.05)
        self.setAccessibleName(name)
        follow(self, lambda: self.setMinimumWidth(self.fontMetrics().horizontalAdvance(_ROOM) + _AROUND))

    def textFromValue(self, value: float) -> str:
        return super().textFromValue(value).replace(_HYPHEN, _MINUS)

    def valueFromText(self, text: str) -> float:
        return super().valueFromText(self._plain(text))

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        state, plain, position = super().validate(self._plain(text), position)
        return state, plain.replace(_HYPHEN, _MINUS), position

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.lineEdit().home(False)  # what has no room is cut at its end: without its head it would be another number

    def _plain(self, text: str) -> str:
        """``text`` as Qt reads it."""
        return text.replace(_MINUS, self.locale().negativeSign())
