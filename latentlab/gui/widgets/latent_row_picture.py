"""How one latent's row looks: its caption, the swept images, and the slider beneath them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from latentlab.gui import theme
from latentlab.gui.widgets.latent_rows_layout import RowsLayout
from latentlab.gui.widgets.qimages import draw

_RADIUS, _GROOVE, _FOCUS_GAP = 5.0, 3.0, 2.5
_CARET_WIDTH, _CARET_HEIGHT, _CARET_OUT = 9.0, 6.0, 2.5
_SAME = 0.02  # of the way from one image to the next: nearer than this an image is the latent's own
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class LatentRow:
    """What a row says of its latent.

    Attributes:
        latent: counted from 0.
        figure: what it is ordered by, for the caption.
        low, high: the ends of its slider, in latent units.
        tip: what more there is to say.
    """

    latent: int
    figure: str
    low: float
    high: float
    tip: str

    @property
    def name(self) -> str:
        """As it is called, counted from 1."""
        return f"z{self.latent + 1}"

    def share(self, value: float) -> float:
        """How far a value is from the low end, as a share of the range."""
        return (value - self.low) / (self.high - self.low)

    def at(self, share: float) -> float:
        """The value so far from the low end."""
        return self.low + share * (self.high - self.low)


@dataclass(frozen=True)
class RowPicture:
    """Paints the row at one place; the painter has the widget's font and the layout's corner."""

    painter: QPainter
    layout: RowsLayout
    place: int
    row: LatentRow

    def paint_caption(self) -> None:
        """The latent's name and figure: one above the other beside images, in a line beside a slider alone."""
        painter, colours, room = self.painter, theme.active().colours, self.layout.caption(self.place)
        font, with_images = painter.font(), self.layout.image[1] > 0
        line = painter.fontMetrics().height()
        name, figure = QRectF(room), QRectF(room)
        if with_images:
            name = QRectF(room.left(), room.center().y() - line, room.width(), line)
            figure = name.translated(0, line)
        painter.setPen(QColor(colours.text))
        painter.drawText(name, _LEFT, self.row.name)
        painter.setFont(theme.small(font))
        painter.setPen(QColor(colours.muted))
        painter.drawText(figure, _LEFT if with_images else _RIGHT, self.row.figure)
        painter.setFont(font)

    def paint_images(self, pictures: Sequence[QImage], value: float | None, hovered: int | None) -> None:
        """The swept images, the one nearest to the latent's value in a ring; none where they are not there yet.

        Where the value is none of theirs the ring is thin, and carets stand at its very place.
        """
        if len(pictures) != self.layout.columns or not self.layout.scale:
            return
        for column, picture in enumerate(pictures):
            rect = self.layout.image_rect(self.place, column)
            draw(self.painter, picture, rect.left(), rect.top(), self.layout.scale)
        colours = theme.active().colours
        if hovered is not None:
            self._paint_ring(hovered, QPen(QColor(colours.muted), 1))
        if value is not None:
            place = self.row.share(value) * (self.layout.columns - 1)
            nearest = round(min(max(place, 0.0), self.layout.columns - 1.0))
            between = abs(place - nearest) > _SAME
            self._paint_ring(nearest, QPen(QColor(colours.ring), 1 if between else 2))
            if between and 0.0 <= self.row.share(value) <= 1.0:
                self._paint_carets(self.layout.handle(self.place, self.row.share(value)).x())

    def paint_slider(self, value: float | None, focused: bool) -> None:
        """The groove, and where the value is known the handle and the value; hollow beyond the range of the data."""
        painter, colours, (begin, end) = self.painter, theme.active().colours, self.layout.track
        middle = self.layout.slider(self.place).center().y()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.line))
        painter.drawRoundedRect(QRectF(begin, middle - _GROOVE / 2, end - begin, _GROOVE), _GROOVE / 2, _GROOVE / 2)
        if value is None:
            return
        share = self.row.share(value)
        handle = self.layout.handle(self.place, share)
        painter.setPen(QPen(QColor(colours.ring), 1.5))
        painter.setBrush(QColor(colours.ring if 0.0 <= share <= 1.0 else colours.surface))
        painter.drawEllipse(handle, _RADIUS, _RADIUS)
        if focused:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.ring), 1))
            painter.drawEllipse(handle, _RADIUS + _FOCUS_GAP, _RADIUS + _FOCUS_GAP)
        font = painter.font()
        painter.setFont(theme.small(font))
        painter.setPen(QColor(colours.text))
        painter.drawText(self.layout.value(self.place), _RIGHT, f"{value:.2f}".replace("-", "−"))
        painter.setFont(font)

    def _paint_carets(self, x: float) -> None:
        """Two small wedges, above and beneath the images, that point at ``x``; seen on ink, paper and ground."""
        painter, colours, images = self.painter, theme.active().colours, self.layout.image_rect(self.place, 0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.surface), 1))
        painter.setBrush(QColor(colours.ring))
        for edge, inward in ((images.top() - _CARET_OUT, 1), (images.bottom() + _CARET_OUT, -1)):
            tip, half = QPointF(x, edge + inward * _CARET_HEIGHT), _CARET_WIDTH / 2
            painter.drawPolygon([QPointF(x - half, edge), QPointF(x + half, edge), tip])

    def _paint_ring(self, column: int, pen: QPen) -> None:
        out = pen.widthF() / 2 + 0.5
        self.painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.painter.setPen(pen)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        rect = self.layout.image_rect(self.place, column).adjusted(-out, -out, out, out)
        self.painter.drawRoundedRect(rect, 2, 2)
