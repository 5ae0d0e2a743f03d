"""Asks where the data of a run are that does not open without them."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from latentlab.core.errors import LostDataError
from latentlab.gui.run_opening import RunOpening
from latentlab.gui.widgets.message_bar import MessageBar

_log = logging.getLogger(__name__)
_TITLE = "Find the data of the run"


class FindingData(QObject):
    """Says in the message bar that a run's own data are not there, and opens it with those that the user finds."""

    def __init__(self, opening: RunOpening, messages: MessageBar, window: QWidget) -> None:
        super().__init__(window)
        self._opening, self._messages, self._window = opening, messages, window
        # By the sentence that says so: runs of which it says the same have the same data.
        self._folders: dict[str, list[Path]] = {}
        opening.data_lost.connect(self._offer)
        opening.opened.connect(self._take_opened)
        opening.warned.connect(self._warn)

    @Slot(object, object)
    def _offer(self, folder: Path, error: LostDataError) -> None:
        sentence = str(error)
        _log.warning("%s", sentence)
        folders = self._folders.get(sentence, []) if sentence in self._messages.texts() else []
        self._folders[sentence] = [each for each in folders if each != folder] + [folder]
        self._say(sentence, error.place)

    def _say(self, sentence: str, place: str) -> None:
        self._messages.say(sentence, "error", [("Find the data…", partial(self._find, sentence, place))])

    def _find(self, sentence: str, place: str) -> None:
        chosen = self._choose(Path(place))
        if not chosen:
            self._say(sentence, place)  # the user may still come back to it
            return
        for folder in self._folders.pop(sentence, []):
            self._opening.open(folder, chosen)

    def _choose(self, place: Path) -> str:
        """Asks for a folder, or for a file in the place of a file; empty when the user thought better of it."""
        start = str(_nearest(place))
        if place.suffix.lower() == ".npz":
            return QFileDialog.getOpenFileName(self._window, _TITLE, start, "NumPy files (*.npz)")[0]
        return QFileDialog.getExistingDirectory(self._window, _TITLE, start)

    @Slot(object)
    def _take_opened(self, folder: Path) -> None:
        """A run is open, in whichever way: nobody needs to look for its data."""
        for sentence, folders in list(self._folders.items()):
            if folder in folders:
                folders.remove(folder)
            if not folders:
                del self._folders[sentence]
                self._messages.withdraw(sentence)

    @Slot(str)
    def _warn(self, sentence: str) -> None:
        _log.warning("%s", sentence)
        self._messages.say(sentence, "warning")


def _nearest(place: Path) -> Path:
    """The innermost folder around ``place`` that is there, or the user's own where it is of another system."""
    for folder in place.parents if place.is_absolute() else ():
        try:
            if folder.is_dir() and folder != folder.parent:
                return folder
        except OSError:
            continue
    return Path.home()
