"""The paths between the pins, traced anew whenever the pins, the class or the model change."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from latentlab.core.exploration import Point
from latentlab.core.neighbour_graph import NeighbourGraph
from latentlab.core.paths import GrowGraph, Path, TracePaths
from latentlab.core.pins import PathKind
from latentlab.core.plane import Floats
from latentlab.gui.session import Session
from latentlab.gui.widgets.patient_timer import PatientTimer
from latentlab.gui.widgets.throttle import Throttle

# Beside a training the ways of one trace take tens of milliseconds, which the pin under the hand would have to share.
_FOLLOW_MS, _TELL_MS = 100, 50
# While training, and while the hand drags elsewhere, the paths wait.
_REFRESH_MS = 400
_LONGEST_WAIT = 2.0
_GRAPH_MS = 2000


class PathTracing(QObject):
    """Asks the view's worker for the paths, and holds what it answered.

    Attributes:
        paths: the newest of each kind; empty where there are less than two pins.

    Signals:
        traced(): some of `paths` is new.
    """

    traced = Signal()

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.paths: dict[PathKind, Path] = {}
        self._graph: NeighbourGraph | None = None
        self._follows = Throttle(self._ask, _FOLLOW_MS, self)
        # Each kind is answered by itself, and all are drawn together.
        self._tells = Throttle(self.traced.emit, _TELL_MS, self)
        self._refreshes = PatientTimer(self._ask, session.hand_is_busy, _LONGEST_WAIT, self)
        self._grows = Throttle(self._grow, _GRAPH_MS, self)
        session.pins_changed.connect(self._take_pins)
        session.class_chosen.connect(self._follows.request)
        session.source_changed.connect(self._forget)
        session.dataset_changed.connect(self._forget)
        session.model_updated.connect(self._refresh)
        session.points_placed.connect(self._grow_where_wanted)
        session.when_answered(TracePaths, self._take)
        session.when_answered(GrowGraph, self._take_graph)

    @property
    def followed(self) -> Path | None:
        """The path of the chosen kind, where there is a way."""
        path = self.paths.get(self._session.exploration.path)
        return path if path is not None and path.gap is None else None

    def place(self) -> tuple[Floats, Point] | None:
        """The latent and the position on the plane of where the hand has come to on the followed path."""
        path = self.followed
        return None if path is None else path.at(self._session.exploration.along)

    def go_to(self, along: float) -> None:
        """Goes so far along the followed path, 0 to 1; the probe comes along on the plane."""
        path = self.followed
        if path is not None:
            self._session.follow_path(along, path.at(along)[1])

    @property
    def _enough(self) -> bool:
        return len(self._session.exploration.pins) > 1

    @Slot()
    def _forget(self) -> None:
        self._graph = None
        self._clear()

    def _clear(self) -> None:
        if self.paths:
            self.paths = {}
            self.traced.emit()

    @Slot()
    def _take_pins(self) -> None:
        if not self._enough:
            self._clear()
            return
        if self._graph is None:
            self._grows.request()
        self._follows.request()

    @Slot()
    def _refresh(self) -> None:
        if self._enough and not self._refreshes.is_active():
            self._refreshes.start(_REFRESH_MS)

    @Slot()
    def _grow_where_wanted(self) -> None:
        if self._enough:
            self._grows.request()

    def _grow(self) -> None:
        if self._enough:
            self._session.ask(GrowGraph())

    def _ask(self) -> None:
        exploration = self._session.exploration
        if self._enough:
            pins = tuple(pin.position for pin in exploration.pins)
            self._session.ask(TracePaths(pins, exploration.label, self._graph))

    def _take(self, request: TracePaths, path: Path) -> None:
        # What was asked of pins that have gone since is of no use.
        if self._enough and len(request.pins) == len(self._session.exploration.pins):
            self.paths[path.kind] = path
            self._tells.request()

    def _take_graph(self, request: GrowGraph, graph: NeighbourGraph) -> None:
        self._graph = graph
        self._refreshes.start(0)
