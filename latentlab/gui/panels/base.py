"""What every panel has: a title, a bar of controls, a picture to copy or save, and an answer to "what is this?"."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QSpacerItem,
    QToolButton,
    QVBoxLayout,
    QWhatsThis,
    QWidget,
)

from latentlab.core.errors import LatentLabError
from latentlab.core.table import Table
from latentlab.gui import icons
from latentlab.gui.table_saving import copy_table, save_table
from latentlab.gui.text_size import follow
from latentlab.gui.where_to import ask_where_to
from latentlab.gui.widgets.cramped import Cramped
from latentlab.gui.widgets.elided_label import ElidedLabel
from latentlab.gui.widgets.folding import Folding
from latentlab.gui.widgets.picture_sheet import Heading, PictureSheet
from latentlab.gui.widgets.plot_picture import copy_picture, save_png

# Finer than the screen, so that a saved picture can be printed.
_PICTURE_SCALE = 2.0


class Panel(QWidget):
    """A view of the session, ready to be docked.

    Attributes:
        name: stable, for the saved layout.
        title: on the dock.
        explanation: what one is looking at, in a few sentences.
        bar: the row of controls for the dock's title bar; controls are inserted at its left.
        folding: what of the bar goes into a menu where the dock is narrow.
        picture_area: the widget whose picture is copied and saved.
        has_picture: there is one.
        subject: what the picture shows of the model that is looked at, as its heading says; empty where it has none.
        naming: heads a picture of the model that is looked at, with what more there is to say of it.

    Signals:
        failed(str): a sentence about what went wrong.
        said(str): a sentence for the status bar.
    """

    failed = Signal(str)
    said = Signal(str)

    share = 0.21
    """Of the screen's width, the most that large words may have it ask for."""

    def __init__(self, name: str, title: str, explanation: str) -> None:
        super().__init__()
        self.name, self.title, self.explanation = name, title, explanation
        self.setObjectName(name)
        self.picture_area: QWidget = self
        self.has_picture = True
        self.subject = ""
        self.naming: Callable[..., Heading] = _no_heading
        self._body = QWidget(self)
        self._cramped = Cramped(self._body, self, self.share)
        self._least = QSize()
        self.column = QVBoxLayout(self._body)
        self.column.setContentsMargins(8, 2, 8, 8)
        self.column.setSpacing(4)
        self.bar = QHBoxLayout()
        self.bar.setSpacing(4)
        self._stretch = QSpacerItem(0, 0, QSizePolicy.Policy.Expanding)
        self.bar.addItem(self._stretch)
        self._picture_button = self._add_picture_button()
        help_button = self.add_tool("help", f"What am I looking at in {title}?", at_end=True)
        self.folding = Folding(self.bar, self)
        for button in (self._picture_button, help_button):
            self.folding.add(button)
        help_button.clicked.connect(self.explain)
        follow(self, self._follow_body)

    def add_tool(self, icon: str, tip: str, at_end: bool = False) -> QToolButton:
        """A quiet button in the bar: before the stretch, or after it."""
        button = QToolButton(self)
        icons.set_icon(button, icon, "muted")
        icons.set_size(button, 16)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        if at_end:
            self.bar.insertWidget(self._end_index(), button)
        else:
            self.add_control(button)
        return button

    def add_control(self, widget: QWidget) -> None:
        """Puts a control into the bar, right of those that are there."""
        self.bar.insertWidget(self._stretch_index(), widget)

    def add_switch(self, action: QAction) -> None:
        """Puts a quiet button for an action into the bar, right of the controls that are there."""
        button = QToolButton(self)
        button.setDefaultAction(action)
        icons.set_size(button, 16)
        button.setAccessibleName(action.toolTip())
        self.add_control(button)

    def add_note(self) -> ElidedLabel:
        """A quiet line of text in the bar; it takes what room is left."""
        note = ElidedLabel(self)
        note.setProperty("role", "note")
        self.add_control(note)
        self.bar.setStretchFactor(note, 1)
        return note

    # The body is no part of a layout: every word that changes in it would have all docks laid out anew, which takes
    # milliseconds from the hand. The docks hear of it only where the panel needs another size.

    def event(self, event: QEvent) -> bool:
        if event.type() != QEvent.Type.LayoutRequest:
            return super().event(event)
        self._follow_body()
        return True

    def _follow_body(self) -> None:
        self._cramped.fit()
        least = self.minimumSizeHint()
        if least != self._least:
            self._least = least
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        return self._body.sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self._cramped.least()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._cramped.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # What nothing in the body had a use for.
        lies = self._cramped.down.isHidden() or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        bar = self._cramped.across if lies else self._cramped.down
        if bar.isHidden():
            event.ignore()
        else:
            QApplication.sendEvent(bar, event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        moved = super().focusNextPrevChild(forward)
        widget = self.window().focusWidget()
        if widget is not None and self._body.isAncestorOf(widget):
            self._cramped.show_place(widget)
        return moved

    def is_seen(self) -> bool:
        """True where some of the panel is on the screen; behind another tab Qt still calls it visible."""
        return not self.visibleRegion().isEmpty()

    def explain(self) -> None:
        """Shows the explanation beside the panel's title."""
        QWhatsThis.showText(self.mapToGlobal(QPoint(8, 8)), self.explanation, self)

    def draws_shapes(self) -> bool:
        """True where the picture can be saved as SVG too."""
        return False

    def write_svg(self, path: Path) -> None:
        """Saves the picture as SVG; only where `draws_shapes`."""
        raise NotImplementedError

    def has_table(self) -> bool:
        """True where the figures can be copied and saved as a table too."""
        return False

    def as_table(self) -> Table:
        """The figures, with all their digits; without rows before there are any. Only where `has_table`."""
        raise NotImplementedError

    def picture(self) -> QWidget | PictureSheet:
        """What is copied and saved: the picture's widget, or the sheet on which it stands by itself."""
        heading = self.naming(self.subject) if self.subject else Heading()
        return PictureSheet(self.picture_area, heading) if heading.title else self.picture_area

    def copy_picture(self) -> None:
        """Puts the picture on the clipboard."""
        copy_picture(self.picture(), _PICTURE_SCALE)
        self.said.emit(f"The picture of {self.title} is on the clipboard.")

    def save_picture(self) -> None:
        """Asks where to, and saves the picture there."""
        kinds = {"PNG picture (*.png)": ".png"} | ({"SVG drawing (*.svg)": ".svg"} if self.draws_shapes() else {})
        path = ask_where_to(self, f"Save the picture of {self.title}", f"{self.name}.png", kinds)
        if path is not None:
            self.write_picture(path)

    def write_picture(self, path: Path) -> None:
        """Saves the picture; the ending says in which form."""
        form = path.suffix.lower()
        forms = (".png", ".svg") if self.draws_shapes() else (".png",)
        if form not in forms:
            self.failed.emit(f"The picture of {self.title} is saved as {' or '.join(forms)}; choose such a name.")
            return
        try:
            if form == ".svg":
                self.write_svg(path)
            else:
                save_png(self.picture(), path, _PICTURE_SCALE)
        except (OSError, LatentLabError) as error:
            self.failed.emit(f"The picture could not be saved: {error}. Choose another place.")
            return
        self.said.emit(f"Saved {path}.")

    def _stretch_index(self) -> int:
        return self.bar.indexOf(self._stretch)

    def _end_index(self) -> int:
        """Before the button of the menu that takes what has no room."""
        last = self.bar.count()
        return last - 1 if hasattr(self, "folding") else last

    def drop_picture(self) -> None:
        """Takes the picture's controls away, for a panel that shows no data."""
        self.has_picture = False
        self.folding.leave(self._picture_button)
        self._picture_button.hide()

    def _add_picture_button(self) -> QToolButton:
        what = "the picture, or the figures" if self.has_table() else "the picture"
        button = self.add_tool("save", f"Copy or save {what}", at_end=True)
        menu = QMenu(button)
        menu.addAction("Copy picture", self.copy_picture)
        menu.addAction("Save picture…", self.save_picture)
        if self.has_table():
            menu.addSeparator()
            menu.addAction("Copy figures", partial(copy_table, self))
            menu.addAction("Save figures…", partial(save_table, self))
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button


def _no_heading(*_: str) -> Heading:
    return Heading()
