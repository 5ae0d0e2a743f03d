"""The window that poses."""

from __future__ import annotations

import benchmarks.stage


class Stage(benchmarks.stage.Stage):
    """A window that poses for its picture."""

    def show(self, panel: str) -> None:
        """Brings a tab to the front."""
        self.window.dock(panel).raise_()
        self.run(3.0)

    def compare(self) -> None:
        """Rests, and shows the comparison with its figures."""
        self.rest()
        self.show("comparison")
        self.wait(lambda: self.window.comparison.model_figures.figures is not None)
        self.run(1.0)

    def dark(self) -> None:
        """Changes to the dark theme."""
        from latentlab.gui import theme

        theme.active().mode = theme.Mode.DARK
        self.run(1.0)
