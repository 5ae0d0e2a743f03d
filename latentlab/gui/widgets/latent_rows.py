"""A slider for each latent, with the images beneath which it is drawn: what the slider leads to."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QToolTip

from latentlab.gui import theme
from latentlab.gui.text_size import px
from latentlab.gui.widgets.empty_text import paint_empty_text
from latentlab.gui.widgets.latent_row_picture import LatentRow, RowPicture
from latentlab.gui.widgets.latent_rows_layout import RowsLayout, lay_out_rows
from latentlab.gui.widgets.qimages import to_qimages

__all__ = ["LatentRow", "LatentRows"]

_STEP = 0.02
_ROUNDING = 1e-5  # of a slider's range: less is the arithmetic's own
_SMALLEST_HEIGHT = 64


class LatentRows(QAbstractScrollArea):
    """Rows of latents, by mouse or keys; a click on an image goes to its value, a double-click on a slider resets it.

    Signals:
        value_changed(latent, value): the hand wants this value, in latent units.
        reset_asked(latent): a slider was double-clicked.
        view_changed(): other rows, or more or fewer columns, are in view.
    """

    value_changed = Signal(int, float)
    reset_asked = Signal(int)
    view_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[LatentRow, ...] = ()
        self._values: NDArray[np.floating] | None = None
        self._pictures: dict[int, list[QImage]] = {}
        self._image_size = 1, 1
        self._with_images = True
        self._empty_text = ""
        self._current = 0
        self._dragged: tuple[int, float] | None = None  # the row, and the value that it had
        self._hovered: tuple[int, int] | None = None
        self._focused_by_key = False
        self._layout = self._lay_out()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Latents")
        self.verticalScrollBar().valueChanged.connect(self.view_changed)
        theme.active().text_resized.connect(self._arrange)

    # What is shown.

    def show_rows(self, rows: Sequence[LatentRow], image_size: tuple[int, int]) -> None:
        """Shows these latents, in this order, with images of so many pixels across and down; none shows a sentence."""
        self._rows, self._image_size = tuple(rows), image_size
        self._current = min(self._current, max(len(rows) - 1, 0))
        if not rows:
            self._pictures, self._values, self._dragged, self._hovered = {}, None, None, None
        self._arrange()

    def show_images(self, shown: bool) -> None:
        """Shows the swept images, or the sliders alone."""
        self._with_images = shown
        self._arrange()

    def set_values(self, values: NDArray[np.floating] | None) -> None:
        """Where the latents are, D by number, or None where nobody knows yet."""
        before, self._values = self._values, values
        self._describe()
        if before is None or values is None or len(before) != len(values):
            self.viewport().update()
            return
        for place, row in enumerate(self._rows):
            if abs(float(values[row.latent] - before[row.latent])) > _ROUNDING * (row.high - row.low):
                self._redraw(place)

    def set_images(self, latent: int, images: NDArray[np.uint8]) -> None:
        """What a latent's slider leads to: uint8 images `columns`×C×H×W, evenly from its low to its high end."""
        self._pictures[latent] = to_qimages(images)
        self._redraw(self.latents.index(latent))

    def set_empty_text(self, text: str) -> None:
        """The sentence shown where there are no latents."""
        self._empty_text = text
        self._describe()
        self.viewport().update()

    @property
    def columns(self) -> int:
        """How many images a row has room for."""
        return self._layout.columns

    @property
    def latents(self) -> tuple[int, ...]:
        """The latents in the order shown."""
        return tuple(row.latent for row in self._rows)

    def in_view(self) -> tuple[LatentRow, ...]:
        """The rows of which something is seen."""
        return tuple(row for place, row in enumerate(self._rows) if self._on_screen(self._layout.row(place)))

    def handle(self, latent: int) -> QPointF:
        """The middle of a slider's handle, in the viewport."""
        place = self.latents.index(latent)
        assert self._values is not None, "no values are shown"
        return self._scrolled(self._layout.handle(place, self._rows[place].share(self._values[latent])))

    def image_rect(self, latent: int, column: int) -> QRectF:
        """Where an image lies in the viewport."""
        return self._layout.image_rect(self.latents.index(latent), column).translated(self._scrolled(QPointF()))

    # Where it lies.

    def _lay_out(self) -> RowsLayout:
        ratio, width = self.devicePixelRatioF(), self.viewport().width()
        return lay_out_rows(self._image_size, width, ratio, self._with_images, px(100) / 100)

    @Slot()
    def _arrange(self) -> None:
        self._layout = self._lay_out()
        bar, height = self.verticalScrollBar(), self.viewport().height()
        bar.setRange(0, max(0, round(len(self._rows) * self._layout.row_height) - height))
        bar.setPageStep(height)
        bar.setSingleStep(round(self._layout.row_height))
        self._describe()
        self.viewport().update()
        self.view_changed.emit()

    def _redraw(self, place: int) -> None:
        """Draws one row anew: hundreds of images in view would take longer than a frame."""
        rect = self._layout.row(place).translated(self._scrolled(QPointF()))
        self.viewport().update(rect.toAlignedRect())

    def _scrolled(self, point: QPointF) -> QPointF:
        return point - QPointF(0, self.verticalScrollBar().value())

    def _on_screen(self, rect: QRectF) -> bool:
        return rect.translated(self._scrolled(QPointF())).intersects(QRectF(self.viewport().rect()))

    def _place_at(self, at: QPointF) -> int | None:
        place = int(at.y() // self._layout.row_height)
        return place if 0 <= place < len(self._rows) else None

    def _describe(self) -> None:
        words = self._empty_text
        if self._rows:
            row = self._rows[self._current]
            value = "" if self._values is None else f" at {self._values[row.latent]:.2f}"
            words = f"{len(self._rows)} latents; {row.name}{value}"
        self.setAccessibleDescription(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if not self._rows:
            paint_empty_text(painter, self.viewport(), self._empty_text)
            return
        painter.setFont(self.font())
        painter.translate(self._scrolled(QPointF()))
        for place, row in enumerate(self._rows):
            rect = self._layout.row(place).translated(self._scrolled(QPointF()))
            if event.region().intersects(rect.toAlignedRect()):
                picture = RowPicture(painter, self._layout, place, row)
                picture.paint_caption()
                value = None if self._values is None else float(self._values[row.latent])
                hovered = self._hovered[1] if self._hovered is not None and self._hovered[0] == place else None
                picture.paint_images(self._pictures.get(row.latent, []), value, hovered)
                picture.paint_slider(value, self._focused_by_key and place == self._current)

    # The hand.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.position() - self._scrolled(QPointF())
        place = self._place_at(at)
        if event.button() != Qt.MouseButton.LeftButton or place is None:
            return
        self._current = place
        row, column = self._rows[place], self._column_at(place, at)
        if column is not None:
            self._change(row, row.at(column / (self._layout.columns - 1)))
        elif self._layout.slider(place).contains(at) and self._values is not None:
            self._dragged = place, float(self._values[row.latent])
            self._change(row, row.at(self._layout.share_at(at.x())))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.position() - self._scrolled(QPointF())
        if self._dragged is not None:
            row = self._rows[self._dragged[0]]
            self._change(row, row.at(self._layout.share_at(at.x())))
            return
        place = self._place_at(at)
        column = None if place is None else self._column_at(place, at)
        self._hover(None if place is None or column is None else (place, column))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = event.position() - self._scrolled(QPointF())
        place = self._place_at(at)
        if place is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if self._column_at(place, at) is not None:
            self.mousePressEvent(event)  # two clicks on two images, or on one
        else:
            self.reset_asked.emit(self._rows[place].latent)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._dragged is not None:
            (place, value), self._dragged = self._dragged, None
            self._change(self._rows[place], value)
        elif not self._rows or self._values is None or not self._press(event.key(), self._rows[self._current]):
            super().keyPressEvent(event)

    def _press(self, key: int, row: LatentRow) -> bool:
        """Does what a key asks for; False where it asks for nothing."""
        assert self._values is not None
        share = row.share(float(self._values[row.latent]))
        targets: dict[int, float] = {
            Qt.Key.Key_Left: share - _STEP,
            Qt.Key.Key_Right: share + _STEP,
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: 1.0,
        }
        steps: dict[int, int] = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if key in targets:
            self._change(row, row.at(min(max(targets[key], 0.0), 1.0)))
        elif key in steps:
            self._current = min(max(self._current + steps[key], 0), len(self._rows) - 1)
            self._bring_into_view()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.reset_asked.emit(row.latent)
        else:
            return False
        return True

    def _change(self, row: LatentRow, value: float) -> None:
        if self._values is not None:
            # At once under the hand; what the value comes to be in truth follows.
            values = self._values.copy()
            values[row.latent] = value
            self.set_values(values)
        self.value_changed.emit(row.latent, value)

    def _column_at(self, place: int, at: QPointF) -> int | None:
        return self._layout.column_at(place, at) if self._rows[place].latent in self._pictures else None

    def _hover(self, image: tuple[int, int] | None) -> None:
        if image != self._hovered:
            before, self._hovered = self._hovered, image
            shape = Qt.CursorShape.ArrowCursor if image is None else Qt.CursorShape.PointingHandCursor
            self.viewport().setCursor(shape)
            for place in {each[0] for each in (before, image) if each is not None}:
                self._redraw(place)

    def _bring_into_view(self) -> None:
        row, bar = self._layout.row(self._current), self.verticalScrollBar()
        if row.top() < bar.value():
            bar.setValue(round(row.top()))
        elif row.bottom() > bar.value() + self.viewport().height():
            bar.setValue(round(row.bottom()) - self.viewport().height())
        self._describe()
        self.viewport().update()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            place = self._place_at(QPointF(event.pos()) - self._scrolled(QPointF()))
            QToolTip.showText(event.globalPos(), "" if place is None else self._rows[place].tip, self)
            return True
        return super().viewportEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._focused_by_key = event.reason() != Qt.FocusReason.MouseFocusReason
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._focused_by_key = False
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(400, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, _SMALLEST_HEIGHT)
