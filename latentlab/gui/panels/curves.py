"""The objective and its terms over the epochs, on training and on test images."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from latentlab.core.models import model_info
from latentlab.core.palette import RGB
from latentlab.gui import theme
from latentlab.gui.open_run import OpenRun
from latentlab.gui.panels.base import Panel
from latentlab.gui.run_control import RunControl
from latentlab.gui.run_list import colour_of
from latentlab.gui.runs.plotted import forks_at, legend, plotted_runs
from latentlab.gui.widgets.curve_axis import few_ticks, figure_text, suits, value_range
from latentlab.gui.widgets.curve_columns import Columns, Curve, after
from latentlab.gui.widgets.patient_timer import PatientTimer
from latentlab.gui.widgets.plot_picture import save_svg
from latentlab.gui.widgets.throttle import Throttle

if TYPE_CHECKING:
    import pyqtgraph as pg

_EXPLANATION = (
    "What training makes smaller, the objective, and the terms it is made of, epoch by epoch. Lines: training images "
    "while learning. Dots: all test images at the end of each epoch, the newest figure above. Test far above training "
    "means that the model learns its examples by heart. A VAE's dots are its bound with the KL at its full weight: "
    "where training weighs it otherwise (β, warm-up, free bits), compare Reconstruction and KL. Of several runs those "
    "that are checked in Runs are drawn over each other, each in its colour; a fork begins where it parts from the run "
    "that it came from."
)
# Redrawing takes some ten milliseconds from the hand: often while curves are short and quick, then now and then.
_REDRAW_MS, _SHORT_REDRAW_MS = 1000, 250
_SHORT = 30
_MARK_MS = 15  # a marker that moves has all plots drawn anew
_LONGEST_WAIT = 2.0  # seconds, while the hand drags
# A new range leaves some room to grow.
_ROOM, _MARGIN, _EDGE = 1.25, 0.1, 0.04
_ROW_HEIGHT, _AXIS_HEIGHT = 76, 28
_FIGURE_HEIGHT = 24  # of the axis for each of its figures: pyqtgraph's own touch each other in plots as low as these
_NAMES = {"total": "Objective", "kl": "KL"}
_EMPTY = "Press Train to see the objective fall."
_NONE_CHECKED = "Check runs in Runs to see their curves."

Key = tuple[str, str]
"""A figure's name and unit: figures of the same name in other units have axes of their own."""


