"""A line of text that is cut with an ellipsis rather than pushing its neighbours aside."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QEnterEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

_BETWEEN = " · "


class ElidedLabel(QWidget):
    """Takes what room it is given; where the text does not fit, its tooltip has all of it.

    Parts that are set apart by a middle dot are shown whole or left out, the last one first: half a number is wrong.

    Unlike a QLabel it never asks for another size when the text changes: figures that change five times a second would
    have the whole window laid out anew each time. The QLabel inside, which no layout minds, is painted by Qt without
    the interpreter, which a training would have to wait for.
    """

    def __init__(self, parent: QWidget | None = None, alignment: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft) -> None:
        super().__init__(parent)
        self._text = ""
        self._line = QLabel(self)
        self._line.setTextFormat(Qt.TextFormat.PlainText)
        self._line.setAlignment(alignment | Qt.AlignmentFlag.AlignVCenter)
        self._line.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def text(self) -> str:
        """The whole text."""
        return self._text

    def setText(self, text: str) -> None:
        """Shows another text."""
        if text != self._text:
            self._text = text
            self._line.setAccessibleName(text)
            if self.underMouse():
                self.setToolTip(text)
            self._fit()

    def shown_text(self) -> str:
        """The text as far as there is room for it."""
        metrics, room = self.fontMetrics(), self.width()
        parts = self._text.split(_BETWEEN)
        for count in range(len(parts), 0, -1):
            text = _BETWEEN.join(parts[:count]) + (" …" if count < len(parts) else "")
            if metrics.horizontalAdvance(text) <= room:
                return text
        return metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, room)

    def sizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def enterEvent(self, event: QEnterEvent) -> None:
        # Not with every text: Qt tells so much of a new tooltip that it would take as long as painting the figure.
        self.setToolTip(self._text)
        super().enterEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._line.setGeometry(self.rect())
        self._fit()

    def _fit(self) -> None:
        self._line.setText(self.shown_text())
