"""Export of the film: asks where to, and draws and writes it in the background."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from latentlab.core.errors import RunError
from latentlab.core.models import ImageShape, create
from latentlab.gui.errands import Errands, Reporter
from latentlab.gui.filming import FRAMES_PER_SECOND, Filming
from latentlab.gui.where_to import ask_where_to

_KINDS = {"Animated GIF (*.gif)": ".gif", "Numbered PNG pictures (*.png)": ".png"}
_NOTHING = "There is no film yet; press Train, and what is learned is filmed."


class FilmSaving(QObject):
    """Writes the film, or its marked part, as an animated picture or as numbered ones.

    Signals:
        said(str): a sentence for the status bar.
        failed(str): a sentence about what went wrong.
    """

    said = Signal(str)
    failed = Signal(str)

    def __init__(self, filming: Filming, errands: Errands, window: QWidget) -> None:
        super().__init__(window)
        self._filming, self._errands, self._window = filming, errands, window

    @Slot()
    def save(self) -> None:
        """Asks where to, and saves there."""
        if not self._filming.part():
            self.said.emit(_NOTHING)
            return
        path = ask_where_to(self._window, "Export the film", "film.gif", _KINDS)
        if path is not None:
            self.save_to(path)

    def save_to(self, path: Path) -> None:
        """Saves the marked part, or all; the ending says in which form."""
        filming, session = self._filming, self._filming.session
        run, dataset, images = filming.control.run, session.dataset, session.images
        frames = filming.part()
        if run is None or dataset is None or images is None or not frames:
            self.said.emit(_NOTHING)
            return
        if path.suffix.lower() not in _KINDS.values():
            self.failed.emit(f"A film is saved as {' or '.join(_KINDS.values())}; {path.name} ends in neither.")
            return
        settings, exploration, aligned = run.settings, session.exploration, filming.aligned
        title, seconds = run.title, 1 / (FRAMES_PER_SECOND * filming.speed)

        def work(reporter: Reporter) -> list[Path]:
            from latentlab.core.film_pictures import FilmReel  # with Pillow, which the window does without at its start

            model = create(settings.model_name, settings.model, ImageShape(*dataset.shape, dataset.classes)).eval()
            reel = FilmReel(
                frames, model, images, dataset.full_scale, dataset.class_names, title, exploration, aligned
            )
            try:
                return reel.save(path, seconds, reporter.progress, reporter.cancelled)
            except OSError as error:
                problem = error.strerror or str(error)
                raise RunError(f"The film could not be saved: {problem}. Choose another place.") from error

        def done(files: list[Path]) -> None:
            more = f" to {files[-1].name}" if len(files) > 1 else ""
            self.said.emit(f"Saved {files[0]}{more}.")

        self._errands.run("Exporting the film", work, done, self.failed.emit)
