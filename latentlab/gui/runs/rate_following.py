"""Has the plot of rate and distortion follow the checked runs: once a test row, however often weights are published."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, Slot

from latentlab.core.rate_distortion import RateTrack, has_rate
from latentlab.gui import theme
from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_control import RunControl
from latentlab.gui.run_list import colour_of
from latentlab.gui.runs.plotted import forks_at, plotted_runs
from latentlab.gui.widgets.patient_timer import PatientTimer
from latentlab.gui.widgets.rate_path_item import RateEntry
from latentlab.gui.widgets.rate_plot import RatePlot

_WAIT_MS = 250  # several runs' news are one picture
_LONGEST_WAIT = 2.0  # seconds, while the hand drags


class RateFollowing(QObject):
    """Brings `RatePlot` up to date while it is switched on, and chooses the run that is clicked there."""

    def __init__(self, control: RunControl, plot: RatePlot) -> None:
        super().__init__(plot)
        self._control, self._plot = control, plot
        self._tracks: dict[OpenRun, RateTrack] = {}
        self._names: dict[OpenRun, str] = {}
        self._is_on = False
        self._timer = PatientTimer(self._show, control.session.hand_is_busy, _LONGEST_WAIT, self)
        plot.picked.connect(control.choose)
        control.run_changed.connect(self._look_at_all)
        control.history_changed.connect(self._look_at_all)
        control.runs.changed.connect(self._look)
        control.runs.listed.connect(self._show)
        control.runs.curves_changed.connect(self._show)
        theme.active().theme_changed.connect(self._show)

    def switch(self, on: bool) -> None:
        """Follows from now on, or no more."""
        self._is_on = on
        self._show()
        if not on:  # nothing holds a run that is closed meanwhile
            self._tracks, self._names = {}, {}
            self._plot.show_paths((), None)

    @Slot()
    def _look_at_all(self) -> None:
        for run in self._control.runs:
            self._look(run)

    @Slot(object)
    def _look(self, run: OpenRun) -> None:
        """Draws anew where a run has another test row or another name."""
        if not self._is_on or not run.plotted or not has_rate(run.settings):
            return
        grew = self._tracks.setdefault(run, RateTrack()).take(run.history)
        if (grew or run.title != self._names.get(run)) and not self._timer.is_active():
            self._timer.start(_WAIT_MS)

    @Slot()
    def _show(self) -> None:
        if not self._is_on:
            return
        runs = [run for run in plotted_runs(self._control.runs) if has_rate(run.settings)]
        several = len(self._control.runs) > 1
        self._tracks = {run: self._tracks.get(run, RateTrack()) for run in runs}
        self._names = {run: run.title for run in runs}
        entries = []
        for run, epoch in forks_at(runs).items():
            self._tracks[run].take(run.history)
            path = self._tracks[run].path().behind(epoch)
            colour = "#{:02x}{:02x}{:02x}".format(*colour_of(run)) if several else theme.active().colours.ring
            if len(path):
                is_branch = math.isfinite(epoch) and path.epochs[0] <= epoch
                entries.append(RateEntry(run, run.title, colour, path, is_branch))
        self._plot.show_paths(entries, self._control.run)
