"""The scatter alone: how soon a pan, a zoom and new positions are on the screen, and what a pick takes.

Nothing trains. The plane is a window of its own, 800×700 pixels, at the screen's device pixel ratio. The clock starts
before an event is posted and stops when the plane has painted what the event asks for.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPoint, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.rows import Row, at_most, interleaved, not_measured, percentile, times_as_fast
from latentlab.core.geometry import density_extent
from latentlab.core.palette import class_colours
from latentlab.core.threads import limit_numpy
from latentlab.gui.app import freeze_heap
from latentlab.gui.widgets.plane_frame import Frame
from latentlab.gui.widgets.plane_view import PlaneView
from latentlab.gui.widgets.points_item import PointsItem

Floats = NDArray[np.float32]

_WIDTH, _HEIGHT = 800, 700
_CLASSES = 10
_EVENTS = 100
_PATIENCE = 20.0  # seconds
_NO_KEYS = Qt.KeyboardModifier.NoModifier
_LEFT, _NO_BUTTON = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


def speed() -> list[Row]:
    """Pan, zoom and new positions with 70,000 points and a million, and picks among a million."""
    application = _application()
    rows = []
    for label, count, pan_bound, move_bound, events in (
        ("70k", 70_000, 10.0, 1000 / 60, _EVENTS),
        ("1m", 1_000_000, 50.0, 50.0, 40),
    ):
        scatter = _Scatter(application, count)
        suffix = "_x2" if scatter.ratio > 1 else ""
        pans, zooms = scatter.pans(events), scatter.zooms(events)
        wholes = scatter.zooms(events, whole=True)
        moves = [scatter.move() for _ in range(events)]
        for name, seconds, bound in (
            (f"scatter_{label}_pan{suffix}", pans, pan_bound),
            (f"scatter_{label}_pan_zoom{suffix}", zooms, pan_bound),
            (f"scatter_{label}_pan_zoom_whole{suffix}", wholes, 50.0),
            (f"scatter_{label}_move{suffix}", moves, move_bound),
        ):
            rows.append(at_most(name, "ms", 1e3 * percentile(seconds, 0.95), bound, "the bound of the 95th percentile"))
        if label == "1m":
            picks = scatter.picks(events)
            median, late = statistics.median(picks), percentile(picks, 0.95)
            rows.append(at_most(f"scatter_pick_1m{suffix}", "ms", 1e3 * median, 5.0))
            rows.append(at_most(f"scatter_pick_1m_p95{suffix}", "ms", 1e3 * late, 5.0))
        scatter.close()
    return rows


def beside_pyqtgraph() -> list[Row]:
    """New positions of 70,000 points in pyqtgraph's scatter, and of 60,000 in matplotlib's, beside ours."""
    application = _application()
    ours, theirs = _Scatter(application, 70_000), _Pyqtgraph(application, 70_000)
    mine, other = interleaved(9, ours.move, theirs.move)
    rows = [times_as_fast("scatter_move_vs_pyqtgraph", "s", mine, other, 10.0, "pyqtgraph's ScatterPlotItem")]
    ours.close()
    theirs.close()
    try:
        matplotlib = _Matplotlib(60_000)
    except ImportError:
        rows.append(not_measured("scatter_draw_vs_matplotlib", "s", 1.0, "matplotlib is not installed"))
        return rows
    ours = _Scatter(application, 60_000)
    mine, other = interleaved(9, ours.move, matplotlib.move)
    rows.append(times_as_fast("scatter_draw_vs_matplotlib", "s", mine, other, 1.0, "matplotlib's Agg canvas"))
    ours.close()
    return rows


def _application() -> QApplication:
    """The program's own settings, as far as they bear on speed."""
    application = QApplication([])
    limit_numpy()
    freeze_heap()
    return application


