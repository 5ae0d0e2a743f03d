"""The Film menu: all that the timeline does, how much is kept of a training, and the film as a file."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Slot
from PySide6.QtGui import QActionGroup

from latentlab.gui.film_bar import speed_menu
from latentlab.gui.filming import Filming
from latentlab.gui.settings import Settings
from latentlab.gui.widgets.menu import Menu

if TYPE_CHECKING:
    from latentlab.gui.main_window import MainWindow

_MEGABYTE = 2**20
_BOUNDS = {0: "Do not film", 128: "128 MB", 512: "512 MB", 2048: "2 GB", 8192: "8 GB"}


class FilmMenu(Menu):
    """An entry, and mostly a key, for everything about the film of a training."""

    def __init__(self, window: MainWindow, settings: Settings) -> None:
        super().__init__("Fil&m", window)
        filming: Filming = window.filming
        self._filming, self._settings = filming, settings
        self.add("&Play or stop", "K", filming.toggle)
        self.add("The frame &before", ",", lambda: filming.step_by(-1))
        self.add("The &next frame", ".", lambda: filming.step_by(1))
        self.add("&First frame", "Ctrl+,", lambda: filming.show_step(0))
        self.add("Back to &live", "Shift+K", filming.go_live)
        self.addSeparator()
        self.add("Slo&wer", "<", lambda: filming.change_speed(-1))
        self.add("Fas&ter", ">", lambda: filming.change_speed(1))
        self.addMenu(speed_menu(filming, self))
        self.aligned = self.addAction("&Align the moments")
        self.aligned.setCheckable(True)
        self.aligned.setChecked(filming.aligned)
        self.aligned.setToolTip(
            "Turns each moment's plane to agree with the next, so that the space does not spin; "
            "axes that are turned bear a prime: z1′"
        )
        self.aligned.toggled.connect(filming.set_aligned)
        self.addSeparator()
        self.add("Mark the be&ginning here", "Ctrl+[", lambda: filming.mark(start=True))
        self.add("Mark the en&d here", "Ctrl+]", lambda: filming.mark(start=False))
        self.add("&Unmark", None, filming.unmark)
        self.add("&Continue from here as a new run…", None, window.fork)
        self.export = self.add("&Export…", "Ctrl+Shift+F", window.film_saving.save)
        self.addSeparator()
        self._add_room()
        self.kept = self.addAction("&Save the film with the run")
        self.kept.setCheckable(True)
        self.kept.setChecked(settings.keeps_film)
        self.kept.setToolTip("Writes the film's weights into the run's folder, too, so that it can be watched again")
        self.kept.toggled.connect(self._keep)
        self.setToolTipsVisible(True)
        filming.control.keeping.keeps_film = settings.keeps_film
        filming.set_bound(settings.film_megabytes * _MEGABYTE)

    def _add_room(self) -> None:
        menu = Menu("Roo&m for films", self)
        menu.menuAction().setToolTip("How much the films of all runs may take together; most of it lies on the disk")
        choices = QActionGroup(menu)
        for megabytes, text in _BOUNDS.items():
            choice = menu.add(text, None, partial(self._bound, megabytes))
            choice.setCheckable(True)
            choice.setChecked(megabytes == self._settings.film_megabytes)
            choices.addAction(choice)
        self.addMenu(menu)

    def _bound(self, megabytes: int) -> None:
        self._settings.film_megabytes = megabytes
        self._filming.set_bound(megabytes * _MEGABYTE)

    @Slot(bool)
    def _keep(self, keeps: bool) -> None:
        self._settings.keeps_film = self._filming.control.keeping.keeps_film = keeps
