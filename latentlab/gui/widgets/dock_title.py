"""A dock's title bar that also holds the panel's controls, so that no row of the window is spent on words alone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Slot
from PySide6.QtGui import QAction, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QLabel, QMainWindow, QSizePolicy, QToolButton, QWidget

from latentlab.gui import icons

# Whatever happens to the tabs around a dock, one of these comes to it.
_STIRRED = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show)


_FLOAT_TIP = "A window of its own for this panel, or back among the others (double-click)"
# A dialog is kept above its parent, where a window would go behind it at the first click there. It is not minimised:
# on many desktops nothing would then lead back to it.
_WINDOW = (
    Qt.WindowType.Dialog
    | Qt.WindowType.CustomizeWindowHint
    | Qt.WindowType.WindowTitleHint
    | Qt.WindowType.WindowMaximizeButtonHint
    | Qt.WindowType.WindowCloseButtonHint
)
# Of the screen, for a panel that gets a window of its own.
_SHARE = 0.6
_STEP = 32  # pixels from one such window to the next, so that none hides another
_MOST_STEPS = 5


def _place_of_its_own(dock: QDockWidget) -> QRect:
    """About the middle of the screen, and larger than in the row of panels."""
    free = dock.screen().availableGeometry()
    place = QRect(QPoint(), (free.size() * _SHARE).expandedTo(dock.size()).boundedTo(free.size()))
    place.moveCenter(free.center())
    window = dock.parentWidget()
    others = [] if window is None else window.findChildren(QDockWidget)
    steps = sum(each.isFloating() and each.isVisible() for each in others) % _MOST_STEPS
    place.translate(steps * _STEP, steps * _STEP)
    return place


class DockTitle(QWidget):
    """Title, the panel's bar, float and close. Dragging it anywhere between the controls moves the dock.

    The title is not said twice: where the dock is one of several tabs, its tab has it.

    Attributes:
        title: what the panel is called.
    """

    def __init__(self, dock: QDockWidget, bar: QHBoxLayout, fit: Callable[[int], None]) -> None:
        """``fit`` is told how many pixels wide the bar may be."""
        super().__init__(dock)
        self._dock, self._fit = dock, fit
        self.title = QLabel(dock.windowTitle())
        self.title.setProperty("role", "heading")
        self.title.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._float = self._button("float", _FLOAT_TIP, self._toggle_floating)
        self._close = self._button("close", "Close this panel; the View menu brings it back", dock.close)
        row = self._row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 4, 2)
        row.setSpacing(8)
        row.addWidget(self.title)
        row.addLayout(bar, 1)
        row.addWidget(self._float)
        row.addWidget(self._close)
        row.setStretch(1, 1)
        dock.installEventFilter(self)

    def minimumSizeHint(self) -> QSize:
        # A narrow dock cuts its title rather than refusing to be narrow.
        return QSize(96, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_bar()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:  # a control has come or gone
            self._fit_bar()
        return handled

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _STIRRED:
            self.title.setHidden(self._is_tab())
        return False

    def _is_tab(self) -> bool:
        window = self._dock.parentWidget()
        beside = window.tabifiedDockWidgets(self._dock) if isinstance(window, QMainWindow) else []
        return not self._dock.isFloating() and any(not dock.isHidden() for dock in beside)

    def _fit_bar(self) -> None:
        margins, others = self._row.contentsMargins(), (self.title, self._float, self._close)
        taken = sum(each.sizeHint().width() + self._row.spacing() for each in others if not each.isHidden())
        self._fit(self.width() - margins.left() - margins.right() - taken)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._toggle_floating()

    @Slot()
    def _toggle_floating(self) -> None:
        dock = self._dock
        if dock.isFloating():
            dock.setFloating(False)
            dock.raise_()
            return
        place = _place_of_its_own(dock)
        dock.setFloating(True)
        self.give_frame(place)
        dock.raise_()
        dock.activateWindow()

    def give_frame(self, place: QRect) -> None:
        """Gives the floating dock the system's frame, to be enlarged, maximised, put on a projector's screen."""
        window = self._dock.parentWidget()
        for action in window.findChildren(QAction) if window is not None else []:
            if not action.shortcut().isEmpty():
                self._dock.addAction(action)  # keys are heard in the windows of who has the action
        self._dock.setWindowFlags(_WINDOW)
        self._dock.setGeometry(place)
        self._dock.show()

    def _button(self, icon: str, tip: str, act: object) -> QToolButton:
        button = QToolButton(self)
        icons.set_icon(button, icon, "muted")
        button.setIconSize(QSize(14, 14))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.clicked.connect(act)
        return button
