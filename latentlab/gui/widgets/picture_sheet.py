"""The sheet of a picture that stands by itself: what a widget shows under a heading, with its key and its axes' names.

It is laid out in the widget's own pixels and drawn by any painter, so that words are as sharp as the picture is to be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QWidget

from latentlab.gui import theme
from latentlab.gui.widgets.picture_key import PictureKey
from latentlab.gui.widgets.plane_view import PlaneView

_MARGIN = 24
_UNDER_TITLE, _UNDER_HEADING, _BESIDE_KEY, _OVER_KEY = 2, 14, 20, 16
_AXIS_GAP = 5
_TOP = _MARGIN - 5  # of the title, whose letters begin a little beneath
_TITLE_SIZE = 1.3  # beside the common font
_LEAST_WIDTH = 240  # of the words above a narrow picture
# A key that takes no more than this share of the plane's width, or so many pixels, stands beside the plane in any case;
# a wider one unless the sheet is so many times nearer to a square without: screens and slides are broad themselves.
_KEY_SHARE, _KEY_ROOM, _SQUARER = 0.5, 200, 1.5
_JOINT = " · "


@dataclass(frozen=True)
class Heading:
    """What stands over a picture.

    Attributes:
        title: what it is called; empty where it has no heading.
        parts: what else is to be known of it, in a quiet line.
    """

    title: str = ""
    parts: tuple[str, ...] = ()


class PictureSheet:
    """A widget's picture with all that says what it shows.

    Attributes:
        widget: what is shown.
        heading: what stands over it.
        axes: the names of the horizontal and the vertical axis; an empty one is not there.
        size: of the sheet, in pixels.
        place: of the widget's upper left corner on it.
    """

    def __init__(
        self, widget: QWidget, heading: Heading, key: PictureKey | None = None, axes: tuple[str, str] = ("", "")
    ) -> None:
        self.widget, self.heading, self.axes, self._key = widget, heading, axes, key
        self._quiet = theme.small(widget.font())
        self._bold = QFont(widget.font())
        self._bold.setPointSizeF(QFontInfo(widget.font()).pointSizeF() * _TITLE_SIZE)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self._lay_out(widget.size())

    def _lay_out(self, shown: QSize) -> None:
        key, quiet, bold = self._key, QFontMetrics(self._quiet), QFontMetrics(self._bold)
        beside = key.beside(shown.height()) if key is not None and _stands_beside(key, shown) else None
        width = max(shown.width() + (0 if beside is None else _BESIDE_KEY + beside.width()), _LEAST_WIDTH)
        self._title = broken(self.heading.title.split(), " ", bold, width)
        self._caption = broken(self.heading.parts, _JOINT, quiet, width)
        head = len(self._title) * bold.height() + len(self._caption) * quiet.height() + _UNDER_TITLE + _UNDER_HEADING
        self.place = QPoint(_MARGIN, _TOP + head if self.heading.title else _MARGIN)
        self._plane = QRect(self.place, shown)
        self._key_room = QRect()
        bottom = self.place.y() + shown.height() + (_AXIS_GAP + quiet.height() if self.axes[0] else 0)
        if beside is not None:
            self._key_room = QRect(QPoint(_MARGIN + shown.width() + _BESIDE_KEY, self.place.y()), beside)
        elif key is not None:
            self._key_room = QRect(QPoint(_MARGIN, bottom + _OVER_KEY), key.beneath(width))
            width = max(width, self._key_room.width())
        bottom = max(bottom, self._key_room.top() + self._key_room.height())
        self.size = QSize(width + 2 * _MARGIN, bottom + _MARGIN)

    @property
    def lines(self) -> list[str]:
        """The heading as it is written."""
        return [*self._title, *self._caption]

    @property
    def key_room(self) -> QRect:
        """Where the key stands; empty where there is none."""
        return self._key_room

    def ground(self) -> QColor:
        """The colour of the sheet: that about the data."""
        plot = isinstance(self.widget, PlaneView)
        return QColor(theme.active().colours.plot) if plot else self.widget.palette().window().color()

    def draw_words(self, painter: QPainter) -> None:
        """Draws all but the ground and the widget."""
        colours = theme.active().colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = _TOP
        for lines, font, colour, gap in (
            (self._title, self._bold, colours.text, _UNDER_TITLE),
            (self._caption, self._quiet, colours.muted, 0),
        ):
            painter.setFont(font)
            painter.setPen(QColor(colour))
            height = QFontMetrics(font).height()
            for line in lines:
                painter.drawText(QRect(_MARGIN, top, self.size.width(), height), Qt.AlignmentFlag.AlignVCenter, line)
                top += height
            top += gap
        if isinstance(self.widget, PlaneView):
            painter.setPen(QPen(QColor(colours.line), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self._plane).adjusted(-0.5, -0.5, 0.5, 0.5))
        self._draw_axes(painter)
        if self._key is not None:
            self._key.draw_key(painter, self._key_room)

    def _draw_axes(self, painter: QPainter) -> None:
        painter.setFont(self._quiet)
        painter.setPen(QColor(theme.active().colours.muted))
        line, plane, centre = QFontMetrics(self._quiet).height(), self._plane, Qt.AlignmentFlag.AlignCenter
        across, up = self.axes
        painter.drawText(QRect(plane.left(), plane.bottom() + 1 + _AXIS_GAP, plane.width(), line), centre, across)
        painter.save()
        painter.translate(plane.left() - _AXIS_GAP - line, plane.bottom() + 1)
        painter.rotate(-90)
        painter.drawText(QRect(0, 0, plane.height(), line), centre, up)
        painter.restore()


def _stands_beside(key: PictureKey, shown: QSize) -> bool:
    beside, beneath = key.beside(shown.height()), key.beneath(max(shown.width(), _LEAST_WIDTH))
    if beside.width() <= max(_KEY_ROOM, round(_KEY_SHARE * shown.width())):
        return True
    broad = shown.width() + _BESIDE_KEY + beside.width(), max(shown.height(), beside.height())
    tall = max(shown.width(), beneath.width()), shown.height() + _OVER_KEY + beneath.height()
    return max(broad) / min(broad) <= _SQUARER * max(tall) / min(tall)


def broken(parts: Sequence[str], joint: str, metrics: QFontMetrics, width: int) -> list[str]:
    """Parts in lines of ``width`` pixels at most, broken between them or else between words; longer ones elided."""
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]}{joint}{part}" if lines else ""
        if lines and metrics.horizontalAdvance(longer) <= width:
            lines[-1] = longer
        elif " " in part and metrics.horizontalAdvance(part) > width:
            lines.extend(broken(part.split(), " ", metrics, width))
        else:
            lines.append(metrics.elidedText(part, Qt.TextElideMode.ElideMiddle, width))
    return lines
