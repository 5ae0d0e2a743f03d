"""The objective and its terms over the epochs, on training and on test images."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QStackedLayout, QWidget

from latentlab.core.history import HistoryRow
from latentlab.core.models import model_info
from latentlab.gui import theme
from latentlab.gui.panels.base import Panel
from latentlab.gui.run_control import RunControl
from latentlab.gui.widgets.curve_axis import few_ticks, suits
from latentlab.gui.widgets.patient_timer import PatientTimer
from latentlab.gui.widgets.plot_picture import save_svg
from latentlab.gui.widgets.throttle import Throttle

if TYPE_CHECKING:
    import pyqtgraph as pg

_EXPLANATION = (
    "What training makes smaller, the objective, and the terms it is made of, epoch by epoch. Lines: training images "
    "while learning. Dots: all test images at the end of each epoch. Test far above training means that the model "
    "learns its examples by heart."
)
# Redrawing takes some ten milliseconds from the hand: often while curves are short and quick, then now and then.
_REDRAW_MS, _SHORT_REDRAW_MS = 1000, 250
_SHORT = 30
_MARK_MS = 100  # a marker that moves has all plots drawn anew
_LONGEST_WAIT = 2.0  # seconds, while the hand drags
# A new range leaves some room to grow.
_ROOM, _MARGIN = 1.25, 0.1
_ROW_HEIGHT, _AXIS_HEIGHT = 76, 28
_FIGURE_HEIGHT = 24  # of the axis for each of its figures: pyqtgraph's own touch each other in plots as low as these
_NAMES = {"total": "Objective", "kl": "KL"}


class CurvesPanel(Panel):
    """One small plot for each figure of the history, epochs to the right."""

    def __init__(self, control: RunControl) -> None:
        super().__init__("curves", "Curves", _EXPLANATION)
        self._control = control
        self._empty = QLabel("Press Train to see the objective fall.")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("role", "note")
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._stack.addWidget(self._scroll)
        area = QWidget()
        area.setLayout(self._stack)
        self.column.addWidget(area, 1)
        self.picture_area = area
        self._key = self.add_note()
        self._plots: dict[str, pg.PlotItem] = {}
        self._curves: dict[tuple[str, str], pg.PlotDataItem] = {}
        self._figures: dict[str, list[tuple[float, str]]] = {}
        self._markers: list[pg.InfiniteLine] = []
        self._columns = _Columns()
        self._timer = PatientTimer(self._redraw, control.session.hand_is_busy, _LONGEST_WAIT, self)
        self._waiting: list[str] = []
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._redraw_next)
        control.history_changed.connect(self._schedule)
        self._marking = Throttle(self._mark, _MARK_MS, self)
        control.session.filmed_changed.connect(self._marking.request)
        theme.active().theme_changed.connect(self._rebuild)

    @cached_property
    def _layout(self) -> pg.GraphicsLayoutWidget:
        """Where the plots are; made with the first of them, for the window is to show before pyqtgraph is imported."""
        import pyqtgraph as pg

        layout = pg.GraphicsLayoutWidget()
        layout.ci.setContentsMargins(0, 0, 8, 0)
        layout.ci.layout.setVerticalSpacing(2)
        self._scroll.setWidget(layout)
        return layout

    def drawn(self, name: str, split: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Epochs and values of one figure as they are drawn; empty before there are any."""
        curve = self._curves.get((name, split))
        epochs, values = (None, None) if curve is None else curve.getOriginalDataset()
        return (np.empty(0), np.empty(0)) if epochs is None or values is None else (epochs, values)

    def shown_range(self, name: str) -> tuple[tuple[float, float], tuple[float, float]]:
        """The epochs and the values between which one figure's plot has its axes."""
        (left, right), (low, high) = self._plots[name].viewRange()
        return (left, right), (low, high)

    def marked_epoch(self) -> float | None:
        """Where the line stands that marks the filmed moment; None while the newest weights are looked at."""
        shown = [float(marker.value()) for marker in self._markers if marker.isVisible()]
        return shown[0] if shown else None

    def draws_shapes(self) -> bool:
        return True

    def write_svg(self, path: Path) -> None:
        save_svg(self._layout, path)

    @Slot()
    def _schedule(self) -> None:
        if not self._control.history:
            self._redraw()
        elif not self._timer.is_active():
            self._timer.start(_SHORT_REDRAW_MS if len(self._control.history) < _SHORT else _REDRAW_MS)

    @Slot()
    def _rebuild(self) -> None:
        self._plots = {}
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        history = self._control.history
        names = list(dict.fromkeys(name for row in history[:1] for name in row.figures))
        self._stack.setCurrentIndex(1 if names else 0)
        if not names:
            self._key.setText("")
        if names != list(self._plots):
            self._make_plots(names)
        self._columns.take(history, names)
        self._waiting = list(names)
        self._redraw_next()

    @Slot()
    def _redraw_next(self) -> None:
        """Redraws one of the plots that wait for it; the others come after whatever the hand wants meanwhile."""
        if not self._waiting:
            return
        name = self._waiting.pop(0)
        curves = [self._columns.curve(name, split) for split in ("train", "test")]
        for split, curve in zip(("train", "test"), curves, strict=True):
            self._curves[name, split].setData(*curve)
        self._fit_range(name, curves)
        if self._waiting:
            self._next.start()

    def _mark(self) -> None:
        """Marks the filmed moment that is looked at, if any."""
        step, run = self._control.session.filmed, self._control.run
        index = None if step is None or run is None else run.film.nearest(step)
        for marker in self._markers:
            marker.setVisible(index is not None)
            if index is not None and run is not None:
                marker.setValue(run.film.frames[index].epoch)

    def _make_plots(self, names: list[str]) -> None:
        if not names:
            self._plots, self._curves, self._figures, self._markers = {}, {}, {}, []
            return
        import pyqtgraph as pg

        colours = theme.active().colours
        pg.setConfigOptions(antialias=True, background=colours.plot, foreground=colours.muted)
        self._layout.clear()
        self._layout.setBackground(colours.plot)
        self._plots, self._curves, self._figures, self._markers = {}, {}, {}, []
        units = self._units()
        self._layout.setMinimumHeight(_ROW_HEIGHT * len(names) + _AXIS_HEIGHT)
        self._key.setText("  ·  ".join(["— training  ● test", *_common_unit(units, names)]))
        for index, name in enumerate(names):
            plot = self._layout.addPlot(row=index, col=0)
            plot.setMenuEnabled(False)
            plot.hideButtons()
            plot.setMouseEnabled(x=False, y=False)
            plot.showGrid(x=False, y=True, alpha=0.15)
            title = _NAMES.get(name, name.replace("_", " ").capitalize())
            plot.setTitle(title, size="9pt", justify="left", color=colours.text)
            plot.setToolTip(f"{title}, {units.get(name, '')}")
            self._quieten(plot, colours.muted, last=index == len(names) - 1)
            train = pg.mkPen(colours.ring, width=1.5)
            test = {"pen": None, "symbol": "o", "symbolSize": 6, "symbolPen": None, "symbolBrush": colours.text}
            self._curves[name, "train"] = plot.plot(pen=train)
            self._curves[name, "test"] = plot.plot(**test)
            self._curves[name, "train"].setDownsampling(auto=True, method="mean")
            plot.disableAutoRange()
            self._plots[name] = plot
            marker = pg.InfiniteLine(pen=pg.mkPen(colours.muted, width=1))
            plot.addItem(marker, ignoreBounds=True)
            self._markers.append(marker)
        self._mark()

    def _fit_range(self, name: str, curves: list[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> None:
        """Shows all of the curves, and leaves a range that still suits them: new axes take longer than new curves."""
        plot = self._plots[name]
        (left, right), (low, high) = plot.viewRange()
        last = max((float(epochs[-1]) for epochs, _ in curves if len(epochs)), default=0.0)
        if not suits(left, right, 0.0, last):
            plot.setXRange(0.0, _ROOM * last, padding=0)
        # The steep fall of the first steps would leave the rest of the curve flat.
        settled = np.concatenate([values[len(values) // 20 :] for _, values in curves])
        settled = settled[np.isfinite(settled)]
        if len(settled) and not suits(low, high, float(settled.min()), float(settled.max())):
            plot.setYRange(float(settled.min()), float(settled.max()), padding=_MARGIN)
        axis, (low, high) = plot.getAxis("left"), plot.viewRange()[1]
        figures = few_ticks(low, high, int(axis.height() / _FIGURE_HEIGHT))
        if figures != self._figures.get(name):
            self._figures[name] = figures
            axis.setTicks([figures])

    @staticmethod
    def _quieten(plot: pg.PlotItem, colour: str, last: bool) -> None:
        import pyqtgraph as pg

        plot.titleLabel.item.document().setDocumentMargin(0)
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(pg.mkPen(None))
            axis.setTextPen(colour)
            axis.setStyle(tickLength=0)
            axis.enableAutoSIPrefix(False)
        plot.getAxis("left").setWidth(40)
        plot.getAxis("bottom").setStyle(showValues=last)
        plot.getAxis("bottom").setHeight(20 if last else 4)
        if last:
            plot.setLabel("bottom", "epoch", color=colour)
            plot.getAxis("bottom").setHeight(34)

    def _units(self) -> dict[str, str]:
        run = self._control.run
        return {} if run is None else model_info(run.settings.model_name).model.units(run.settings.model)


class _Columns:
    """A history as columns of numbers; rows that were added since are all that costs time."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._taken: list[HistoryRow] = []
        self._values: dict[tuple[str, str], array[float]] = {}

    def take(self, history: Sequence[HistoryRow], names: list[str]) -> None:
        """Brings the columns ``names`` up to date with ``history``, which grew or is another one."""
        taken = len(self._taken)
        grew = taken <= len(history) and (taken == 0 or history[taken - 1] is self._taken[-1])
        if names != self._names or not grew:
            self._names, self._taken, self._values = names, [], {}
        for row in history[len(self._taken) :]:
            for name in ("", *names):
                value = row.figures.get(name, math.nan) if name else row.epoch
                self._values.setdefault((name, row.split), array("d")).append(value)
            self._taken.append(row)

    def curve(self, name: str, split: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Epochs and values of one figure; copies."""
        empty = array("d")
        return np.array(self._values.get(("", split), empty)), np.array(self._values.get((name, split), empty))


def _common_unit(units: dict[str, str], names: list[str]) -> list[str]:
    """The unit of all the figures where they have the same one; else the tooltips name each."""
    found = {units.get(name, "") for name in names}
    return list(found) if len(found) == 1 and found != {""} else []
