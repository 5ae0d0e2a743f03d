"""Rate against distortion: runs as paths over their epochs, where equal −ELBO is a straight line."""

from __future__ import annotations

import html
from collections.abc import Hashable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from latentlab.core.rate_distortion import shown_range
from latentlab.gui import theme
from latentlab.gui.widgets.curve_axis import figure_text, suits
from latentlab.gui.widgets.plot_picture import save_svg_of
from latentlab.gui.widgets.rate_axes import Range, RateAxes
from latentlab.gui.widgets.rate_labels import draw_labels, name_boxes
from latentlab.gui.widgets.rate_path_item import RING, RateEntry, draw_newest, draw_path

_EMPTY = "Checked runs whose models have a KL, as VAEs do, are drawn here from the end of their first epoch on."
_NEAR = 10.0  # pixels from a dot at which the hand means it
_MARGIN, _EDGE, _LEAST = 0.1, 0.03, 1.0

Spot = tuple[int, int]
"""An entry's place and that of a row of its path."""


class RatePlot(QWidget):
    """The plot; its range stays while the paths suit it.

    Signals:
        picked(whose): a dot of that run was clicked.
    """

    picked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[RateEntry, ...] = ()
        self._chosen: Hashable | None = None
        self._rate: Range = (0.0, 0.0)
        self._distortion: Range = (0.0, 0.0)
        self._hovered: Spot | None = None
        self.setMouseTracking(True)
        self.setMinimumSize(120, 100)
        self.setAccessibleName("Rate against distortion")

    def show_paths(self, entries: Sequence[RateEntry], chosen: Hashable | None) -> None:
        """Shows other paths; the line of equal −ELBO goes through the newest dot of ``chosen``, if it is there."""
        self._entries, self._chosen, self._hovered = tuple(entries), chosen, None
        ranges = shown_range([entry.path for entry in entries])
        if ranges is not None:
            self._rate, self._distortion = map(_suiting, (self._rate, self._distortion), ranges)
        self.setAccessibleDescription("; ".join(", ".join(self.words(entry, -1)) for entry in entries) or _EMPTY)
        self.update()

    @property
    def entries(self) -> tuple[RateEntry, ...]:
        """What is drawn."""
        return self._entries

    def place(self, whose: Hashable, row: int = -1) -> QPointF:
        """Where the dot of a run's row lies, the newest unless another is given."""
        entry = next(entry for entry in self._entries if entry.whose == whose)
        return self._axes().to_pixel(entry.path.rate[row], entry.path.distortion[row])

    def room(self) -> QRectF:
        """Between the axes."""
        return self._axes().box

    def level(self) -> float | None:
        """The −ELBO whose line is drawn, in nats per image; None where the run that is looked at has no path."""
        chosen = (entry for entry in self._entries if entry.whose == self._chosen)
        return next((float(entry.path.bound[-1]) for entry in chosen), None)

    def words(self, entry: RateEntry, row: int) -> list[str]:
        """One dot in words: whose it is, the epoch, its figures."""
        path = entry.path
        rate, distortion, bound = (figure_text(values[row]) for values in (path.rate, path.distortion, path.bound))
        epoch = f"epoch {path.epochs[row]:.4g}"
        return [entry.name, epoch, f"KL {rate}, reconstruction {distortion}", f"−ELBO {bound}"]

    def write_svg(self, file: Path) -> None:
        """Saves the plot as SVG.

        Raises:
            OSError: it could not be written.
        """
        save_svg_of(self, self.draw, file)

    # The hand.

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        spot = self._spot_at(event.position())
        if spot == self._hovered:
            return
        self._hovered = spot
        self.setCursor(Qt.CursorShape.ArrowCursor if spot is None else Qt.CursorShape.PointingHandCursor)
        if spot is None:
            QToolTip.hideText()
        else:
            lines = map(html.escape, self.words(self._entries[spot[0]], spot[1]))
            QToolTip.showText(event.globalPosition().toPoint(), "<br>".join(lines), self)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        spot = self._spot_at(event.position())
        if spot is not None and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(self._entries[spot[0]].whose)

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def _spot_at(self, pixel: QPointF) -> Spot | None:
        """The nearest dot within reach; of two that lie on each other, the one drawn later."""
        axes, found, nearest = self._axes(), None, _NEAR
        for place, entry in enumerate(self._entries):
            own = entry.own
            points = axes.to_pixels(entry.path.rate[own], entry.path.distortion[own])
            for row, point in enumerate(points, own.start):
                away = (point - pixel).manhattanLength()
                if away <= nearest and axes.box.adjusted(-RING, -RING, RING, RING).contains(point):
                    found, nearest = (place, row), away
        return found

    # Drawing.

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self.draw(painter)
        painter.end()

    def draw(self, painter: QPainter) -> None:
        """Draws the whole plot, on the screen or into a file."""
        colours = theme.active().colours
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(colours.plot))
        painter.setFont(theme.small(self.font()))
        if not self._entries:
            painter.setPen(QColor(colours.muted))
            wrapped = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 0, -16, 0), wrapped, _EMPTY)
            return
        axes = self._axes()
        axes.draw(painter, colours)
        painter.save()
        painter.setClipRect(axes.box.adjusted(-RING - 1, -RING - 1, RING + 1, RING + 1))
        level = self.level()
        if level is not None:
            painter.setPen(QPen(QColor(colours.muted), 1, Qt.PenStyle.DashLine))
            painter.drawPolyline(axes.level(level))
        for entry in self._entries:
            draw_path(painter, entry, axes.to_pixels(entry.path.rate, entry.path.distortion))
        for entry in self._first_come[::-1]:
            draw_newest(painter, entry, axes.newest(entry.path), entry.whose == self._chosen, colours)
        if self._hovered is not None:
            place, row = self._hovered
            entry = self._entries[place]
            painter.setPen(QPen(QColor(colours.text), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.place(entry.whose, row), RING + 2, RING + 2)
        painter.restore()
        draw_labels(painter, axes, self._first_come, level, theme.small(self.font()), colours)

    def labels(self) -> dict[Hashable, QRectF]:
        """Where each run's name stands."""
        boxes = name_boxes(self._first_come, self._axes(), theme.small(self.font()))
        return dict(zip((entry.whose for entry in self._first_come), boxes, strict=True))

    @property
    def _first_come(self) -> list[RateEntry]:
        """The run that is looked at first: its dot lies in front, and its name has the best place."""
        return sorted(self._entries, key=lambda entry: entry.whose != self._chosen)

    def _axes(self) -> RateAxes:
        metrics = QFontMetricsF(theme.small(self.font()))
        return RateAxes.within(metrics, QRectF(self.rect()), self._rate, self._distortion)


def _suiting(shown: Range, wanted: Range) -> Range:
    """``shown`` where it suits the values ``wanted``, or else a range with some room about those."""
    low, high = wanted
    if high - low < _LEAST:
        low = (low + high - _LEAST) / 2 if low < 0 else max(0.0, (low + high - _LEAST) / 2)
        high = low + _LEAST
    edge = _EDGE * (high - low)
    if suits(*shown, low - edge, high + edge):
        return shown
    margin = _MARGIN * (high - low)
    return low - (margin if low < 0 or low > margin else edge), high + margin
