"""A bar that says one sentence and offers what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QHideEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QToolButton, QWidget

from latentlab.gui import icons, theme
from latentlab.gui.colours import mix

Kind = Literal["info", "warning", "error"]
Action = tuple[str, Callable[[], object]]

_ROLES = {"info": "ring", "warning": "warning", "error": "error"}
TINT = 0.12
"""How much of a kind's colour is in the bar; more, and quiet text on it could not be read."""

_ICON = 20
_RADIUS = 4


@dataclass(frozen=True)
class _Message:
    text: str
    kind: Kind
    actions: tuple[Action, ...]


class MessageBar(QWidget):
    """Hidden until something is said; the newest message shows, older ones wait beneath it.

    Neither takes the focus nor stops anything. The cross closes the message on top; Esc does too, wherever in the
    window it is pressed, unless something there had a use for it (a gesture to drop, a menu to close).
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._messages: list[_Message] = []
        self._watched: QObject | None = None
        self._symbol = QLabel(self)
        self._text = QLabel(self)
        self._text.setWordWrap(True)
        # Plain: what is quoted (paths, a library's words) may hold "<" and must not be read as markup.
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._waiting = QLabel(self)
        self._waiting.setProperty("role", "note")
        self._buttons: list[QPushButton] = []
        self._close = QToolButton(self)
        self._close.setToolTip("Close (Esc)")
        self._close.setAccessibleName("Close this message")
        self._close.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        icons.set_icon(self._close, "close", "muted")
        self._close.clicked.connect(self.dismiss)
        self._lay_out()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        theme.active().theme_changed.connect(self._draw_symbol)
        self.hide()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 4, 2)
        row.setSpacing(8)
        row.addWidget(self._symbol)
        row.addWidget(self._text, 1)
        row.addWidget(self._waiting)
        row.addWidget(self._close)
        icons.set_size(self._close, 16)

    def say(self, text: str, kind: Kind = "info", actions: Sequence[Action] = ()) -> None:
        """Shows ``text`` on top; a message that says the same is replaced rather than said twice.

        Args:
            text: one sentence in the user's words.
            kind: how it is coloured and announced.
            actions: (label, what it does) for a button each; pressing one closes the message first.

        Raises:
            ValueError: there is no such kind.
        """
        if kind not in get_args(Kind):
            raise ValueError(f"A message is one of {', '.join(get_args(Kind))}; got {kind!r}.")
        self._remove(text)
        self._messages.append(_Message(text, kind, tuple(actions)))
        self._show_top()
        self._announce()

    def withdraw(self, text: str) -> None:
        """Takes back a message that no longer holds, whether it shows or waits."""
        self._remove(text)
        self._show_top()

    @Slot()
    def dismiss(self) -> None:
        """Closes the message on top; the one before it shows again."""
        if self._messages:
            self._messages.pop()
            self._show_top()

    def text(self) -> str:
        """The sentence on show; empty where there is none."""
        return self._messages[-1].text if self._messages else ""

    def texts(self) -> tuple[str, ...]:
        """All messages, the one on show first."""
        return tuple(message.text for message in reversed(self._messages))

    def _remove(self, text: str) -> None:
        self._messages = [message for message in self._messages if message.text != text]

    def _show_top(self) -> None:
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = []
        if not self._messages:
            self.hide()
            return
        message = self._messages[-1]
        self._text.setText(message.text)
        self.setAccessibleName(f"{message.kind.capitalize()}: {message.text}")
        waiting = len(self._messages) - 1
        self._waiting.setText(f"{waiting} more")
        self._waiting.setVisible(waiting > 0)
        self._add_buttons(message)
        self._draw_symbol()
        self.update()
        self.show()

    def _add_buttons(self, message: _Message) -> None:
        row = self.layout()
        assert isinstance(row, QHBoxLayout)
        before: QWidget = self._text
        for number, (label, act) in enumerate(message.actions):
            button = QPushButton(label, self)
            button.clicked.connect(lambda _checked=False, message=message, act=act: self._act(message, act))
            row.insertWidget(2 + number, button)
            button.show()
            QWidget.setTabOrder(before, button)
            before = button
            self._buttons.append(button)
        QWidget.setTabOrder(before, self._close)

    def _act(self, message: _Message, act: Callable[[], object]) -> None:
        # Closed first: what the action says in turn must not be hidden with it.
        self.withdraw(message.text)
        act()

    def _announce(self) -> None:
        event = QAccessibleAnnouncementEvent(self, self.accessibleName())
        urgent = self._messages[-1].kind == "error"
        politeness = QAccessible.AnnouncementPoliteness
        event.setPoliteness(politeness.Assertive if urgent else politeness.Polite)
        QAccessible.updateAccessibility(event)

    def _colour(self) -> str:
        return getattr(theme.active().colours, _ROLES[self._messages[-1].kind])

    @Slot()
    def _draw_symbol(self) -> None:
        if self._messages:
            kind = self._messages[-1].kind
            self._symbol.setPixmap(icons.pixmap(kind, self._colour(), _ICON, self.devicePixelRatioF()))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._messages:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(mix(theme.active().colours.window, self._colour(), TINT)))
        painter.drawRoundedRect(self.rect(), _RADIUS, _RADIUS)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Keys that nobody used travel up to the window: there, and only there, Esc is free to close a message.
        self._watched = self.window()
        self._watched.installEventFilter(self)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if self._watched is not None:
            self._watched.removeEventFilter(self)
            self._watched = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self.dismiss()
            return True
        return super().eventFilter(watched, event)
