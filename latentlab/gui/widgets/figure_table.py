"""Figures with their standard errors, under small headings."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from latentlab.core.figures import Figure
from latentlab.gui.text_size import follow, is_large, px

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
# Beyond it, the eye would lose the line from a title to its number.
_WIDEST = 400
_SHORT = {"nats per image": "nats", "bits per dimension": "bits/dim"}


class FigureTable(QWidget):
    """Title, number and unit of each figure; how it was estimated is in the tooltip."""

    def __init__(self) -> None:
        super().__init__()
        self._labels: list[list[QLabel]] = []
        self._figures: Sequence[Figure] = ()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(0, 1)
        follow(self, self._resize)

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Shows other figures; those of a group stand together."""
        self._figures = figures
        for label in itertools.chain.from_iterable(self._labels):
            self._grid.removeWidget(label)
            label.hide()
            label.deleteLater()
        self._labels = []
        for group, members in itertools.groupby(figures, lambda figure: figure.group):
            heading = QLabel(group)
            heading.setProperty("role", "heading")
            heading.setContentsMargins(0, 6 if self._labels else 0, 0, 0)
            self._put([heading], columns=4)
            for figure in members:
                self._put(_labels(figure))

    def _resize(self) -> None:
        self.setMaximumWidth(px(_WIDEST))
        self.show_figures(self._figures)

    def text(self) -> str:
        """All that is on show, a line a row."""
        return "\n".join("\t".join(label.text() for label in row) for row in self._labels)

    def _put(self, labels: Sequence[QLabel], columns: int = 1) -> None:
        for column, label in enumerate(labels):
            self._grid.addWidget(label, len(self._labels), column, 1, columns)
        self._labels.append(list(labels))


def _labels(figure: Figure) -> list[QLabel]:
    title, number, unit = QLabel(figure.title), QLabel(figure.number()), QLabel(_SHORT.get(figure.unit, figure.unit))
    title.setWordWrap(True)
    for label in (number, unit):
        label.setWordWrap(is_large())
    unit.setProperty("role", "note")
    number.setAlignment(_RIGHT)
    labels: list[QLabel] = [title, number, unit]
    for label in labels:
        label.setToolTip(f"{figure.title}: {figure.note}" if figure.note else figure.title)
    return labels
