"""A hand for the tests of what the hand moves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

_NO_KEYS = Qt.KeyboardModifier.NoModifier


class Hand:
    """Mouse and wheel on a widget, at pixels from its upper left corner.

    It sends what the window system would send. QTest.mouseMove moves the X server's own cursor instead, whose events
    come late and without the button that is held.
    """

    def __init__(self, widget):
        self._widget = widget
        self._held = Qt.MouseButton.NoButton

    def press(self, x, y, button=Qt.MouseButton.LeftButton, keys=_NO_KEYS):
        self._held = button
        self._send(QEvent.Type.MouseButtonPress, x, y, button, keys)

    def move(self, *stops):
        for x, y in stops:
            self._send(QEvent.Type.MouseMove, x, y, Qt.MouseButton.NoButton)

    def release(self, x, y, keys=_NO_KEYS):
        button, self._held = self._held, Qt.MouseButton.NoButton
        self._send(QEvent.Type.MouseButtonRelease, x, y, button, keys)

    def click(self, x, y, keys=_NO_KEYS):
        self.press(x, y, keys=keys)
        self.release(x, y, keys)

    def double_click(self, x, y):
        self.click(x, y)
        self._held = Qt.MouseButton.LeftButton
        self._send(QEvent.Type.MouseButtonDblClick, x, y, self._held)
        self.release(x, y)

    def drag(self, start, *stops, button=Qt.MouseButton.LeftButton):
        self.press(*start, button)
        self.move(*stops)
        self.release(*stops[-1])

    def turn_wheel(self, x, y, eighths):
        pixel = QPointF(x, y)
        place = pixel, self._widget.mapToGlobal(pixel), QPoint(), QPoint(0, eighths)
        QApplication.sendEvent(
            self._widget, QWheelEvent(*place, self._held, _NO_KEYS, Qt.ScrollPhase.NoScrollPhase, False)
        )

    def _send(self, kind, x, y, button, keys=_NO_KEYS):
        pixel = QPointF(x, y)
        place = pixel, self._widget.mapToGlobal(pixel)
        QApplication.sendEvent(self._widget, QMouseEvent(kind, *place, button, self._held, keys))


@pytest.fixture
def hand_on() -> Callable[..., Hand]:
    """Makes a hand on a widget; for a plane or a scroll area give its viewport."""
    return Hand


@pytest.fixture(scope="module")
def shared_window(request, qapp, tmp_path_factory):
    """One window for all tests of a file; see `opened_for_all`."""
    from tests.gui.window import opened_for_all

    with opened_for_all(request, tmp_path_factory.mktemp("home")) as window:
        yield window


@pytest.fixture
def window_of_runs(shared_window):
    """The window that the tests of a file share, without a run, its list of runs in front."""
    shared_window.control.look_at_none()
    shared_window.main.bring_up("runs")
    yield shared_window
    shared_window.forget_runs()
    shared_window.put_back()


@pytest.fixture
def record() -> Callable[..., list]:
    """Starts a list of what a signal says, one tuple an emission."""

    def start(signal) -> list:
        seen: list = []
        signal.connect(lambda *values: seen.append(values))
        return seen

    return start


@pytest.fixture
def shown_plane(qtbot):
    """A plane of 400×300 pixels on the screen that shows (-2, -1.5) to (2, 1.5), so that a pixel is 0.01."""
    from latentlab.gui.widgets.plane_view import PlaneView

    view = PlaneView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.set_view((-2.0, -1.5, 2.0, 1.5))
    with qtbot.waitExposed(view):
        view.show()
    return view


@pytest.fixture(scope="module")
def trained(shared_window):
    """It, with a small VAE that rests after its last epoch: its plane is the same, however busy the machine is."""
    shared_window.train("vae", epochs=10)
    shared_window.wait(lambda: shared_window.control.state == "finished")
    shared_window.pause()
    return shared_window
