"""Room for what has less of it than it needs: with large words it is scrolled rather than enlarges the window."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Slot
from PySide6.QtWidgets import QScrollBar, QWidget

from latentlab.gui.text_size import is_large

_HIGH = 0.22  # of the screen's height: the most that is asked for, as two panels stand above each other


class Cramped:
    """Places a widget in its parent, which is no layout of it; bars scroll it where it is the larger one.

    At the normal size of the words it is as large as its parent, which asks for all that the widget needs.

    Attributes:
        across, down: the bars; hidden where all has room.
    """

    def __init__(self, body: QWidget, parent: QWidget, share: float) -> None:
        """``share`` is the part of the screen's width up to which the parent may ask for it."""
        self._body, self._parent, self._share = body, parent, share
        self.across = QScrollBar(Qt.Orientation.Horizontal, parent)
        self.down = QScrollBar(Qt.Orientation.Vertical, parent)
        for bar in (self.across, self.down):
            bar.hide()
            bar.valueChanged.connect(self._move)

    def least(self) -> QSize:
        """The size below which the parent must not go."""
        needed = self._body.minimumSizeHint()
        if not is_large():
            return needed
        screen = self._body.screen().availableGeometry()
        return needed.boundedTo(QSize(round(self._share * screen.width()), round(_HIGH * screen.height())))

    def fit(self) -> None:
        """Gives the widget the parent's room, or what it needs where that is more."""
        room, needed = self._parent.size(), self._body.minimumSizeHint()
        thick = self.across.sizeHint().height()
        lies = is_large() and needed.width() > room.width()
        stands = is_large() and needed.height() > room.height() - thick * lies
        lies = lies or (stands and needed.width() > room.width() - thick)
        room = QSize(room.width() - thick * stands, room.height() - thick * lies)
        self.across.setGeometry(0, room.height(), room.width(), thick)
        self.down.setGeometry(room.width(), 0, thick, room.height())
        for bar, shown, least, there in (
            (self.across, lies, needed.width(), room.width()),
            (self.down, stands, needed.height(), room.height()),
        ):
            bar.setRange(0, least - there if shown else 0)
            bar.setPageStep(there)
            bar.setSingleStep(max(1, there // 10))
            bar.setVisible(shown)
            bar.raise_()
        self._body.resize(QSize(needed.width() if lies else room.width(), needed.height() if stands else room.height()))
        self._move()

    def show_place(self, widget: QWidget) -> None:
        """Scrolls to a widget of the body, such as one that the focus has come to."""
        place = QRect(widget.mapTo(self._body, QPoint()), widget.size())
        for bar, first, last in ((self.across, place.left(), place.right()), (self.down, place.top(), place.bottom())):
            bar.setValue(min(max(bar.value(), last - bar.pageStep()), first))

    @Slot()
    def _move(self) -> None:
        self._body.move(-self.across.value(), -self.down.value())
