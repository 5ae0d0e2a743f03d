"""A row of controls that keeps its buttons in a menu where it is too narrow for all, and then does without captions."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from latentlab.gui import icons
from latentlab.gui.widgets.elided_label import ElidedLabel

_NOTE_WIDTH = 120  # a few words; a note asks for no width of its own, and would be cut before any button is folded
_UNBOUND = 2**24 - 1  # Qt's own limit of a width
_TIP = "More that can be done here"


class Folding(QObject):
    """Hides buttons of a row as far as its width asks for, and offers them in a menu.

    Attributes:
        more: the button of the menu, the last of the row; hidden where everything has room.
        folded: the buttons that are in the menu.
    """

    def __init__(self, row: QHBoxLayout, parent: QWidget) -> None:
        super().__init__(parent)
        self._row = row
        self._may_fold: list[QToolButton] = []
        self._captions: list[QLabel] = []
        self.folded: list[QToolButton] = []
        self._room = _UNBOUND
        self.more = QToolButton(parent)
        icons.set_icon(self.more, "more", "muted")
        icons.set_size(self.more, 16)
        self.more.setToolTip(_TIP)
        self.more.setAccessibleName(_TIP)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self.more)
        self._menu.setToolTipsVisible(True)
        self._menu.aboutToShow.connect(self._fill)
        self.more.setMenu(self._menu)
        self.more.hide()
        row.addWidget(self.more)

    def add(self, button: QToolButton) -> None:
        """Lets a button of the row be folded, sooner than those that were added after it."""
        self._may_fold.append(button)

    def add_caption(self, caption: QLabel) -> None:
        """Lets a caption of the row have no width where there is none left; its field tells the name too."""
        self._captions.append(caption)

    def offer(self, button: QToolButton, wanted: bool) -> None:
        """Shows a button that may be folded, in the row or the menu, or takes it from both."""
        if button in self.folded:
            if wanted:
                return
            self.folded.remove(button)
        button.setVisible(wanted)
        self.fit(self._room)

    def leave(self, button: QToolButton) -> None:
        """Lets it alone from now on."""
        self._may_fold.remove(button)

    def fit(self, room: int) -> None:
        """Folds as many as a row of ``room`` pixels asks for, and no more."""
        self._room = room
        items = map(self._row.itemAt, range(self._row.count()))
        there = [widget for item in items if item and (widget := item.widget()) and widget is not self.more]
        shown = [widget for widget in there if widget in self.folded or not widget.isHidden()]
        needed = sum(_least_width(widget) + self._row.spacing() for widget in shown)
        folded: list[QToolButton] = []
        for button in (each for each in self._may_fold if each in shown):
            if needed <= room:
                break
            if not folded:
                needed += _least_width(self.more) + self._row.spacing()
            folded.append(button)
            needed -= _least_width(button) + self._row.spacing()
        # The notes, which may be left out, give way to captions: a number says nothing without its name.
        notes = _NOTE_WIDTH * sum(isinstance(widget, ElidedLabel) for widget in shown)
        for caption in self._captions:
            caption.setMaximumWidth(_UNBOUND if needed - notes <= room else 0)
        self.more.setVisible(bool(folded))
        if folded == self.folded:
            return
        for button in {*folded, *self.folded}:
            button.setVisible(button not in folded)
        self.folded = folded

    @Slot()
    def _fill(self) -> None:
        self._menu.clear()
        for button in reversed(self.folded):
            tip, menu = button.toolTip(), button.menu()
            if menu is not None:
                menu.setTitle(tip)
                self._menu.addMenu(menu)
                continue
            action = self._menu.addAction(button.icon(), tip, button.click)
            action.setEnabled(button.isEnabled())
            action.setCheckable(button.isCheckable())
            action.setChecked(button.isChecked())


def _least_width(widget: QWidget) -> int:
    if isinstance(widget, ElidedLabel):
        return _NOTE_WIDTH
    if isinstance(widget, QLabel):  # a caption that has no width now may have it again
        return widget.minimumSizeHint().width()
    least = widget.minimumSizeHint().width() if widget.minimumWidth() == 0 else widget.minimumWidth()
    return min(max(least, 0), widget.maximumWidth())
