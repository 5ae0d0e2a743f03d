"""How one entry of the legend is drawn."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from latentlab.gui import theme
from latentlab.gui.text_size import px

COLOUR = Qt.ItemDataRole.UserRole
COUNT = Qt.ItemDataRole.UserRole + 1
DIMMED = Qt.ItemDataRole.UserRole + 2

_HEIGHT, _AIR = 24, 4
_PADDING = 8
_SWATCH = 10
_GAP = 8
_WIDEST_NAME = 160


class LegendDelegate(QStyledItemDelegate):
    """A dot in the class's colour, its name, its count; hollow and muted where the class is dimmed."""

    def __init__(self, parent: QAbstractItemView) -> None:
        super().__init__(parent)
        self._name_width = 0
        self._count_width = 0
        self._height = _HEIGHT

    def measure(self, names: Sequence[str], counts: Sequence[int] | None, font: QFont) -> None:
        """Makes every entry as wide as the longest name and the longest count need."""
        metrics = QFontMetrics(font)
        longest = max((metrics.horizontalAdvance(name) for name in names), default=0)
        self._name_width = min(px(_WIDEST_NAME), longest + 2)
        widths = [metrics.horizontalAdvance(f"{count:,}") for count in counts or ()]
        self._count_width = max(widths, default=-_GAP) + _GAP
        self._height = max(_HEIGHT, metrics.height() + _AIR)

    def entry_size(self) -> QSize:
        """The size that every entry needs."""
        return QSize(2 * _PADDING + _SWATCH + _GAP + self._name_width + self._count_width, self._height)

    def size_within(self, width: int) -> QSize:
        """The size that every entry has where so many pixels are there for it: its name gives way."""
        return self.entry_size().boundedTo(QSize(max(width, 1), self._height))

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        view = self.parent()
        return self.size_within(view.viewport().width()) if isinstance(view, QAbstractItemView) else self.entry_size()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        colours = theme.active().colours
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = option.state
        rect = option.rect
        if state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(rect, 4, 4)
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colours.ring), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        dimmed = bool(index.data(DIMMED))
        inside = QRectF(rect).adjusted(_PADDING, 0, -_PADDING, 0)
        dot = QRectF(inside.left(), inside.center().y() - _SWATCH / 2, _SWATCH, _SWATCH)
        draw_swatch(painter, dot, QColor(*index.data(COLOUR)), dimmed)
        self._paint_words(painter, inside, index, option.font, dimmed)
        painter.restore()

    def _paint_words(
        self,
        painter: QPainter,
        inside: QRectF,
        index: QModelIndex | QPersistentModelIndex,
        font: QFont,
        dimmed: bool,
    ) -> None:
        colours = theme.active().colours
        painter.setFont(font)
        painter.setPen(QColor(colours.muted if dimmed else colours.text))
        room = inside.adjusted(_SWATCH + _GAP, 0, -self._count_width, 0)
        name = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, round(room.width()))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
        count = index.data(COUNT)
        if count is not None:
            painter.setPen(QColor(colours.muted))
            painter.drawText(inside, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, f"{count:,}")


def draw_swatch(painter: QPainter, dot: QRectF, colour: QColor, dimmed: bool) -> None:
    """Draws the dot of a class."""
    # Hollow as well as muted: the eye that tells no colours apart must see it too.
    painter.setPen(QPen(colour, 1.5) if dimmed else Qt.PenStyle.NoPen)
    painter.setBrush(Qt.BrushStyle.NoBrush if dimmed else colour)
    painter.drawEllipse(dot.adjusted(0.75, 0.75, -0.75, -0.75) if dimmed else dot)