class _Cloud:
    """Points of ten classes that crowd and mix as a latent space does, again and again elsewhere."""

    def __init__(self, count: int) -> None:
        self._rng = np.random.default_rng(0)
        self.labels = self._rng.integers(0, _CLASSES, count)
        centres = self._rng.normal(0, 1.5, (_CLASSES, 2))
        spread = self._rng.normal(0, 0.6, (count, 2))
        self.start = (centres[self.labels] + spread).astype(np.float32)
        self._turn = 0

    def next(self) -> Floats:
        """Other positions (N, 2) of all points, none where it was."""
        self._turn += 1
        angle = np.float32(0.02 * self._turn)
        cosine, sine = np.cos(angle), np.sin(angle)
        turned = self.start @ np.array([[cosine, sine], [-sine, cosine]], np.float32)
        return turned + np.float32(1e-3)


class _Watched(PlaneView):
    """A plane of points that notes what it has painted, and when."""

    def __init__(self) -> None:
        super().__init__()
        self.points = PointsItem()
        self.add_item(self.points)
        self.painted_at = 0.0
        self.painted_frame: Frame | None = None
        self.painted_whole = False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 # Qt's name
        super().paintEvent(event)
        self.painted_frame, self.painted_whole = self.frame, self.points.is_up_to_date
        self.painted_at = time.perf_counter()


class _Scatter:
    """Our points on a plane, in a window of their own."""

    def __init__(self, application: QApplication, count: int) -> None:
        self._application = application
        self.cloud = _Cloud(count)
        self.view = _Watched()
        self.points = self.view.points
        self.view.resize(_WIDTH, _HEIGHT)
        self.points.set_points(self.cloud.start, self.cloud.labels, class_colours(_CLASSES))
        self.points.set_class_names([str(number) for number in range(_CLASSES)])
        self.view.follow(density_extent(self.cloud.start))
        self.view.show()
        self.view.activateWindow()
        self.rest()
        self.ratio = self.view.devicePixelRatioF()

    def close(self) -> None:
        """Takes the window off the screen."""
        self.view.close()
        self.view.deleteLater()
        self._application.processEvents()

    def rest(self) -> None:
        """Waits until the picture is that of all positions in the present view, and for what else was under way."""
        _wait(self._application, lambda: self.view.painted_whole)
        _run(self._application, 0.02)

    def move(self) -> float:
        """Seconds from new positions of all points to their picture on the screen."""
        positions = self.cloud.next()
        return self._until_painted(lambda: self.points.set_positions(positions), lambda: self.view.painted_whole)

    def pans(self, count: int) -> list[float]:
        """Seconds from each move of a dragging mouse to the plane at its new place."""
        viewport = self.view.viewport()
        _post(viewport, QEvent.Type.MouseButtonPress, QPointF(400, 350), _LEFT)
        _post(viewport, QEvent.Type.MouseMove, QPointF(410, 350))
        self._application.processEvents()
        seconds = []
        for step in range(count):
            # Around a circle, some 13 pixels an event: a brisk hand.
            angle = 2 * np.pi * (step + 1) / 60
            place = QPointF(290 + round(120 * float(np.cos(angle))), 350 + round(120 * float(np.sin(angle))))
            seconds.append(self._gesture(partial(_post, viewport, QEvent.Type.MouseMove, place)))
        _post(viewport, QEvent.Type.MouseButtonRelease, place, _LEFT)
        self.rest()
        return seconds

    def zooms(self, count: int, whole: bool = False) -> list[float]:
        """Seconds from each turn of the wheel to the enlarged plane, or to the points drawn anew to its edges."""
        seconds = []
        for step in range(count):
            notch = 120 if step // 5 % 2 == 0 else -120
            turn = partial(_turn_wheel, self.view.viewport(), QPointF(380, 300), notch)
            seconds.append(self._gesture(turn, whole))
        self.rest()
        return seconds

    def picks(self, count: int) -> list[float]:
        """Seconds of picks at places all over the view."""
        rng = np.random.default_rng(1)
        x0, y0, x1, y1 = self.view.view_rect()
        seconds = []
        for x, y in rng.uniform((x0, y0), (x1, y1), (count, 2)).tolist():
            began = time.perf_counter()
            self.points.pick(x, y)
            seconds.append(time.perf_counter() - began)
        return seconds

    def _gesture(self, post: Callable[[], None], whole: bool = False) -> float:
        frame = self.view.frame

        def is_shown() -> bool:
            return self.view.painted_frame != frame and (self.view.painted_whole or not whole)

        taken = self._until_painted(post, is_shown)
        _run(self._application, 0.008)  # a mouse reports 125 times a second
        return taken

    def _until_painted(self, act: Callable[[], None], is_shown: Callable[[], bool]) -> float:
        """Seconds from ``act`` until the plane has painted what makes ``is_shown`` hold."""
        before = self.view.painted_at
        began = time.perf_counter()
        act()
        _wait(self._application, lambda: self.view.painted_at > before and is_shown())
        return self.view.painted_at - began


