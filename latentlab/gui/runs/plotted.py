"""Which runs are among the curves, what they are called there, and where forks part from the run they came from."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence

from latentlab.core.forking import shared_rows
from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_list import colour_of


def plotted_runs(runs: Iterable[OpenRun]) -> list[OpenRun]:
    """The runs that are checked and have something to draw."""
    return [run for run in runs if run.plotted and run.history]


def forks_at(runs: Sequence[OpenRun]) -> dict[OpenRun, float]:
    """For each run the epoch behind which it is drawn: what it shares with one before it is drawn there already."""
    epochs = {}
    for place, run in enumerate(runs):
        shared = max((shared_rows(run.history, other.history) for other in runs[:place]), default=0)
        epochs[run] = run.history[shared - 1].epoch if shared else -math.inf
    return epochs


def legend(runs: Sequence[OpenRun]) -> str:
    """A dot and a name a run, as rich text; a name is not broken."""
    entries = []
    for run in runs:
        red, green, blue = colour_of(run)
        # Qt breaks lines at blanks and behind hyphens; style sheets have no say in that.
        name = html.escape(run.title).replace(" ", "&nbsp;").replace("-", "\N{NON-BREAKING HYPHEN}")
        entries.append(f"<span style='color: rgb({red},{green},{blue})'>●</span>&nbsp;{name}")
    return "&ensp; ".join(entries)
