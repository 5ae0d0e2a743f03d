"""The checked runs' histories as curves: which plots there are, and what is drawn there of each run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from latentlab.core.curve_figures import CurveFigure, curve_figures, weighted_bounds
from latentlab.gui.open_run import OpenRun
from latentlab.gui.runs.plotted import forks_at
from latentlab.gui.widgets.curve_columns import Columns, Curve, after
from latentlab.gui.widgets.curve_plot import CurveKey

Key = tuple[str, str]
"""A figure's name and unit: figures of the same name in other units have axes of their own."""

_SPLITS = ("train", "test")


class RunCurves:
    """Follows the histories; rows that were added since are all that costs time.

    Attributes:
        keys: a plot each, in their order; those of the run that is looked at come first.
    """

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self._figures: dict[OpenRun, dict[Key, CurveFigure]] = {}
        self._columns: dict[OpenRun, Columns] = {}
        self._forks: dict[OpenRun, float] = {}

    def take(self, runs: Sequence[OpenRun], looked_at: OpenRun | None) -> None:
        """Brings all up to date with ``runs``, which have rows."""
        bounds = weighted_bounds(run.settings for run in runs)
        self._figures = {}
        for run in sorted(runs, key=lambda run: run is not looked_at):
            figures = curve_figures(run.settings, list(run.history[0].figures), bounds)
            self._figures[run] = {(figure.name, figure.unit): figure for figure in figures}
        self.keys = list(dict.fromkeys(key for figures in self._figures.values() for key in figures))
        self._columns = {run: self._columns.get(run, Columns()) for run in runs}
        for run, columns in self._columns.items():
            columns.take(run.history, list(run.history[0].figures))
        self._forks = forks_at(runs)

    def figures(self) -> list[tuple[Key, tuple[str, ...]]]:
        """What the plots are made for: another answer asks for other plots."""
        return [(key, tuple(figure.sums)) for figures in self._figures.values() for key, figure in figures.items()]

    def figure(self, run: OpenRun, key: Key) -> CurveFigure | None:
        """What a plot shows of a run, or None where that is nothing."""
        return self._figures[run].get(key)

    def alone(self) -> OpenRun | None:
        """The run, where there is but one."""
        return next(iter(self._figures)) if len(self._figures) == 1 else None

    def drawn(self, key: Key) -> dict[CurveKey, Curve]:
        """A plot's curves, of a fork only what is its own."""
        curves: dict[CurveKey, Curve] = {}
        for run, figures in self._figures.items():
            for split in _SPLITS if key in figures else ():
                curves[run, split] = after(self._curve(run, key, split), self._forks[run], joined=split == "train")
        return curves

    def newest(self, run: OpenRun, key: Key) -> NDArray[np.float64]:
        """The newest value of test images, or of training where no other is shown; empty before there is one."""
        split = "test" if "test" in self._figures[run][key].sums else "train"
        return self._curve(run, key, split)[1][-1:]

    def first(self, run: OpenRun, key: Key) -> NDArray[np.float64]:
        """The first value of training; empty where there is none."""
        return self._curve(run, key, "train")[1][:1]

    def _curve(self, run: OpenRun, key: Key, split: str) -> Curve:
        names = self._figures[run][key].sums.get(split, ())
        curves = [self._columns[run].curve(name, split) for name in names]
        if not curves:
            return np.empty(0), np.empty(0)
        return curves[0][0], np.sum([values for _, values in curves], axis=0)