class _Pyqtgraph:
    """pyqtgraph's scatter of as many points in ten colours, of the same size."""

    def __init__(self, application: QApplication, count: int) -> None:
        import pyqtgraph

        class Watched(pyqtgraph.PlotWidget):  # type: ignore[misc] # it comes without types
            paints = 0

            def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 # Qt's name
                super().paintEvent(event)
                self.paints += 1

        self._application = application
        self._cloud = _Cloud(count)
        brushes = np.array([pyqtgraph.mkBrush(*map(int, colour)) for colour in class_colours(_CLASSES)])
        self._brushes = brushes[self._cloud.labels]
        self._view = Watched()
        self._view.resize(_WIDTH, _HEIGHT)
        self._points = pyqtgraph.ScatterPlotItem(size=4, pen=None)
        self._view.addItem(self._points)
        self._view.setRange(QRectF(-4, -3.5, 8, 7))
        self._view.show()
        self.move()

    def close(self) -> None:
        """Takes the window off the screen."""
        self._view.close()
        self._application.processEvents()

    def move(self) -> float:
        """Seconds from new positions of all points to their picture on the screen."""
        positions = self._cloud.next()
        paints = self._view.paints
        began = time.perf_counter()
        self._points.setData(positions[:, 0], positions[:, 1], brush=self._brushes)
        _wait(self._application, lambda: self._view.paints > paints)
        return time.perf_counter() - began


class _Matplotlib:
    """matplotlib's scatter of as many points in ten colours, of the same size, drawn without a window."""

    def __init__(self, count: int) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self._cloud = _Cloud(count)
        figure = Figure((_WIDTH / 100, _HEIGHT / 100), dpi=100)
        self._canvas = FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1), xlim=(-4, 4), ylim=(-3.5, 3.5))
        colours = class_colours(_CLASSES)[self._cloud.labels] / 255
        x, y = self._cloud.start.T
        self._points = axes.scatter(x, y, s=4, c=colours, linewidths=0)
        self.move()

    def move(self) -> float:
        """Seconds from new positions of all points to their picture."""
        positions = self._cloud.next()
        began = time.perf_counter()
        self._points.set_offsets(positions)
        self._canvas.draw()
        return time.perf_counter() - began


def _post(widget: QWidget, kind: QEvent.Type, place: QPointF, button: Qt.MouseButton = _NO_BUTTON) -> None:
    """Posts a mouse event with the left button held, or just pressed or released."""
    held = _NO_BUTTON if kind == QEvent.Type.MouseButtonRelease else _LEFT
    event = QMouseEvent(kind, place, widget.mapToGlobal(place), button, held, _NO_KEYS)
    QCoreApplication.postEvent(widget, event)


def _turn_wheel(widget: QWidget, place: QPointF, eighths: int) -> None:
    turned = QPoint(0, eighths)
    event = QWheelEvent(
        place, widget.mapToGlobal(place), QPoint(), turned, _NO_BUTTON, _NO_KEYS, Qt.ScrollPhase.NoScrollPhase, False
    )
    QCoreApplication.postEvent(widget, event)


def _wait(application: QApplication, check: Callable[[], bool]) -> None:
    """Runs the program until ``check`` holds; in between it sleeps, as it does under a hand."""
    until = time.perf_counter() + _PATIENCE
    while not check():
        if time.perf_counter() > until:
            sys.exit(f"the scatter was not painted within {_PATIENCE:g} s")
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def _run(application: QApplication, seconds: float) -> None:
    """Runs the program for a while."""
    over: list[bool] = []
    QTimer.singleShot(round(1e3 * seconds), lambda: over.append(True))
    _wait(application, lambda: bool(over))
