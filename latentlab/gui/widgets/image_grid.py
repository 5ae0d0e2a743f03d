"""A grid of small images that shows all of them, each with a bar beneath where it stands for an amount."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QWidget

from latentlab.gui import theme
from latentlab.gui.widgets.empty_text import paint_empty_text
from latentlab.gui.widgets.grid_layout import GAP, GridLayout, lay_out_grid
from latentlab.gui.widgets.qimages import draw, to_qimages

_BAR = 3
_REST_OPACITY = 0.45  # of a coloured bar beyond its amount
_UNUSED_OPACITY = 0.35


class ImageGrid(QAbstractScrollArea):
    """Images in rows, as large as lets all of them be seen; one can be selected, by mouse or arrow keys.

    It scrolls rather than make its images smaller than they can be told apart.

    Signals:
        image_hovered: (place) the mouse is over it; -1 when it is over none.
        image_clicked: (place) chosen with the mouse or the keys; it is selected already.
    """

    image_hovered = Signal(int)
    image_clicked = Signal(int)

    def __init__(self, least: int, largest: int, parent: QWidget | None = None) -> None:
        """Draws images with sides from ``least`` to ``largest`` pixels."""
        super().__init__(parent)
        self._sides = least, largest
        self._pictures: list[QImage] = []
        self._amounts: NDArray[np.floating] | None = None
        self._empty_text = ""
        self._selected: int | None = None
        self._hovered = -1
        self._colours: NDArray[np.uint8] | None = None
        self._layout: GridLayout | None = None
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_images(
        self,
        images: NDArray[np.uint8] | None,
        amounts: Sequence[float] | None = None,
        colours: NDArray[np.uint8] | None = None,
    ) -> None:
        """Shows uint8 images N×C×H×W, and under each a bar of its amount (0 to 1); an image of amount 0 steps back.

        ``colours``, RGB N×3, are those of the bars: each stands beneath its whole image, as far as the amount in full.
        """
        self._colours = colours
        self._pictures = [] if images is None else to_qimages(images)
        self._amounts = None if amounts is None else np.asarray(amounts, np.float64)
        if self._selected is not None and self._selected >= len(self._pictures):
            self._selected = None
        self._lay_out()
        self._describe()
        self.viewport().update()

    def set_empty_text(self, text: str) -> None:
        """The sentence shown where there are no images."""
        self._empty_text = text
        self._describe()
        self.viewport().update()

    def set_selected(self, place: int | None) -> None:
        """Highlights one image, or none; says nothing."""
        if place != self._selected:
            self._selected = place
            self._describe()
            self.viewport().update()

    def selected(self) -> int | None:
        """The highlighted image."""
        return self._selected

    def count(self) -> int:
        """How many images there are."""
        return len(self._pictures)

    def image_rect(self, place: int) -> QRectF:
        """Where one image lies in the viewport."""
        assert self._layout is not None, "there are no images"
        return self._layout.rect(place).translated(0, -self.verticalScrollBar().value())

    def _lay_out(self) -> None:
        self._layout = None
        if self._pictures:
            size, room, ratio = self._pictures[0].size(), self.viewport().size(), self.devicePixelRatioF()
            beneath = 0 if self._amounts is None else _BAR + 2
            self._layout = lay_out_grid((size.width(), size.height()), self.count(), room, beneath, self._sides, ratio)
        taken = self._layout.total_height(self.count()) if self._layout is not None else 0
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, taken - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(round(self._layout.down) if self._layout is not None else 1)

    def _describe(self) -> None:
        words = f"{self.count()} images" if self._pictures else self._empty_text
        words += f"; image {self._selected + 1} selected" if self._selected is not None else ""
        self.setAccessibleDescription(words)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if self._layout is None:
            paint_empty_text(painter, self.viewport(), self._empty_text)
            return
        for place, picture in enumerate(self._pictures):
            rect = self.image_rect(place)
            if rect.intersects(QRectF(event.rect())):
                self._paint_image(painter, picture, rect, place)
        self._paint_ring(painter, self._hovered, QColor(theme.active().colours.muted), 1)
        if self._selected is not None:
            self._paint_ring(painter, self._selected, QColor(theme.active().colours.ring), 2)

    def _paint_image(self, painter: QPainter, picture: QImage, rect: QRectF, place: int) -> None:
        assert self._layout is not None
        amount = 1.0 if self._amounts is None else float(self._amounts[place])
        painter.setOpacity(1.0 if amount > 0 else _UNUSED_OPACITY)
        draw(painter, picture, rect.left(), rect.top(), self._layout.scale)
        if self._amounts is not None:
            bar = QRectF(rect.left(), rect.bottom() + 1, rect.width(), _BAR)
            colour = QColor(theme.active().colours.accent)
            if self._colours is not None:
                colour = QColor(*self._colours[place].tolist())
                painter.setOpacity(_REST_OPACITY)
                painter.fillRect(bar, colour)
            painter.setOpacity(1.0)
            if amount > 0:
                bar.setWidth(max(1.0, rect.width() * min(amount, 1.0)))
                painter.fillRect(bar, colour)
        painter.setOpacity(1.0)

    def _paint_ring(self, painter: QPainter, place: int, colour: QColor, width: int) -> None:
        if self._layout is not None and 0 <= place < self.count():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(colour, width))
            out = width / 2 + 0.5
            painter.drawRoundedRect(self.image_rect(place).adjusted(-out, -out, out, out), 2, 2)

    def _place_at(self, position: QPointF) -> int:
        below = position + QPointF(0, self.verticalScrollBar().value())
        place = self._layout.place_at(below) if self._layout is not None else -1
        return place if place < self.count() else -1

    def _choose(self, place: int) -> None:
        self.set_selected(place)
        self._bring_into_view(place)
        self.image_clicked.emit(place)

    def _bring_into_view(self, place: int) -> None:
        rect, bar = self.image_rect(place), self.verticalScrollBar()
        if rect.top() < 0:
            bar.setValue(bar.value() + round(rect.top()) - GAP)
        elif rect.bottom() > self.viewport().height():
            bar.setValue(bar.value() + round(rect.bottom()) - self.viewport().height() + GAP)

    def _hover(self, place: int) -> None:
        if place != self._hovered:
            self._hovered = place
            self.viewport().update()
            self.image_hovered.emit(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self._place_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(-1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and place >= 0:
            self._choose(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        columns = self._layout.columns if self._layout is not None else 1
        steps: dict[int, int] = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
        }
        step = steps.get(event.key())
        if step is None or not self._pictures:
            super().keyPressEvent(event)
            return
        target = 0 if self._selected is None else self._selected + step
        if target != self._selected and 0 <= target < self.count():
            self._choose(target)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()

    def sizeHint(self) -> QSize:
        return QSize(200, 80)

    def minimumSizeHint(self) -> QSize:
        return QSize(64, self._sides[0] + 2 * GAP)
