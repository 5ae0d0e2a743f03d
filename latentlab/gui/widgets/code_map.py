"""An image's code map: cells in their codes' colours or as their pictures, one of which can be picked and changed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentlab.core.palette import class_colours
from latentlab.gui import theme

Cell = tuple[int, int]
"""Row and column."""

_MARGIN = 4
_UNMARKED_OPACITY = 0.35
_NOTCH = 120  # a notch of the wheel, in eighths of a degree
_MOVES = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}


class CodeMap(QWidget):
    """Cells that are picked by click and stepped from code to code by wheel or arrows; Ctrl+arrows pick another cell.

    Signals:
        cell_hovered: (row, column) the mouse is over it; -1, -1 when it is over none.
        cell_picked: another cell is picked, or none.
        code_stepped: (steps) the picked cell is to take a code so many further on.
    """

    cell_hovered = Signal(int, int)
    cell_picked = Signal()
    code_stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._codes: NDArray[np.int64] | None = None
        self._colours = class_colours(0)
        self._pictures: Sequence[QImage] = ()
        self._marked: int | None = None
        self._picked: Cell | None = None
        self._hovered: Cell | None = None
        self._turned = 0
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Code map")

    def set_codes(self, codes: NDArray[np.int64] | None, count: int = 0) -> None:
        """Shows h×w codes out of ``count``, or nothing; a picked cell stays picked."""
        if codes is None or self._codes is None or codes.shape != self._codes.shape:
            self._picked = self._hovered = None
        self._codes = codes
        if len(self._colours) != count:
            self._colours = class_colours(count)
        self._describe()
        self.update()

    def codes(self) -> NDArray[np.int64] | None:
        """The h×w codes on show."""
        return self._codes

    def set_pictures(self, pictures: Sequence[QImage]) -> None:
        """Shows every cell as the picture of its code, one for each of them; none shows the codes' colours."""
        self._pictures = pictures
        self.update()

    def set_marked(self, code: int | None) -> None:
        """Lets the cells of one code stand out, or of none."""
        if code != self._marked:
            self._marked = code
            self.update()

    def marked(self) -> int | None:
        """The code whose cells stand out."""
        return self._marked

    def picked(self) -> Cell | None:
        """The cell that is changed by hand."""
        return self._picked

    def cell_rect(self, cell: Cell) -> QRectF:
        """Where a cell lies."""
        assert self._codes is not None, "there is no map"
        rows, columns = self._codes.shape
        side = self._side()
        left, top = (self.width() - columns * side) / 2, (self.height() - rows * side) / 2
        return QRectF(round(left) + cell[1] * side, round(top) + cell[0] * side, side, side)

    def _side(self) -> int:
        assert self._codes is not None
        rows, columns = self._codes.shape
        return max(2, int(min((self.width() - 2 * _MARGIN) / columns, (self.height() - 2 * _MARGIN) / rows)))

    def _describe(self) -> None:
        words = "" if self._codes is None else f"{self._codes.shape[0]}×{self._codes.shape[1]} codes"
        if self._codes is not None and self._picked is not None:
            row, column = self._picked
            words += f"; row {row + 1}, column {column + 1} is picked, code {self._codes[self._picked]}"
        self.setAccessibleDescription(words)

    def _cell_at(self, position: QPointF) -> Cell | None:
        if self._codes is None:
            return None
        first = self.cell_rect((0, 0))
        offset = (position - first.topLeft()) / first.width()
        column, row = int(np.floor(offset.x())), int(np.floor(offset.y()))
        inside = 0 <= row < self._codes.shape[0] and 0 <= column < self._codes.shape[1]
        return (row, column) if inside else None

    def pick(self, cell: Cell | None) -> None:
        """Picks a cell, or none."""
        if cell != self._picked:
            self._picked = cell
            self._describe()
            self.update()
            self.cell_picked.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._codes is None:
            return
        painter = QPainter(self)
        colours = theme.active().colours
        for cell in np.ndindex(self._codes.shape):
            code = int(self._codes[cell])
            painter.setOpacity(1.0 if self._marked in (None, code) else _UNMARKED_OPACITY)
            self._paint_cell(painter, self.cell_rect((cell[0], cell[1])).adjusted(0, 0, -1, -1), code)
        painter.setOpacity(1.0)
        if self._marked is not None and self._shows_pictures():
            # Fading the others is not enough around a picture that is nearly as dark as the ground.
            painter.setPen(QPen(QColor(*self._colours[self._marked]), 2))
            for row, column in np.argwhere(self._codes == self._marked):
                painter.drawRect(self.cell_rect((int(row), int(column))).adjusted(0.5, 0.5, -1.5, -1.5))
        hover = QPen(QColor(colours.muted), 1)
        if self._hovered is not None and self._shows_pictures():
            # The colour that the code has beneath the codebook's pictures, of which the cell says nothing now.
            hover = QPen(QColor(*self._colours[int(self._codes[self._hovered])]), 3)
        for ringed, pen in ((self._hovered, hover), (self._picked, QPen(QColor(colours.text), 2))):
            if ringed is not None:
                painter.setPen(pen)
                painter.drawRect(self.cell_rect(ringed).adjusted(-0.5, -0.5, -0.5, -0.5))

    def _shows_pictures(self) -> bool:
        # While another codebook is read its colours stand in for pictures of it.
        return len(self._pictures) == len(self._colours)

    def _paint_cell(self, painter: QPainter, place: QRectF, code: int) -> None:
        if not self._shows_pictures():
            painter.fillRect(place, QColor(*self._colours[code]))
            return
        picture = self._pictures[code]
        # Enlarged they are blocks, as everywhere; made smaller they would lose lines.
        smaller = place.width() * self.devicePixelRatioF() < picture.width()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smaller)
        painter.drawImage(place, picture)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._cell_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def _hover(self, cell: Cell | None) -> None:
        if cell != self._hovered:
            self._hovered = cell
            self.update()
            self.cell_hovered.emit(*(cell or (-1, -1)))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            cell = self._cell_at(event.position())
            self.pick(None if cell == self._picked else cell)

    def wheelEvent(self, event: QWheelEvent) -> None:
        cell = self._cell_at(event.position())
        event.setAccepted(cell is not None)
        if cell is None:
            return
        self.pick(cell)
        self._turned += event.angleDelta().y()
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        if notches:
            self.code_stepped.emit(-notches)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape and self._picked is not None:
            self.pick(None)
        elif key not in _MOVES or self._codes is None:
            super().keyPressEvent(event)
        elif self._picked is None:
            self.pick((0, 0))
        elif event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            (row, column), (down, across) = self._picked, _MOVES[key]
            rows, columns = self._codes.shape
            self.pick((min(max(row + down, 0), rows - 1), min(max(column + across, 0), columns - 1)))
        else:
            self.code_stepped.emit(_STEPS[key])

    def sizeHint(self) -> QSize:
        return QSize(120, 120)

    def minimumSizeHint(self) -> QSize:
        return QSize(64, 64)
