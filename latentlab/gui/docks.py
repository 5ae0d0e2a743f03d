"""The panels' docks: where each stands at first, and the layout as the user left it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import TypeVar

from PySide6.QtCore import QRect, QSize, Qt, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QMainWindow, QTabWidget, QWidget

from latentlab.gui.panels.base import Panel
from latentlab.gui.settings import LAYOUT_VERSION, Settings
from latentlab.gui.widgets.dock_title import DockTitle

AnyPanel = TypeVar("AnyPanel", bound=Panel)

_COLUMNS = ("experiment", "latent_space", "manifold")
# Beneath latent space and manifold, from left to right, each a group of tabs of which the first is in front: what the
# models make of the images, the place under the hand, and the way there. Within a group they follow the course of the
# work; the groups are about as wide as their names need in a window of 1280 pixels, so that few have to be scrolled to.
_BENEATH = (
    ("reconstructions", "selection", "samples", "comparison", "runs", "codebook"),
    ("probe", "posterior"),
    ("curves", "diagnostics", "latents", "path", "attribute", "draw"),
)
_SHARES = (0.41, 0.21, 0.38)


class Docks:
    """Docks panels in a window, most of them in groups of tabs.

    Attributes:
        titles: of all panels by name, in their order.
        panels: those that are there, by name.
    """

    def __init__(self, window: QMainWindow) -> None:
        self.titles: dict[str, str] = {}
        self.panels: dict[str, Panel] = {}
        self._window = window
        self._docks: dict[str, QDockWidget] = {}

    def __getitem__(self, name: str) -> QDockWidget:
        """The dock of the panel called ``name``."""
        return self._docks[name]

    def add(self, panel: AnyPanel) -> AnyPanel:
        """Docks ``panel``, which stands somewhere after the next `lay_out`, and returns it."""
        self.promise(panel.name, panel.title)
        return self.fill(panel)

    def promise(self, name: str, title: str) -> None:
        """Keeps a dock for a panel that is yet to be made."""
        dock = QDockWidget(title, self._window)
        dock.setObjectName(f"dock_{name}")
        dock.setWidget(QWidget())
        self.titles[name], self._docks[name] = title, dock

    def fill(self, panel: AnyPanel) -> AnyPanel:
        """Puts a promised panel into its dock, and returns it."""
        dock = self._docks[panel.name]
        dock.widget().deleteLater()
        dock.setWidget(panel)
        place = dock.geometry()
        dock.setTitleBarWidget(DockTitle(dock, panel.bar, panel.folding.fit))
        _frame(dock, place)
        self.panels[panel.name] = panel
        return panel

    def lay_out(self, settings: Settings) -> None:
        """Gives window and docks their places: those of the last time, or else the first ones."""
        # The docks fill the window, with no centre between them.
        self._window.setDockNestingEnabled(True)
        self._window.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self._window.resize(_first_size(self._window))
        self._place()
        layout = settings.layout()
        if layout is not None:
            self._window.restoreGeometry(layout[0])
            # A layout of another version is refused, and the default stays.
            self._window.restoreState(layout[1], LAYOUT_VERSION)
            # A window is kept above one that shows already; above one that is yet to be shown some systems do not.
            QTimer.singleShot(0, self._window, self._frame_all)

    def save(self, settings: Settings) -> None:
        """Remembers the places for the next time."""
        settings.save_layout(self._window.saveGeometry(), self._window.saveState(LAYOUT_VERSION))

    def reset(self) -> None:
        """Puts every panel where it was at the first start."""
        for dock in self._docks.values():
            dock.setFloating(False)
            dock.show()
        self._place()

    def bring_up(self, name: str) -> None:
        """Brings a panel to the front."""
        self._docks[name].show()
        self._docks[name].raise_()

    def explain(self, name: str) -> None:
        """Brings a panel to the front and says what one is looking at there."""
        self.bring_up(name)
        self.panels[name].explain()

    def toggle(self, name: str) -> None:
        """Brings a panel to the front, or closes it where it is there already."""
        dock = self._docks[name]
        if dock.widget().visibleRegion().isEmpty():  # also behind another tab, where Qt calls it visible
            self.bring_up(name)
        else:
            dock.close()

    def toggle_actions(self) -> list[QAction]:
        """What does that to each panel, in their order; checked where the panel is open."""
        actions = []
        for name, dock in self._docks.items():
            action = QAction(dock.windowTitle(), self._window, checkable=True)
            action.setChecked(dock.toggleViewAction().isChecked())
            # A click on it turns the mark; what counts is whether the panel is open then.
            action.triggered.connect(partial(self._toggle_by, action, name))
            dock.toggleViewAction().toggled.connect(action.setChecked)
            actions.append(action)
        return actions

    def _toggle_by(self, action: QAction, name: str) -> None:
        self.toggle(name)
        action.setChecked(self._docks[name].toggleViewAction().isChecked())

    def _frame_all(self) -> None:
        for dock in self._docks.values():
            _frame(dock, dock.geometry())

    def _place(self) -> None:
        window, docks, across, down = self._window, self._docks, Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        for dock in docks.values():
            window.removeDockWidget(dock)
        groups = [[docks[name] for name in group if name in docks] for group in _BENEATH]
        fronts = [group[0] for group in groups]
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["experiment"])
        window.splitDockWidget(docks["experiment"], docks["latent_space"], across)
        window.splitDockWidget(docks["latent_space"], fronts[0], down)
        window.splitDockWidget(docks["latent_space"], docks["manifold"], across)
        for left, right in pairwise(fronts):
            window.splitDockWidget(left, right, across)
        for front, *behind in groups:
            for dock in behind:
                window.tabifyDockWidget(front, dock)
        for dock in docks.values():
            dock.show()
        for front in fronts:
            front.raise_()
        self._share_out(fronts)

    def _share_out(self, fronts: Sequence[QDockWidget]) -> None:
        window, docks, across, down = self._window, self._docks, Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        form = min(344, round(0.27 * window.width()))
        rest = window.width() - form
        window.resizeDocks([docks[name] for name in _COLUMNS], [form, rest // 2, rest // 2], across)
        window.resizeDocks(fronts, [round(share * rest) for share in _SHARES], across)
        upper = round(0.6 * window.height())
        window.resizeDocks([docks["latent_space"], fronts[0]], [upper, window.height() - upper], down)


def _frame(dock: QDockWidget, place: QRect) -> None:
    """Gives a panel that floats the frame which Qt leaves away, once the panel has been made."""
    title = dock.titleBarWidget()
    if dock.isFloating() and dock.isVisible() and isinstance(title, DockTitle):
        title.give_frame(place)


def _first_size(window: QWidget) -> QSize:
    """Most of the screen, up to a size beyond which more is only emptier."""
    free = window.screen().availableGeometry().size()
    return QSize(min(1760, round(0.94 * free.width())), min(1080, round(0.92 * free.height())))
