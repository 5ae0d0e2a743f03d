"""One small plot: a figure of the history, epochs to the right, for one run or several."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QFont, QFontMetricsF

from latentlab.core.palette import RGB
from latentlab.gui import theme
from latentlab.gui.colours import Colours
from latentlab.gui.text_size import is_large, px
from latentlab.gui.widgets.curve_axis import few_ticks, figure_text, suits, value_range
from latentlab.gui.widgets.curve_columns import Curve, thinned

if TYPE_CHECKING:
    import pyqtgraph as pg

# A new range leaves some room to grow, and a dot has a size.
_MARGIN, _EDGE = 0.1, 0.04
_FIGURE_HEIGHT = 24  # of the axis for each of its figures: pyqtgraph's own touch each other in plots as low as these
_AXIS_WIDTH, _AXIS_HEIGHT, _GAP = 40, 34, 4
_TITLE = 9  # points
# Nearer dots than that would be a rope over the line of training; they are thinned, and then small ones but the newest.
_PITCH, _DOT, _SMALL_DOT = 9.0, 6.0, 4.0

CurveKey = tuple[Hashable, str]
"""Whose curve it is, and of which split: lines are of ``train``, dots of ``test``."""


class CurvePlot:
    """A plot under its title; the range stays while the curves suit it: new axes take longer than new curves.

    Args:
        item: the empty plot.
        title: what the figure is called.
        last: it is the lowest plot, which has the figures of the epochs.
    """

    def __init__(self, item: pg.PlotItem, title: str, colours: Colours, last: bool) -> None:
        import pyqtgraph as pg

        self.item = item
        self._title, self._colours = title, colours
        self._lines: dict[Hashable, pg.PlotDataItem] = {}
        self._dots: dict[Hashable, pg.ScatterPlotItem] = {}
        self._seen_dots: dict[Hashable, NDArray[np.float64]] = {}  # their epochs, values and sizes
        self._drawn: dict[CurveKey, Curve] = {}
        self._ticks: list[tuple[float, str]] = []
        self._marker = pg.InfiniteLine(pen=pg.mkPen(colours.muted, width=1))
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(x=False, y=False)
        item.showGrid(x=False, y=True, alpha=0.15)
        item.setTitle(title, size=f"{_title_points():.1f}pt", justify="left", color=colours.text)
        item.addItem(self._marker, ignoreBounds=True)
        item.disableAutoRange()
        item.vb.sigResized.connect(self._fit)
        self._quieten(last)
        self.mark(None)

    def add(self, whose: Hashable, line: str | RGB, dot: str | RGB) -> None:
        """Draws one run's curves from now on, in these colours."""
        import pyqtgraph as pg

        train = self._lines[whose] = self.item.plot(pen=pg.mkPen(line, width=1.5))
        train.setDownsampling(auto=True, method="mean")
        test = self._dots[whose] = pg.ScatterPlotItem(symbol="o", pen=None, brush=pg.mkBrush(dot))
        self._seen_dots[whose] = np.empty((3, 0))
        self.item.addItem(test)

    def has(self, whose: Hashable) -> bool:
        """Whether that run's curves are drawn here."""
        return whose in self._lines

    def drawn(self, key: CurveKey) -> Curve:
        """A curve that is drawn, all of its dots; empty before it is."""
        return self._drawn.get(key, (np.empty(0), np.empty(0)))

    def dots(self, whose: Hashable) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The epochs at which a run's dots are seen, and their sizes in pixels."""
        points = self._dots[whose].data
        return points["x"].copy(), points["size"].copy()

    def show(self, curves: dict[CurveKey, Curve], right: float) -> None:
        """Draws other curves, in the room there is up to the epoch ``right``."""
        self._drawn.update(curves)
        for (whose, split), curve in curves.items():
            if split == "train":
                self._lines[whose].setData(*curve)
        (_, before), (low, high) = self.item.viewRange()
        if right != before:
            self.item.setXRange(0.0, right, padding=0)
        wanted = value_range([values for _, values in curves.values()])
        if wanted is not None:
            edge = _EDGE * (wanted[1] - wanted[0])
            if not suits(low, high, wanted[0] - edge, wanted[1] + edge):
                self.item.setYRange(*wanted, padding=_MARGIN)
        self._fit()
        # pyqtgraph would find its scale as it paints, and what then lies elsewhere would be painted a second time.
        self.item.vb.prepareForPaint()

    def name(self, newest: NDArray[np.float64], first: NDArray[np.float64]) -> None:
        """Writes the newest figure beside the title, and the first one where it lies outside of the plot."""
        low, high = self.item.viewRange()[1]
        newest, first = newest[np.isfinite(newest)], first[np.isfinite(first)]
        words = [figure_text(value) for value in newest]
        outside = [f"at first {figure_text(value)}" for value in first if not low <= value <= high]
        if not is_large() or self._has_room([*words, *outside]):
            words += outside
        text = self._title
        if words:
            text += f' &nbsp;<span style="color: {self._colours.muted}">{", ".join(words)}</span>'
        if text != self.item.titleLabel.text:
            self.item.titleLabel.setText(text)
            self._let_title_be_cut()

    def _has_room(self, words: list[str]) -> bool:
        """Whether all of this beside the title is seen."""
        font = QFont()
        font.setPointSizeF(_title_points())
        text = f"{self._title}  {', '.join(words)}"
        return QFontMetricsF(font).horizontalAdvance(text) <= self.item.vb.width()

    def mark(self, epoch: float | None) -> None:
        """Draws a line at an epoch, or none."""
        self._marker.setVisible(epoch is not None)
        if epoch is not None:
            self._marker.setValue(epoch)

    def marked(self) -> float | None:
        """Where the line is."""
        return float(self._marker.value()) if self._marker.isVisible() else None

    def _fit(self, _resized: object = None) -> None:
        """Puts as much on the axes and between them as there is room for."""
        self._show_ticks()
        for whose in self._dots:
            self._show_dots(whose)

    def _show_dots(self, whose: Hashable) -> None:
        epochs, values = self.drawn((whose, "test"))
        finite = np.isfinite(values)
        epochs, values = epochs[finite], values[finite]
        marked, sizes = np.empty(0, np.intp), np.empty(0)
        if len(epochs):
            left, right = self.item.viewRange()[0]
            width = self.item.vb.width() * (epochs[-1] - epochs[0]) / (right - left)
            marked = thinned(len(epochs), width, _PITCH)
            sizes = np.full(len(marked), _DOT if len(marked) == len(epochs) else _SMALL_DOT)
            sizes[-1] = _DOT
        seen = np.stack((epochs[marked], values[marked], sizes))
        if not np.array_equal(seen, self._seen_dots[whose]):  # most rows are of training, and have none
            self._seen_dots[whose] = seen
            self._dots[whose].setData(x=seen[0], y=seen[1], size=sizes)

    def _show_ticks(self) -> None:
        """Puts as many figures on the axis of values as its height has room for."""
        axis, (low, high) = self.item.getAxis("left"), self.item.viewRange()[1]
        # The plot's height, which the axis comes to have a moment later.
        ticks = few_ticks(low, high, int(self.item.vb.height() / px(_FIGURE_HEIGHT)))
        if ticks != self._ticks:
            self._ticks = ticks
            axis.setTicks([ticks])

    def _let_title_be_cut(self) -> None:
        # A long title would have all plots wider than the panel, and cut off.
        self.item.titleLabel.setMinimumWidth(0)

    def _quieten(self, last: bool) -> None:
        import pyqtgraph as pg

        self.item.titleLabel.item.document().setDocumentMargin(0)
        self._let_title_be_cut()
        left, bottom = (self.item.getAxis(side) for side in ("left", "bottom"))
        for axis in (left, bottom):
            axis.setPen(pg.mkPen(None))
            axis.setTextPen(self._colours.muted)
            # A figure near the end of a low axis stands out over it a little, rather than not at all.
            axis.setStyle(tickLength=0, hideOverlappingLabels=False)
            axis.enableAutoSIPrefix(False)
        left.setTickPen(self._colours.muted)  # of the grid
        left.setWidth(px(_AXIS_WIDTH))
        bottom.setStyle(tickAlpha=0, showValues=last)  # even of no length, ticks would be dots
        bottom.setHeight(px(_AXIS_HEIGHT) if last else _GAP)
        if last:
            self.item.setLabel("bottom", "epoch", color=self._colours.muted)


def _title_points() -> float:
    return _TITLE * theme.active().text_percent / 100
