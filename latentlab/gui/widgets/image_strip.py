"""Rows of small images in columns that belong together: input, output, difference."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from latentlab.gui import theme
from latentlab.gui.widgets.empty_text import paint_empty_text
from latentlab.gui.widgets.inks import ink
from latentlab.gui.widgets.qimages import crisp_scale, draw
from latentlab.gui.widgets.strip_labels import apart, label_font
from latentlab.gui.widgets.strip_layout import FEWEST, GAP, StripLayout, lay_out
from latentlab.gui.widgets.strip_pictures import StripPictures, StripRow

__all__ = ["ImageStrip", "StripRow"]

_MARGIN = 4
_CAPTION_GAP = 12
_LABEL_GAP = 2
_MARK_GAP = 3


class ImageStrip(QWidget):
    """A grid of small images, sharp at every scale; one column can be selected, by mouse or arrow keys.

    Attributes:
        fewest: images shrink until this many columns fit (or all there are).

    Signals:
        image_hovered: (column) the mouse is over it; -1 when it is over none.
        image_clicked: (column) chosen with the mouse or the keys; it is selected already.
        columns_changed: (count) so many columns fit now.
    """

    image_hovered = Signal(int)
    image_clicked = Signal(int)
    columns_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None, fewest: int = FEWEST) -> None:
        """Shrinks the images until ``fewest`` columns fit, or all there are."""
        super().__init__(parent)
        self._fewest = fewest
        self._pictures = StripPictures()
        self._empty_text = ""
        self._labels: Sequence[str] = ()
        self._marked = 0
        self._best: int | None = None
        self._selected: int | None = None
        self._hovered = -1
        self._columns = 0
        self._focused_by_key = False
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.active().theme_changed.connect(self._recolour)
        theme.active().text_resized.connect(self._count_columns)

    def set_rows(self, rows: Sequence[StripRow]) -> None:
        """Shows ``rows``, all with as many images of one size; none shows the sentence.

        Raises:
            ValueError: the rows differ in their number of images or in the images' size.
        """
        self._pictures = StripPictures(rows)
        if self._selected is not None and self._selected >= self.count():
            self._selected = None
        self._count_columns()
        self._describe()
        self.update()

    def set_empty_text(self, text: str) -> None:
        """The sentence shown where there are no images."""
        self._empty_text = text
        self._describe()
        self.update()

    def set_labels(self, labels: Sequence[str]) -> None:
        """A few words beneath each column, or none."""
        self._labels = labels
        self._count_columns()
        self.update()

    def labels(self) -> list[str]:
        """The words beneath the columns."""
        return list(self._labels)

    def set_marked(self, count: int) -> None:
        """Underlines the first ``count`` columns, those that the others only keep company."""
        self._marked = count
        self.update()

    def marked(self) -> int:
        """How many columns are underlined."""
        return self._marked

    def set_best(self, column: int | None) -> None:
        """Has the words beneath one column stand out, or none's."""
        if column != self._best:
            self._best = column
            self._describe()
            self.update()

    def best(self) -> int | None:
        """The column whose words stand out."""
        return self._best

    def set_selected(self, column: int | None) -> None:
        """Highlights one column, or none; says nothing."""
        if column != self._selected:
            self._selected = column
            self._describe()
            self.update()

    def selected(self) -> int | None:
        """The highlighted column."""
        return self._selected

    def count(self) -> int:
        """Images in a row, whether they fit or not."""
        return self._pictures.count

    def columns(self) -> int:
        """Columns that are visible."""
        return self._columns

    def column_rect(self, column: int) -> QRectF:
        """Where a visible column lies, all its rows."""
        return self._grid().column_rect(column)

    def height_with(self, side: float) -> int:
        """The height at which no side of the images as drawn is greater than ``side``, but as near as is sharp."""
        if not self._pictures:
            return 0
        width, height = self._pictures.image_size
        scale = crisp_scale(width, height, side, side, self.devicePixelRatioF())
        return math.ceil(len(self._pictures.captions) * (height * scale + GAP) - GAP) + 2 * _MARGIN

    def _grid(self) -> StripLayout:
        captions = self._pictures.captions
        metrics = QFontMetrics(theme.small(self.font()))
        widest = max(metrics.horizontalAdvance(caption) for caption in captions)
        left = _MARGIN + (widest + _CAPTION_GAP if widest else 0)
        beneath = _MARGIN + (metrics.height() + _LABEL_GAP if self._labels else 0)
        room = QRectF(left, _MARGIN, self.width() - left - _MARGIN, self.height() - _MARGIN - beneath)
        size, ratio = self._pictures.image_size, self.devicePixelRatioF()
        return lay_out(size, self.count(), len(captions), room, ratio, self._fewest)

    @Slot()
    def _count_columns(self) -> None:
        columns = self._grid().columns if self._pictures else 0
        if columns != self._columns:
            self._columns = columns
            self.columns_changed.emit(columns)

    def _describe(self) -> None:
        # Screen readers get in words what the eye gets at a glance.
        words = self._empty_text
        if self._pictures:
            captions = ", ".join(caption for caption in self._pictures.captions if caption)
            words = f"{self.count()} images" + (f"; rows: {captions}" if captions else "")
            words += f"; image {self._selected + 1} selected" if self._selected is not None else ""
            words += f"; image {self._best + 1} best" if self._best is not None else ""
        self.setAccessibleDescription(words)

    @Slot()
    def _recolour(self) -> None:
        self._pictures.forget()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        if not self._pictures:
            paint_empty_text(painter, self, self._empty_text)
            return
        grid = self._grid()
        exposed = event.rect()
        seen = grid.rows_between(exposed.top(), exposed.bottom())
        self._paint_captions(painter, grid, seen)
        for row in seen:
            for column, picture in enumerate(self._pictures.pictures(row, grid.columns)):
                draw(painter, picture, *grid.corner(row, column), grid.scale)
        self._paint_labels(painter, grid)
        self._paint_rings(painter, grid)

    def _paint_captions(self, painter: QPainter, grid: StripLayout, rows: range) -> None:
        painter.setFont(theme.small(self.font()))
        painter.setPen(ink(theme.active().colours.muted))
        for row in rows:
            caption = self._pictures.captions[row]
            if not caption:
                continue
            room = QRectF(0, grid.corner(row, 0)[1], grid.left - _CAPTION_GAP, grid.height)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, caption)

    def _paint_labels(self, painter: QPainter, grid: StripLayout) -> None:
        labels = self._labels[: grid.columns]
        painter.setFont(label_font(labels, self.font(), grid.width + GAP))
        colours, metrics = theme.active().colours, painter.fontMetrics()
        for column in apart([metrics.horizontalAdvance(label) for label in labels], grid.width + GAP, self._best):
            label, above = labels[column], grid.column_rect(column)
            room = QRectF(above.left(), above.bottom() + _LABEL_GAP, above.width(), metrics.height())
            painter.setPen(QColor(colours.muted))
            if column == self._best:
                width = max(above.width(), metrics.horizontalAdvance(label) + 2 * _LABEL_GAP)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colours.accent))
                painter.drawRoundedRect(QRectF(room.center().x() - width / 2, room.top(), width, room.height()), 2, 2)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QColor(colours.accent_text))
            left = max((metrics.horizontalAdvance(label) - above.width()) / 2 - above.left(), 0)
            room.moveLeft(room.left() + left)  # words wider than the first image begin with the strip
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip, label)
        if self._marked and grid.columns:
            first, last = grid.column_rect(0), grid.column_rect(min(self._marked, grid.columns) - 1)
            y = first.bottom() + _MARK_GAP
            painter.setPen(QPen(QColor(theme.active().colours.ring), 2))
            painter.drawLine(QPointF(first.left(), y), QPointF(last.right(), y))

    def _paint_rings(self, painter: QPainter, grid: StripLayout) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme.active().colours
        if 0 <= self._hovered < grid.columns and self._hovered != self._selected:
            _paint_ring(painter, grid, self._hovered, QPen(QColor(colours.muted), 1))
        if self._selected is not None and self._selected < grid.columns:
            _paint_ring(painter, grid, self._selected, QPen(QColor(colours.ring), 2))
        elif self._focused_by_key:
            _paint_ring(painter, grid, 0, QPen(QColor(colours.ring), 1, Qt.PenStyle.DashLine))

    def _choose(self, column: int) -> None:
        self.set_selected(column)
        self.image_clicked.emit(column)

    def _hover(self, column: int) -> None:
        if column != self._hovered:
            self._hovered = column
            self.update()
            self.image_hovered.emit(column)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._grid().column_at(event.position()) if self._pictures else -1)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        column = self._grid().column_at(event.position()) if self._pictures else -1
        if event.button() == Qt.MouseButton.LeftButton and column >= 0:
            self._choose(column)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        last = self._columns - 1
        here = self._selected
        targets: dict[int, int] = {
            Qt.Key.Key_Left: last if here is None else max(0, here - 1),
            Qt.Key.Key_Right: 0 if here is None else min(last, here + 1),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        target = targets.get(event.key())
        if target is None or last < 0:
            super().keyPressEvent(event)
        elif target != here:
            self._choose(target)

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Who arrives with Tab must see where the arrows will act; who clicked knows.
        self._focused_by_key = event.reason() != Qt.FocusReason.MouseFocusReason
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._focused_by_key = False
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._count_columns()

    def sizeHint(self) -> QSize:
        return QSize(400, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 96)


def _paint_ring(painter: QPainter, grid: StripLayout, column: int, pen: QPen) -> None:
    out = pen.widthF() / 2 + 0.5
    painter.setPen(pen)
    painter.drawRoundedRect(grid.column_rect(column).adjusted(-out, -out, out, out), 2, 2)