class CurvesPanel(Panel):
    """One small plot for each figure of the history, epochs to the right."""

    def __init__(self, control: RunControl) -> None:
        super().__init__("curves", "Curves", _EXPLANATION)
        self._control = control
        self._empty = QLabel(_EMPTY)
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
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        self.legend.setMinimumWidth(1)  # a long name is cut rather than widen the panel
        self.legend.setProperty("role", "note")
        self.legend.setToolTip("The runs that are drawn; others are checked in Runs")
        self.legend.hide()
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.legend)
        column.addWidget(area, 1)
        self.column.addWidget(whole, 1)
        self.picture_area = whole
        self._key = self.add_note()
        self._plots: dict[Key, pg.PlotItem] = {}
        self._curves: dict[tuple[Key, OpenRun, str], pg.PlotDataItem] = {}
        self._figures: dict[Key, list[tuple[float, str]]] = {}
        self._titles: dict[Key, str] = {}
        self._right = 0.0  # the last epoch that there is room for, in every plot
        self._markers: list[pg.InfiniteLine] = []
        self._columns: dict[OpenRun, Columns] = {}
        self._shown: tuple[object, ...] = ()
        self._forks: dict[OpenRun, float] = {}
        self._timer = PatientTimer(self._redraw, control.session.hand_is_busy, _LONGEST_WAIT, self)
        self._waiting: list[Key] = []
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._redraw_next)
        control.history_changed.connect(self._schedule)
        control.runs.changed.connect(self._take_change)
        control.runs.curves_changed.connect(self._redraw)
        control.runs.listed.connect(self._redraw)
        self._marking = Throttle(self._mark, _MARK_MS, self)
        control.session.filmed_changed.connect(self._marking.request)
        theme.active().theme_changed.connect(self._rebuild)

    @cached_property
    def plots(self) -> pg.GraphicsLayoutWidget:
        """Where the plots are; made with the first of them, for the window is to show before pyqtgraph is imported."""
        import pyqtgraph as pg

        layout = pg.GraphicsLayoutWidget()
        layout.ci.setContentsMargins(0, 0, 8, 0)
        layout.ci.layout.setVerticalSpacing(2)
        self._scroll.setWidget(layout)
        return layout

    def drawn(self, name: str, split: str, run: OpenRun | None = None) -> Curve:
        """One figure as it is drawn, of the run that is looked at or another one; empty before there is any."""
        run = run or self._control.run
        curve = None if run is None else self._curves.get((_key(run, name), run, split))
        epochs, values = (None, None) if curve is None else curve.getOriginalDataset()
        return (np.empty(0), np.empty(0)) if epochs is None or values is None else (epochs, values)

    def shown_range(self, name: str) -> tuple[tuple[float, float], tuple[float, float]]:
        """The epochs and the values between which one figure's plot has its axes."""
        run = self._control.run
        assert run is not None
        (left, right), (low, high) = self._plots[_key(run, name)].viewRange()
        return (left, right), (low, high)

    def marked_epoch(self) -> float | None:
        """Where the line stands that marks the filmed moment; None while the newest weights are looked at."""
        shown = [float(marker.value()) for marker in self._markers if marker.isVisible()]
        return shown[0] if shown else None

    def draws_shapes(self) -> bool:
        return True

    def write_svg(self, path: Path) -> None:
        save_svg(self.plots, path)

    @Slot()
    def _schedule(self) -> None:
        if not self._control.history:
            self._redraw()
        elif not self._timer.is_active():
            self._timer.start(_SHORT_REDRAW_MS if len(self._control.history) < _SHORT else _REDRAW_MS)

    @Slot(object)
    def _take_change(self, run: OpenRun) -> None:
        if run is not self._control.run and run.plotted and run.history and not self._timer.is_active():
            self._timer.start(_REDRAW_MS)

    @Slot()
    def _rebuild(self) -> None:
        self._shown = ()
        self._redraw()

    @Slot()
    def _redraw(self) -> None:
        runs = plotted_runs(self._control.runs)
        # The axes of the run that is looked at come first; the order of the others is that of the list.
        looked_at_first = sorted(runs, key=lambda run: run is not self._control.run)
        keys = list(dict.fromkeys(_key(run, name) for run in looked_at_first for name in run.history[0].figures))
        self._stack.setCurrentIndex(1 if keys else 0)
        self._empty.setText(_NONE_CHECKED if any(run.history for run in self._control.runs) else _EMPTY)
        if not keys:
            self._key.setText("")
        shown = (*keys, *runs, len(self._control.runs) > 1)
        if shown != self._shown:
            self._shown = shown
            self._make_plots(keys, runs)
        self._show_legend(runs)
        self._columns = {run: self._columns.get(run, Columns()) for run in runs}
        for run, columns in self._columns.items():
            columns.take(run.history, list(run.history[0].figures))
        self._forks = forks_at(runs)
        last = max((run.history[-1].epoch for run in runs), default=0.0)
        if not suits(0.0, self._right, 0.0, last):
            self._right = _ROOM * last
        self._waiting = list(keys)
        self._redraw_next()

    @Slot()
    def _redraw_next(self) -> None:
        """Redraws one of the plots that wait for it; the others come after whatever the hand wants meanwhile."""
        if not self._waiting:
            return
        key = self._waiting.pop(0)
        curves = []
        for run, columns in self._columns.items():
            for split in ("train", "test"):
                if (key, run, split) in self._curves:
                    curve = after(columns.curve(key[0], split), self._forks[run], joined=split == "train")
                    self._curves[key, run, split].setData(*curve)
                    curves.append(curve)
        self._fit_range(key, curves)
        self._show_title(key)
        if self._waiting:
            self._next.start()

    def _show_title(self, key: Key) -> None:
        """Names a plot, with the newest figure of test images where it has one run alone."""
        text, plot = self._titles[key], self._plots[key]
        if len(self._columns) == 1:
            columns = next(iter(self._columns.values()))
            (_, tested), (_, learned) = (columns.curve(key[0], split) for split in ("test", "train"))
            words = [figure_text(value) for value in tested[-1:] if np.isfinite(value)]
            low, high = plot.viewRange()[1]
            words += [f"at first {figure_text(value)}" for value in learned[:1] if value < low or value > high]
            if words:
                text += f' &nbsp;<span style="color: {theme.active().colours.muted}">{", ".join(words)}</span>'
        if text != plot.titleLabel.text:
            plot.titleLabel.setText(text)
            plot.titleLabel.setMinimumWidth(0)  # a long title would have all plots wider than the panel, and cut off

    def _show_legend(self, runs: Sequence[OpenRun]) -> None:
        several = len(self._control.runs) > 1 and bool(runs)
        self.legend.setVisible(several)
        self.legend.setText(legend(runs) if several else "")

    def _mark(self) -> None:
        """Marks the filmed moment that is looked at, if any."""
        step, run = self._control.session.filmed, self._control.run
        index = None if step is None or run is None else run.film.nearest(step)
        for marker in self._markers:
            marker.setVisible(index is not None)
            if index is not None and run is not None:
                marker.setValue(run.film.frames[index].epoch)

    def _make_plots(self, keys: list[Key], runs: list[OpenRun]) -> None:
        self._plots, self._curves, self._figures, self._markers, self._titles = {}, {}, {}, [], {}
        if not keys:
            return
        import pyqtgraph as pg

        colours = theme.active().colours
        pg.setConfigOptions(antialias=True, background=colours.plot, foreground=colours.muted)
        self.plots.clear()
        self.plots.setBackground(colours.plot)
        self.plots.setMinimumHeight(_ROW_HEIGHT * len(keys) + _AXIS_HEIGHT)
        self._key.setText("  ·  ".join(["— training  ● test", *_common_unit(keys)]))
        several = len(self._control.runs) > 1
        for index, key in enumerate(keys):
            plot = self.plots.addPlot(row=index, col=0)
            plot.setMenuEnabled(False)
            plot.hideButtons()
            plot.setMouseEnabled(x=False, y=False)
            plot.showGrid(x=False, y=True, alpha=0.15)
            name, unit = key
            title = _NAMES.get(name, name.replace("_", " ").capitalize())
            doubled = len({other for other in keys if other[0] == name}) > 1
            self._titles[key] = f"{title}, {unit}" if doubled else title
            plot.setTitle(self._titles[key], size="9pt", justify="left", color=colours.text)
            plot.setToolTip(f"{title}, {unit}")
            self._quieten(plot, colours.muted, last=index == len(keys) - 1)
            for run in runs:
                if _key(run, name) == key:
                    own = colour_of(run) if several else None
                    self._add_curves(plot, key, run, own or colours.ring, own or colours.text)
            plot.disableAutoRange()
            self._plots[key] = plot
            plot.vb.sigResized.connect(partial(self._show_figures, key))
            marker = pg.InfiniteLine(pen=pg.mkPen(colours.muted, width=1))
            plot.addItem(marker, ignoreBounds=True)
            self._markers.append(marker)
        self._mark()

    def _add_curves(self, plot: pg.PlotItem, key: Key, run: OpenRun, line: str | RGB, dot: str | RGB) -> None:
        import pyqtgraph as pg

        test = {"pen": None, "symbol": "o", "symbolSize": 6, "symbolPen": None, "symbolBrush": dot}
        train = self._curves[key, run, "train"] = plot.plot(pen=pg.mkPen(line, width=1.5))
        self._curves[key, run, "test"] = plot.plot(**test)
        train.setDownsampling(auto=True, method="mean")

    def _fit_range(self, key: Key, curves: list[Curve]) -> None:
        """Shows all of the curves, and leaves a range that still suits them: new axes take longer than new curves."""
        plot = self._plots[key]
        (_, right), (low, high) = plot.viewRange()
        if right != self._right:
            plot.setXRange(0.0, self._right, padding=0)
        wanted = value_range([values for _, values in curves])
        if wanted is not None:
            edge = _EDGE * (wanted[1] - wanted[0])  # a dot has a size
            if not suits(low, high, wanted[0] - edge, wanted[1] + edge):
                plot.setYRange(*wanted, padding=_MARGIN)
        self._show_figures(key)

    def _show_figures(self, key: Key, _resized: object = None) -> None:
        """Puts as many figures on the axis of values as its height has room for."""
        if key not in self._plots:  # about to go, or to come
            return
        axis, (low, high) = self._plots[key].getAxis("left"), self._plots[key].viewRange()[1]
        figures = few_ticks(low, high, int(axis.height() / _FIGURE_HEIGHT))
        if figures != self._figures.get(key):
            self._figures[key] = figures
            axis.setTicks([figures])

    @staticmethod
    def _quieten(plot: pg.PlotItem, colour: str, last: bool) -> None:
        import pyqtgraph as pg

        plot.titleLabel.item.document().setDocumentMargin(0)
        plot.titleLabel.setMinimumWidth(0)
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            axis.setPen(pg.mkPen(None))
            axis.setTextPen(colour)
            # A figure near the end of a low axis stands out over it a little, rather than not at all.
            axis.setStyle(tickLength=0, hideOverlappingLabels=False)
            axis.enableAutoSIPrefix(False)
        plot.getAxis("left").setTickPen(colour)  # of the grid
        plot.getAxis("left").setWidth(40)
        plot.getAxis("bottom").setStyle(tickAlpha=0)  # even of no length they would be dots
        plot.getAxis("bottom").setStyle(showValues=last)
        plot.getAxis("bottom").setHeight(20 if last else 4)
        if last:
            plot.setLabel("bottom", "epoch", color=colour)
            plot.getAxis("bottom").setHeight(34)


def _key(run: OpenRun, name: str) -> Key:
    units = model_info(run.settings.model_name).model.units(run.settings.model)
    return name, units.get(name, "")


def _common_unit(keys: list[Key]) -> list[str]:
    """The unit of all the figures where they have the same one; else the tooltips name each."""
    found = {unit for _, unit in keys}
    return list(found) if len(found) == 1 and found != {""} else []
