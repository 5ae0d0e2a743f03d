"""The runs that are open in the window, in their order, and the one that is looked at."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, Signal

from latentlab import paths
from latentlab.core.data import DataConfig, Dataset
from latentlab.core.film import DEFAULT_BYTES, Frame
from latentlab.core.film_store import FilmStore
from latentlab.core.palette import RGB, class_colours
from latentlab.gui.open_run import OpenRun

_FIRST, _MORE = 10, 24


class RunList(QObject):
    """Holds the open runs; what is done with them is `RunControl`'s.

    Attributes:
        chosen: the run that the views follow, or None where they show the data set by its PCA.
        film_bytes: how much their films may take, all together.

    Signals:
        listed(): a run came or went, the order changed, or another one is chosen.
        changed(OpenRun): one of them has another state, name, newer weights or figures.
        curves_changed(): another choice of runs is among the curves.
    """

    listed = Signal()
    changed = Signal(object)
    curves_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[OpenRun] = []
        self.chosen: OpenRun | None = None
        self.film_bytes = DEFAULT_BYTES
        self._film_store = FilmStore(paths.films())

    def __iter__(self) -> Iterator[OpenRun]:
        return iter(tuple(self._runs))

    def __len__(self) -> int:
        return len(self._runs)

    def __contains__(self, run: object) -> bool:
        return run in self._runs

    def add(self, run: OpenRun) -> None:
        """Adds a run at the end, in the first colour that no other one has."""
        taken = {other.colour for other in self._runs}
        run.colour = next(place for place in range(len(taken) + 1) if place not in taken)
        titles = {other.title for other in self._runs}
        while run.title in titles and not run.name and run.folder is None:
            run.number = max(2, run.number + 1)
        self._plot_alike(run)
        self._runs.append(run)
        self._share_film_bytes()
        self.listed.emit()

    def remove(self, run: OpenRun) -> None:
        """Takes a run out."""
        self._runs.remove(run)
        run.film.set_bound(0)  # what it shares with a fork's film counts for that from now on
        if run is self.chosen:
            self.chosen = None
        self._share_film_bytes()
        self.listed.emit()

    def close(self) -> None:
        """Nothing is recorded any more."""
        self._film_store.close()

    def choose(self, run: OpenRun | None) -> None:
        """Notes which run is looked at."""
        if run is not self.chosen:
            self.chosen = run
            self.listed.emit()

    def neighbour(self, run: OpenRun) -> OpenRun | None:
        """The run to look at once ``run`` is gone: the one before it, or else after it, that has something to show."""
        place = self._runs.index(run)
        others = [*reversed(self._runs[:place]), *self._runs[place + 1 :]]
        return next((other for other in others if other.newest is not None), None)

    def plot(self, run: OpenRun, plotted: bool) -> None:
        """Puts a run among the curves, or takes it away."""
        if plotted != run.plotted:
            run.plotted = plotted
            self.changed.emit(run)
            self.curves_changed.emit()

    def _plot_alike(self, new: OpenRun) -> None:
        """Has the curves be those of one data set, as figures of other images are of another scale: the new run's.

        One that is lined up has nothing to draw yet, and gives way to those that are there.
        """
        drawn = [run for run in self._runs if run.plotted]
        others = [run for run in drawn if run.settings.data.name != new.settings.data.name]
        if new.from_queue:
            new.plotted = new.plotted and not others
        elif new.plotted:
            for run in others:
                self.plot(run, False)

    def rename(self, run: OpenRun, name: str) -> None:
        """Calls a run by another name; an empty one gives it the one it would have by itself."""
        run.name = name.strip()
        self.changed.emit(run)

    def set_film_bytes(self, most_bytes: int) -> None:
        """Changes how much the runs' films may take, all together."""
        self.film_bytes = most_bytes
        self._share_film_bytes()

    def record(self, run: OpenRun, frame: Frame) -> None:
        """Takes a frame of a run's film, which has its share of the bound from the first one on."""
        begins = not len(run.film)
        if begins:
            self._share_film_bytes(run)
        before = run.film.frames
        run.film.record(frame)
        if len(run.film) > 1:
            self._film_store.settle(run.film.frames[-2].weights)  # the newest one may yet give way to the next
        self._film_store.let_go(before if len(run.film) < len(before) else before[-1:])
        if not begins:
            for other in self._runs:
                other.film.keep_bound()  # a frame that this one let go counts for whoever shared it

    def _share_film_bytes(self, beginning: OpenRun | None = None) -> None:
        """Runs without a film, as those that wait in the queue, take nothing from the others."""
        filmed = sum(bool(len(run.film)) or run is beginning for run in self._runs)
        for run in self._runs:
            run.film.set_bound(self.film_bytes // max(1, filmed))

    def dataset_of(self, config: DataConfig) -> Dataset | None:
        """The data set of these settings where an open run has it loaded, so that it is there once only."""
        runs = (run for run in self._runs if run.settings.data == config)
        return next((run.dataset for run in runs if run.dataset is not None), None)


def colour_of(run: OpenRun) -> RGB:
    """The colour that a run has wherever it is drawn: those of ten classes first, then those of many."""
    if run.colour < _FIRST:
        colours, place = class_colours(_FIRST), run.colour
    else:
        colours, place = class_colours(_MORE), (run.colour - _FIRST) % _MORE
    red, green, blue = (int(channel) for channel in colours[place])
    return red, green, blue
