"""The sizes of window and panels as they were before the words were enlarged, for when they are normal again."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Slot
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabBar, QWidget

from latentlab.gui import theme
from latentlab.gui.text_size import NORMAL

# Until the layouts have followed the words; no hand moves anything that soon after.
_FOLLOW_MS, _SETTLE_MS = 60, 300

Sizes = dict[QDockWidget | None, QSize]
"""By dock, those behind other tabs as the one in front; the window's own without one."""


class KeptSizes(QObject):
    """Has a window return to the sizes that larger words took from it, unless these were changed by hand meanwhile."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._kept: Sizes | None = None
        self._settled: Sizes | None = None
        self._follows = QTimer(self, singleShot=True, interval=_FOLLOW_MS)
        self._follows.timeout.connect(self._give_back)
        self._settles = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        self._settles.timeout.connect(self._note)

    def change(self, act: Callable[[], None]) -> None:
        """Changes the size of the words by ``act``."""
        pending = self._follows.isActive() or self._settles.isActive()
        if not pending and self._settled is not None and self._sizes() != self._settled:
            self._kept = None
        if not pending and theme.active().text_percent == NORMAL:
            self._kept = self._sizes()
        self._settled = None
        act()
        self._follows.start()

    @Slot()
    def _give_back(self) -> None:
        """As far as the words leave room for it."""
        window, kept = self._window, self._kept
        # Of what stands behind other tabs Qt remembers what it needed with the words as they were.
        for widget in window.findChildren(QWidget):
            widget.updateGeometry()
        layout = window.layout()
        assert layout is not None
        layout.activate()
        if kept is not None:
            if not window.isMaximized() and not window.isFullScreen():
                window.resize(kept[None])
            fronts = [dock for dock in self._fronts() if dock in kept]
            across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
            window.resizeDocks(fronts, [kept[dock].width() for dock in fronts], across)
            # One that fills its column has no say in heights, and Qt wants to hear of each row once.
            rows = {dock.y(): dock for dock in fronts if _is_stacked(dock, fronts)}
            stacked = list(rows.values())
            heights = [kept[dock].height() + self._tabs_height(dock) for dock in stacked]
            window.resizeDocks(stacked, heights, down)
        self._settles.start()

    def _tabs_height(self, dock: QDockWidget) -> int:
        """What Qt counts as the dock's beside its own height."""
        if not self._window.tabifiedDockWidgets(dock):
            return 0
        bars = self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return max((bar.height() for bar in bars if bar.isVisible()), default=0)

    @Slot()
    def _note(self) -> None:
        self._settled = self._sizes()

    def _fronts(self) -> list[QDockWidget]:
        docks = self._window.findChildren(QDockWidget)
        return [dock for dock in docks if not dock.isFloating() and not dock.visibleRegion().isEmpty()]

    def _sizes(self) -> Sizes:
        sizes: Sizes = {None: self._window.size()}
        for front in self._fronts():
            for dock in (front, *self._window.tabifiedDockWidgets(front)):
                sizes[dock] = front.size()
        return sizes


def _is_stacked(dock: QDockWidget, docks: list[QDockWidget]) -> bool:
    """Whether another one stands above or beneath it."""
    place = dock.geometry()
    others = (other.geometry() for other in docks if other is not dock)
    return any(other.left() <= place.right() and place.left() <= other.right() for other in others)
