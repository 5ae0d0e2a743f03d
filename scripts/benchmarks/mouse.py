"""A mouse that a script moves from a thread of its own, at an even pace whatever the program is busy with."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

Pixel = tuple[float, float]

_NO_BUTTON, _LEFT, _NO_KEYS = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def ticking(count: int, hertz: float) -> Iterator[int]:
    """0 … count − 1 at an even pace that does not depend on how long each takes."""
    began = time.perf_counter()
    for number in range(count):
        time.sleep(max(0.0, began + number / hertz - time.perf_counter()))
        yield number


class Mouse(QObject):
    """Sends real mouse events to a widget; asked for in any thread, they wait in the window's queue as a desktop's do.

    The window's thread makes them. Made by another and posted, they damage the heap: they may be delivered and deleted
    before PySide has noted that they no longer belong to Python.
    """

    _asked = Signal(object)

    def __init__(self, widget: QWidget) -> None:
        """Pixels are the widget's; called in the window's thread."""
        super().__init__()
        self._widget = widget
        self._corner = widget.mapToGlobal(QPointF())
        self._asked.connect(self._send)

    def drag(
        self, path: list[Pixel], hertz: float, about_to_move: Callable[[], None], over: Callable[[], bool] = bool
    ) -> None:
        """Presses where ``path`` begins, moves along it to its end, or until it is ``over``, and lets go."""
        self._ask(QEvent.Type.MouseButtonPress, path[0], held=True)
        for number in ticking(len(path) - 1, hertz):
            if over():
                break
            about_to_move()
            self._ask(QEvent.Type.MouseMove, path[number + 1], held=True)
        self._ask(QEvent.Type.MouseButtonRelease, path[-1], held=False)

    def move(self, to: Pixel) -> None:
        """Moves with no button held."""
        self._ask(QEvent.Type.MouseMove, to, held=False)

    def turn_wheel(self, at: Pixel, eighths: int) -> None:
        """Turns the wheel by eighths of a degree."""
        place = QPointF(*at), self._corner + QPointF(*at), QPoint(), QPoint(0, eighths)
        phase = Qt.ScrollPhase.NoScrollPhase
        self._asked.emit(partial(QWheelEvent, *place, _NO_BUTTON, _NO_KEYS, phase, False))

    def _ask(self, kind: QEvent.Type, at: Pixel, held: bool) -> None:
        button = _NO_BUTTON if kind == QEvent.Type.MouseMove else _LEFT
        place = QPointF(*at), self._corner + QPointF(*at)
        self._asked.emit(partial(QMouseEvent, kind, *place, button, _LEFT if held else _NO_BUTTON, _NO_KEYS))

    @Slot(object)
    def _send(self, make: Callable[[], QEvent]) -> None:
        QCoreApplication.sendEvent(self._widget, make())
