"""The objective and its terms over the epochs, on training and on test images."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from latentlab.core.rate_distortion import UNIT
from latentlab.core.run_tables import history_cells
from latentlab.core.table import Table
from latentlab.gui import theme
from latentlab.gui.open_run import OpenRun
from latentlab.gui.panels.base import Panel
from latentlab.gui.run_control import RunControl
from latentlab.gui.run_list import colour_of
from latentlab.gui.runs.plotted import plotted_runs
from latentlab.gui.runs.rate_following import RateFollowing
from latentlab.gui.runs.run_curves import Key, RunCurves
from latentlab.gui.runs.run_legend import RunLegend
from latentlab.gui.text_size import px
from latentlab.gui.widgets.curve_axis import suits
from latentlab.gui.widgets.curve_columns import Curve
from latentlab.gui.widgets.curve_plot import CurvePlot
from latentlab.gui.widgets.patient_timer import PatientTimer
from latentlab.gui.widgets.plot_picture import save_svg
from latentlab.gui.widgets.rate_plot import RatePlot
from latentlab.gui.widgets.throttle import Throttle

if TYPE_CHECKING:
    import pyqtgraph as pg

_EXPLANATION = (
    "What training makes smaller, the objective, and the terms it is made of, epoch by epoch. Lines: training images "
    "while learning. Dots: all test images at the end of each epoch, the newest figure above. Test far above training "
    "means that the model learns its examples by heart. Where training weighs the parts of a VAE's bound otherwise "
    "(β, capacity, warm-up, free bits), the objective is of training images alone, and the bound itself has a plot of "
    "its own, as −ELBO: the plain sum of reconstruction and KL, by which runs of different weights compare. Of "
    "several runs those that are checked in Runs are drawn over each other, each in its colour; a fork begins where "
    "it parts from the run that it came from. The title bar's switch sets the KL of test images (the rate: what is "
    "written into the latents) against their reconstruction term (the distortion), a path for each run, its newest "
    "epoch ringed. −ELBO is their sum, so that equal bounds lie on a straight line (Alemi et al., Fixing a Broken "
    "ELBO, 2018), the dashed one the chosen run's. Runs further left write less, those further down restore better."
)
# Redrawing takes some ten milliseconds from the hand: often while curves are short and quick, then now and then.
# The longer the curves are, the less another second of them shows.
_REDRAW_MS, _SHORT_REDRAW_MS, _LONG_REDRAW_MS = 1000, 250, 2000
_SHORT, _LONG = 30, 150  # rows
_MARK_MS = 15  # a marker that moves has all plots drawn anew
_LONGEST_WAIT = 2.0  # seconds, while the hand drags
_ROOM = 1.25  # of an axis of epochs that was outgrown, for those to come
_ROW_HEIGHT, _AXIS_HEIGHT = 68, 28
_EMPTY = "Press Train to see the objective fall."
_NONE_CHECKED = "Check runs in Runs to see their curves."


class CurvesPanel(Panel):
    """One small plot for each figure of the history, epochs to the right."""

    def __init__(self, control: RunControl) -> None:
        super().__init__("curves", "Curves", _EXPLANATION)
        self._control = control
        self._empty = QLabel(_EMPTY)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._empty.setProperty("role", "note")
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._stack.addWidget(self._scroll)
        self.rate_plot = RatePlot()
        self._rates = RateFollowing(control, self.rate_plot)
        self._stack.addWidget(self.rate_plot)
        area = QWidget()
        area.setLayout(self._stack)
        self.legend = RunLegend(control)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.legend)
        column.addWidget(area, 1)
        self.column.addWidget(whole, 1)
        self.picture_area = whole
        self.rate = self.add_tool("rate", "Rate against distortion: KL and reconstruction, run by run")
        self.rate.setCheckable(True)
        self.rate.toggled.connect(self._switch)
        self._key = self.add_note()
        self._plots: dict[Key, CurvePlot] = {}
        self._right = 0.0  # the last epoch that there is room for, in every plot
        self._curves = RunCurves()
        self._shown: tuple[object, ...] = ()
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
        theme.active().text_resized.connect(self._rebuild)

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
        plot = None if run is None else self._plot_of(run, name)
        return (np.empty(0), np.empty(0)) if plot is None or not plot.has(run) else plot.drawn((run, split))

    def shown_range(self, name: str) -> tuple[tuple[float, float], tuple[float, float]]:
        """The epochs and the values between which one figure's plot has its axes."""
        run = self._control.run
        assert run is not None
        plot = self._plot_of(run, name)
        assert plot is not None
        (left, right), (low, high) = plot.item.viewRange()
        return (left, right), (low, high)

    def marked_epoch(self) -> float | None:
        """Where the line stands that marks the filmed moment; None while the newest weights are looked at."""
        return next((plot.marked() for plot in self._plots.values()), None)

    def draws_shapes(self) -> bool:
        return True

    def write_svg(self, path: Path) -> None:
        if self.rate.isChecked():
            self.rate_plot.write_svg(path)
        else:
            save_svg(self.plots, path)

    def has_table(self) -> bool:
        return True

    def as_table(self) -> Table:
        runs = plotted_runs(self._control.runs)
        return Table.of(cells for run in runs for cells in history_cells(run.title, run.history))

    @Slot(bool)
    def _switch(self, to_rate: bool) -> None:
        self._rates.switch(to_rate)
        if to_rate:
            self._curves.take((), None)  # nothing holds a run that is closed meanwhile
            self._waiting, self._plots = [], {}
            self._stack.setCurrentWidget(self.rate_plot)
            self.legend.show_runs(())  # the paths have their names beside them
            self._key.setText(f"test images, epoch by epoch  ·  {UNIT}")
        else:
            self._rebuild()

    def _plot_of(self, run: OpenRun, name: str) -> CurvePlot | None:
        return next((plot for (of, _), plot in self._plots.items() if of == name and plot.has(run)), None)

    @Slot()
    def _schedule(self) -> None:
        if not self._control.history:
            self._redraw()
        elif not self._timer.is_active():
            rows = len(self._control.history)
            self._timer.start(_SHORT_REDRAW_MS if rows < _SHORT else _REDRAW_MS if rows < _LONG else _LONG_REDRAW_MS)

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
        if self.rate.isChecked():
            return
        runs = plotted_runs(self._control.runs)
        self._curves.take(runs, self._control.run)
        keys = self._curves.keys
        self._stack.setCurrentIndex(1 if keys else 0)
        self._empty.setText(_NONE_CHECKED if any(run.history for run in self._control.runs) else _EMPTY)
        if not keys:
            self._key.setText("")
        shown = (*self._curves.figures(), *runs, len(self._control.runs) > 1)
        if shown != self._shown:
            self._shown = shown
            self._make_plots(keys, runs)
        self.legend.show_runs(runs if len(self._control.runs) > 1 else ())
        last = max((run.history[-1].epoch for run in runs), default=0.0)
        if not suits(0.0, self._right, 0.0, last):
            self._right = _ROOM * last
        self._waiting = list(keys)
        self._redraw_next()

    @Slot()
    def _redraw_next(self) -> None:
        """Redraws the plots that wait for it, to be painted at once; beside a hand one by one, the others coming after
        whatever it wants meanwhile.
        """
        while self._waiting:
            key = self._waiting.pop(0)
            plot = self._plots[key]
            plot.show(self._curves.drawn(key), self._right)
            alone = self._curves.alone()
            if alone is not None:  # of several, no figure says whose it is
                plot.name(self._curves.newest(alone, key), self._curves.first(alone, key))
            if self._waiting and self._control.session.hand_is_busy():
                self._next.start()
                return

    def _mark(self) -> None:
        """Marks the filmed moment that is looked at, if any."""
        step, run = self._control.session.filmed, self._control.run
        index = None if step is None or run is None else run.film.nearest(step)
        epoch = None if index is None or run is None else run.film.frames[index].epoch
        for plot in self._plots.values():
            plot.mark(epoch)

    def _make_plots(self, keys: list[Key], runs: list[OpenRun]) -> None:
        self._plots = {}
        if not keys:
            return
        import pyqtgraph as pg

        colours = theme.active().colours
        pg.setConfigOptions(antialias=True, background=colours.plot, foreground=colours.muted)
        self.plots.clear()
        self.plots.setBackground(colours.plot)
        self.plots.setMinimumHeight(px(_ROW_HEIGHT) * len(keys) + px(_AXIS_HEIGHT))
        self._key.setText("  ·  ".join(["— training  ● test", *_common_unit(keys)]))
        several = len(self._control.runs) > 1
        for index, key in enumerate(keys):
            figures = {run: figure for run in runs if (figure := self._curves.figure(run, key)) is not None}
            figure = next(iter(figures.values()))
            doubled = len({other for other in keys if other[0] == figure.name}) > 1
            item = self.plots.addPlot(row=index, col=0)
            item.setToolTip(f"{figure.title}, {figure.unit}")
            title = f"{figure.title}, {figure.unit}" if doubled else figure.title
            plot = CurvePlot(item, title, colours, last=index == len(keys) - 1)
            for run in figures:
                own = colour_of(run) if several else None
                plot.add(run, own or colours.ring, own or colours.text)
            self._plots[key] = plot
        self._mark()


def _common_unit(keys: list[Key]) -> list[str]:
    """The unit of all the figures where they have the same one; else the tooltips name each."""
    found = {unit for _, unit in keys}
    return list(found) if len(found) == 1 and found != {""} else []
