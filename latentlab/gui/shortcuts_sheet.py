"""The sheet of keys and gestures (F1): the menus' own keys, as they are, beside what mouse and keys do in a view."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from PySide6.QtCore import QSize, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QMenu, QMenuBar, QTextBrowser, QVBoxLayout, QWidget

from latentlab.gui import theme
from latentlab.gui.text_size import px

_Lines = list[tuple[str, str]]
_MOST_OF_SCREEN = 0.9

_GESTURES: dict[str, _Lines] = {
    "On a plane": [
        ("Move it", "drag the background, or arrows"),
        ("Zoom about the cursor", "wheel, or + and −"),
        ("Show all and follow the data", "double-click, or Home"),
        ("Put back what a drag has changed", "Esc, while dragging"),
        ("Ring a point; its card after a moment", "rest the cursor on it"),
        ("Select a point", "click"),
        ("Add a point to the selection", "Shift+click"),
        ("Take a point away", "Alt+click"),
        ("Put the probe there (Manifold, or in a hole)", "click"),
        ("Select what is in a box or a lasso", "B or L, then drag; V moves again"),
        ("Add what is inside, or take it away", "Shift+drag, Alt+drag"),
        ("Drop a box or a lasso", "Esc, while drawing"),
    ],
    "On a handle (ring, pin or rectangle)": [
        ("Move it", "drag, or Tab and arrows"),
        ("Move it ten times as far", "Shift+arrows"),
        ("Remove a pin", "Del"),
    ],
    "On a pin's name (Path)": [
        ("Visit it sooner or later", "drag its dots, or Alt+Up, Alt+Down"),
    ],
    "On the latents": [
        ("Move a latent", "drag its slider, or arrows"),
        ("Go to an image that it leads to", "click"),
        ("Take the move back", "double-click the slider, or Delete"),
    ],
    "On the list of runs": [
        ("Look at a run", "click, or Enter"),
        ("Draw it among the curves, or not", "its check box, or Space"),
        ("Rename it", "double-click its name, or F2"),
        ("Sooner or later in the queue", "Alt+up, Alt+down"),
        ("Delete it, after asking", "Delete"),
        ("All that can be done with it", "right click, or the menu key"),
    ],
    "On the sheet (Draw)": [
        ("Draw", "drag"),
        ("Erase", "drag with the right button, or E and drag"),
        ("Take a stroke back, draw it again", "Ctrl+Z, Ctrl+Shift+Z"),
        ("A thinner or thicker pen", "[ and ]"),
        ("Clear the sheet", "Delete"),
    ],
    "On the legend": [
        ("Dim a class, or show it again", "click, or Space"),
        ("See a class alone, or all again", "double-click, or Enter"),
        ("Select the points of a class", "Ctrl+click"),
        ("Add them, or take them away", "Shift+click, Alt+click"),
    ],
}


class ShortcutsSheet(QDialog):
    """A window beside the program's; it takes no input away from it."""

    def __init__(self, menus: QMenuBar, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and gestures")
        self._menus = menus
        self.text = QTextBrowser()
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.text)
        self.resize(QSize(px(760), px(560)).boundedTo(self.screen().availableSize() * _MOST_OF_SCREEN))
        theme.active().theme_changed.connect(self._write)

    def present(self) -> None:
        """Shows the sheet, with the menus as they are now."""
        self._write()
        self.show()
        self.raise_()
        self.activateWindow()

    @Slot()
    def _write(self) -> None:
        menus = {_plain(menu.title()): list(_keys(menu)) for menu in _menus_of(self._menus)}
        left = {name: lines for name, lines in menus.items() if lines}
        muted = theme.active().colours.muted
        self.text.setHtml(
            f"<table width='100%'><tr><td width='50%'>{_column(left, muted)}</td>"
            f"<td width='50%' style='padding-left: 24px'>{_column(_GESTURES, muted)}</td></tr></table>"
        )


def _column(groups: dict[str, _Lines], muted: str) -> str:
    parts = []
    for name, lines in groups.items():
        rows = "".join(
            f"<tr><td style='padding: 2px 16px 2px 0'>{escape(act)}</td>"
            f"<td style='padding: 2px 0; color: {muted}'>{escape(keys)}</td></tr>"
            for act, keys in lines
        )
        parts.append(f"<p style='margin: 12px 0 4px 0'><b>{escape(name)}</b></p><table>{rows}</table>")
    return "".join(parts)


def _menus_of(bar: QMenuBar) -> Iterator[QMenu]:
    for action in bar.actions():
        menu = action.menu()
        if isinstance(menu, QMenu):
            yield menu


def _keys(menu: QMenu) -> Iterator[tuple[str, str]]:
    """Each entry that has keys, those of submenus too."""
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from _keys(inner)
        elif not action.shortcut().isEmpty():
            yield _words(action), action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def _words(action: QAction) -> str:
    return _plain(action.text()).rstrip("…")


def _plain(text: str) -> str:
    """A menu's text without the mark of its access key."""
    return text.replace("&", "")

