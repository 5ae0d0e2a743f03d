"""Saving what is selected: asks where to, has the latents read, and writes in the background."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from latentlab.core.errors import RunError
from latentlab.core.plane import Floats
from latentlab.core.point_requests import EncodePoints
from latentlab.core.selection_file import PICTURE, Selected, write_picture, write_table
from latentlab.gui.errands import Errands
from latentlab.gui.session import Session
from latentlab.gui.where_to import ask_where_to

_KINDS = {"CSV table (*.csv)": ".csv", "NumPy arrays (*.npz)": ".npz", "Picture of the images (*.png)": PICTURE}
_NOTHING = "Select some points first; what is selected can then be saved."


class SelectionSaving(QObject):
    """Writes the selected points as a table with latents, or their images as a sheet.

    Signals:
        said(str): a sentence for the status bar.
        failed(str): a sentence about what went wrong.
    """

    said = Signal(str)
    failed = Signal(str)

    def __init__(self, session: Session, errands: Errands, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._errands, self._window = session, errands, window
        self._awaited: tuple[EncodePoints, Selected, Path] | None = None
        session.when_answered(EncodePoints, self._take_latents)
        session.source_changed.connect(self._give_up)
        session.dataset_changed.connect(self._give_up)

    @Slot()
    def save(self) -> None:
        """Asks where to, and saves there."""
        if not len(self._session.exploration.selection):
            self.said.emit(_NOTHING)
            return
        path = ask_where_to(self._window, "Save the selection", "selection.csv", _KINDS)
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Saves what is selected now; the ending says in which form."""
        session, ending = self._session, path.suffix.lower()
        points = session.exploration.selection.points
        if session.dataset is None or session.images is None or not len(points):
            self.said.emit(_NOTHING)
            return
        if ending not in _KINDS.values():
            self.failed.emit(f"A selection is saved as {', '.join(_KINDS.values())}; {path.name} ends in none of them.")
            return
        selected = Selected.of(session.dataset, session.images, points)
        if ending == PICTURE:
            title = f"Selection of {session.dataset.title}"
            self._write(path, lambda: write_picture(selected, title, path))
            return
        request = EncodePoints(points)
        self._awaited = request, selected, path
        session.ask(request)

    def _take_latents(self, request: EncodePoints, latents: Floats) -> None:
        if self._awaited is not None and self._awaited[0] is request:
            (_, selected, path), self._awaited = self._awaited, None
            self._write(path, lambda: write_table(selected, latents, path))

    @Slot()
    def _give_up(self) -> None:
        if self._awaited is not None:
            self._awaited = None
            self.failed.emit("The selection was not saved: another model is looked at now. Save it again.")

    def _write(self, path: Path, write: Callable[[], None]) -> None:
        def work(_: object) -> None:
            try:
                write()
            except OSError as error:
                problem = error.strerror or str(error)
                raise RunError(f"The selection could not be saved: {problem}. Choose another place.") from error

        self._errands.run("Saving the selection", work, lambda _: self.said.emit(f"Saved {path}."), self.failed.emit)
