"""Where a window's message bar lies: in the row of the menus, so that nothing moves when it comes and goes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QTimer, Slot
from PySide6.QtWidgets import QDockWidget, QMenuBar, QWidget

from latentlab.gui.widgets.message_bar import MessageBar

_GAP = 16
_MARGIN = 2
# Of the menus' rows; a sentence that would need more beside them has the window's whole width beneath them.
_MOST_ROWS = 2
_OF_BAR = (QEvent.Type.Show, QEvent.Type.LayoutRequest)
_OF_MENUS = (QEvent.Type.Show, QEvent.Type.Resize)


class MessagePlace(QObject):
    """Keeps a message bar right of the menus; a long sentence lies over what is beneath them rather than push it."""

    def __init__(self, bar: MessageBar, menus: QMenuBar, window: QWidget) -> None:
        """``window`` has its docks already."""
        super().__init__(window)
        self._bar, self._menus, self._window = bar, menus, window
        bar.setParent(window)
        for widget in (bar, menus):
            widget.installEventFilter(self)
        for dock in window.findChildren(QDockWidget):
            dock.visibilityChanged.connect(self._come_forward)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (_OF_BAR if watched is self._bar else _OF_MENUS):
            self.place()
        return False

    @Slot()
    def _come_forward(self) -> None:
        # A panel that is brought to the front is not to cover it; but first Qt looks whether the panel is there.
        if self._bar.isVisible():
            QTimer.singleShot(0, self._bar.raise_)

    def place(self) -> None:
        """Puts the bar where it belongs; also to be called when the window is of another size."""
        bar, menus, window = self._bar, self._menus, self._window
        # Where the system shows the menus elsewhere, there is no row of them.
        row = menus.height() if menus.isVisible() else 0
        ends = max((menus.actionGeometry(action).right() for action in menus.actions()), default=0) if row else 0
        left = ends + _GAP
        wide = window.width() - left - _MARGIN
        high = bar.heightForWidth(wide)
        if row and high <= _MOST_ROWS * row:
            bar.setGeometry(QRect(left, _MARGIN, wide, max(high, row - 2 * _MARGIN)))
        else:
            wide = window.width() - 2 * _MARGIN
            bar.setGeometry(QRect(_MARGIN, row + _MARGIN, wide, bar.heightForWidth(wide)))
        bar.raise_()
