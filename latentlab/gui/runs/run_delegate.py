"""How a row of the Runs panel is drawn, and where its parts lie."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from latentlab.gui import theme
from latentlab.gui.runs.run_rows import RunRow
from latentlab.gui.text_size import px

ROW = Qt.ItemDataRole.UserRole
COLOUR = Qt.ItemDataRole.UserRole + 1
CHOSEN = Qt.ItemDataRole.UserRole + 2
THUMBNAIL = Qt.ItemDataRole.UserRole + 3

_TOP, _UNDER, _WORDS = 6, 8, 42  # above the words, beneath them, and of their two lines
_STAMP = 44
_CHECK = 16
_GAP = 8
_MARK = 3
_DOT = 10
# Of the words' column, at most, for figures and the state at its right.
_RIGHT_SHARE = 0.65

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Places:
    """Where a row's parts lie."""

    check: QRect
    stamp: QRect
    title: QRect
    details: QRect
    right: int

    @classmethod
    def of(cls, row: QRect) -> Places:
        """The parts of a row of that size and place."""
        middle = row.center().y() + 1
        check = QRect(row.left() + _MARK + _GAP, middle - _CHECK // 2, _CHECK, _CHECK)
        stamp = QRect(check.right() + _GAP + 1, middle - _STAMP // 2, _STAMP, _STAMP)
        left = stamp.right() + _GAP + 1
        words = QRect(left, row.top() + _TOP, row.right() - left - _GAP, row.height() - _TOP - _UNDER)
        half = words.height() // 2
        title = QRect(words.left() + _DOT + 6, words.top(), words.width() - _DOT - 6, half)
        return cls(check, stamp, title, QRect(words.left(), words.top() + half, words.width(), half), words.right())


def row_height() -> int:
    """The height of every row."""
    return _TOP + px(_WORDS) + _UNDER


class RunDelegate(QStyledItemDelegate):
    """Check box, thumbnail, colour, name and figure; beneath them settings and state, and a line of progress."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(240, row_height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row: RunRow = index.data(ROW)
        colours = theme.active().colours
        places = Places.of(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option, bool(index.data(CHOSEN)))
        self._paint_check(painter, places.check, index.data(Qt.ItemDataRole.CheckStateRole))
        self._paint_stamp(painter, places.stamp, index)
        red, green, blue = index.data(COLOUR)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(red, green, blue))
        painter.drawEllipse(QRectF(places.details.left(), places.title.center().y() - _DOT / 2 + 1, _DOT, _DOT))
        font = option.font
        font.setBold(bool(index.data(CHOSEN)))
        painter.setFont(font)
        _paint_line(painter, places.title, row.title, row.figure, colours.muted if row.quiet else colours.text)
        font.setBold(False)
        painter.setFont(theme.small(font))
        if row.problem:
            _paint_line(painter, places.details, row.problem, row.state, colours.error, colours.muted)
        else:
            right = " · ".join(filter(None, (row.error, row.state)))
            _paint_line(painter, places.details, row.details, right, colours.muted)
        if row.progress >= 0:
            self._paint_progress(painter, places.details, row.progress)
        painter.restore()

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName("The run's name")
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        # Asked for again whenever the row has news, five times a second while the run trains.
        if not editor.isModified() and editor.text() != index.data(ROW).title:
            editor.setText(index.data(ROW).title)
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        assert isinstance(editor, QLineEdit)
        model.setData(index, editor.text(), Qt.ItemDataRole.EditRole)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        title = Places.of(option.rect).title
        editor.setGeometry(QRect(title.left() - 8, title.top() - 4, min(title.width() + 8, px(240)), px(20) + 6))

    @staticmethod
    def _paint_ground(painter: QPainter, option: QStyleOptionViewItem, chosen: bool) -> None:
        colours, rect = theme.active().colours, QRectF(option.rect).adjusted(0, 1, 0, -1)
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(rect, 4, 4)
        if chosen:
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(QRectF(rect.left(), rect.top() + 4, _MARK, rect.height() - 8), 1.5, 1.5)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(colours.ring), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    @staticmethod
    def _paint_check(painter: QPainter, place: QRect, state: Qt.CheckState) -> None:
        checked, colours = state == Qt.CheckState.Checked, theme.active().colours
        painter.setPen(QPen(QColor(colours.accent if checked else colours.muted), 1))
        painter.setBrush(QColor(colours.accent if checked else colours.surface))
        painter.drawRoundedRect(QRectF(place).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        if checked:
            painter.setPen(QPen(QColor(colours.accent_text), 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            left, top = place.left(), place.top()
            painter.drawPolyline([QPointF(left + x, top + y) for x, y in ((4, 8.5), (7, 11.5), (12, 5))])

    @staticmethod
    def _paint_stamp(painter: QPainter, place: QRect, index: Index) -> None:
        picture = index.data(THUMBNAIL)
        if picture is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.active().colours.plot))
            painter.drawRoundedRect(QRectF(place), 2, 2)
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, picture)

    @staticmethod
    def _paint_progress(painter: QPainter, beneath: QRect, share: float) -> None:
        colours = theme.active().colours
        track = QRectF(beneath.left(), beneath.bottom() + 4, beneath.width(), 3)
        painter.setPen(Qt.PenStyle.NoPen)
        for width, colour in ((track.width(), colours.line), (track.width() * min(share, 1.0), colours.accent)):
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(track.left(), track.top(), width, track.height()), 1.5, 1.5)


def _paint_line(
    painter: QPainter, place: QRect, left: str, right: str, colour: str, right_colour: str | None = None
) -> None:
    """A line of words, those at the right taking the room that they need, up to a share of it."""
    metrics = painter.fontMetrics()
    wide = min(metrics.horizontalAdvance(right) + 2, round(place.width() * _RIGHT_SHARE)) if right else 0
    painter.setPen(QColor(right_colour or colour))
    aligned = Qt.AlignmentFlag.AlignVCenter
    words = metrics.elidedText(right, Qt.TextElideMode.ElideRight, wide)
    painter.drawText(place.adjusted(place.width() - wide, 0, 0, 0), aligned | Qt.AlignmentFlag.AlignRight, words)
    painter.setPen(QColor(colour))
    room = place.width() - wide - (2 * _GAP if right else 0)
    words = metrics.elidedText(left, Qt.TextElideMode.ElideRight, room)
    painter.drawText(place, aligned | Qt.AlignmentFlag.AlignLeft, words)
