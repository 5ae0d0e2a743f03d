"""Whose curves are drawn: a dot and a name a run, which follows when one is called otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLabel

from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_control import RunControl
from latentlab.gui.runs.plotted import legend


class RunLegend(QLabel):
    """The line over the curves; hidden while there is nothing to tell apart."""

    def __init__(self, control: RunControl) -> None:
        super().__init__()
        self._runs: tuple[OpenRun, ...] = ()
        self.setWordWrap(True)
        self.setMinimumWidth(1)  # a long name is cut rather than widen the panel
        self.setProperty("role", "note")
        self.setToolTip("The runs that are drawn; others are checked in Runs")
        self.hide()
        control.runs.changed.connect(self._take_change)
        control.run_changed.connect(self._follow)  # also where a run is saved under a name

    def show_runs(self, runs: Sequence[OpenRun]) -> None:
        """Names these; none of them hides the line."""
        self._runs = tuple(runs)
        self.setVisible(bool(runs))
        self._follow()

    @Slot(object)
    def _take_change(self, run: OpenRun) -> None:
        if run in self._runs:
            self._follow()

    @Slot()
    def _follow(self) -> None:
        words = legend(self._runs)
        if words != self.text():
            self.setText(words)
