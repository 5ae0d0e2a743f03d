"""What the user does with runs, with the questions that are asked before something is lost."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from latentlab import paths
from latentlab.core import run_store
from latentlab.core.catalogue import catalogue, check_file, is_available
from latentlab.core.data import DataConfig
from latentlab.core.errors import DataError
from latentlab.core.run import RunSettings
from latentlab.core.view_config import ViewConfig
from latentlab.gui.finding_data import FindingData
from latentlab.gui.open_run import OpenRun
from latentlab.gui.run_control import RunControl
from latentlab.gui.run_opening import RunOpening
from latentlab.gui.settings import Settings
from latentlab.gui.widgets.message_bar import MessageBar

_log = logging.getLogger(__name__)
_DIFFERS = "The form asks for another training than the one that runs, which would rest meanwhile and lose nothing."


class _Answer(Enum):
    SAVE, DISCARD, CANCEL = range(3)


class RunActions(QObject):
    """Train, save, open and recover, with dialogs.

    Attributes:
        opening: what brings runs into the window and takes them out of it.
        finding: what asks where the data of a run are that does not open without them.

    Signals:
        recent_changed(): the list of recent runs is new.
    """

    recent_changed = Signal()

    def __init__(self, control: RunControl, settings: Settings, messages: MessageBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._control, self._settings, self._messages, self._window = control, settings, messages, parent
        self.opening = RunOpening(control)
        self.finding = FindingData(self.opening, messages, parent)
        self._offer = self._refused = ""
        self.opening.outdated.connect(messages.withdraw)
        control.saved.connect(self._remember)
        control.state_changed.connect(self._follow_state)
        control.opened.connect(self._remember_opened)

    # Training.

    @Slot(object, object)
    def train(self, settings: RunSettings, view: ViewConfig) -> None:
        """Begins a new training; what was trained before stays open beside it."""
        self._messages.withdraw(_DIFFERS)
        self._messages.withdraw(self._offer)
        self._fetched(settings.data, lambda: self._control.train(settings, view))

    @Slot(object, object)
    def line_up(self, settings: Sequence[RunSettings], titles: Sequence[str]) -> None:
        """Adds trainings to the queue."""
        self._messages.withdraw(self._offer)
        if settings:
            self._fetched(settings[0].data, lambda: self._control.line_up(settings, titles))

    @Slot(object, object)
    def show_data(self, config: DataConfig, view: ViewConfig) -> None:
        """Loads other data, while no run is looked at."""
        self._messages.withdraw(self._offer)
        if self._control.run is not None:
            return
        if config == self._control.data:  # back to what is on show
            self._control.loading.give_up()
        else:
            self._fetched(config, lambda: self._control.load_data(config, view))

    def ask_about_changes(
        self, differs: bool, train: Callable[[], None], line_up: Callable[[], None], undo: Callable[[], None]
    ) -> None:
        """While a training runs, says what a changed setting would mean for it, and offers what can be done."""
        if differs and self._control.state == "running":
            actions = [("Train it now", train), ("Add to queue", line_up), ("Undo the changes", undo)]
            self._messages.say(_DIFFERS, "info", actions)
        else:
            self._messages.withdraw(_DIFFERS)

    @Slot(str)
    def _follow_state(self, state: str) -> None:
        if state != "running":
            self._messages.withdraw(_DIFFERS)  # there is nothing that would rest meanwhile

    def _fetched(self, config: DataConfig, then: Callable[[], None]) -> None:
        info = next((each for each in catalogue() if each.name == config.name), None)
        if info is None or is_available(config.name):
            then()
            return
        sentence = f"{info.title} is not on this machine yet; it is a download of {info.download_mb:.0f} MB."
        self._offer = sentence
        self._messages.say(sentence, "info", [("Download", then)])

    # Saving and opening.

    @Slot()
    def save(self) -> None:
        """Saves under the run's name, or asks for one."""
        run = self._control.run
        if run is not None and run.folder is not None:
            self._control.save_now()
        else:
            self.save_as()

    @Slot()
    def save_as(self, run: OpenRun | None = None) -> bool:
        """Asks for a folder and saves a run there, the one that is looked at unless another is given.

        Returns:
            False when the user thought better of it.
        """
        run = run or self._control.run
        if run is None:
            return False
        suggestion = run_store.suggested_folder(run.title)
        paths.runs().mkdir(parents=True, exist_ok=True)
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save the run as a folder", str(suggestion))
        if not chosen:
            return False
        self._control.keeping.save_in(run, Path(chosen))
        return True

    @Slot()
    def open(self) -> None:
        """Asks for a run folder and opens it."""
        start = paths.runs() if paths.runs().is_dir() else Path.home()
        chosen = QFileDialog.getExistingDirectory(self._window, "Open a run folder", str(start))
        if chosen:
            self.open_folder(Path(chosen))

    def open_folder(self, folder: Path) -> None:
        """Opens a run folder beside what is open."""
        self.opening.open(folder)

    @Slot()
    def new_window(self) -> None:
        """Opens another window, on the same run where it has a name; there it can be explored only."""
        run = self._control.run
        arguments = ["-m", "latentlab"]
        if run is not None and run.folder is not None:
            arguments += ["open", str(run.folder)]
        QProcess.startDetached(sys.executable, arguments)

    def choose_data_folder(self) -> str:
        """Asks for a folder of pictures or IDX files; empty when the user thought better of it."""
        title = "Open a folder of pictures or IDX files"
        return QFileDialog.getExistingDirectory(self._window, title, str(Path.home()))

    def choose_npz_file(self) -> str:
        """Asks for an .npz file; empty when the user thought better of it, or, with a sentence, when it is none."""
        kinds = "NumPy files (*.npz)"
        file = QFileDialog.getOpenFileName(self._window, "Open an NPZ file", str(Path.home()), kinds)[0]
        if not file:
            return ""
        self._messages.withdraw(self._refused)
        try:
            check_file(file)
        except DataError as error:
            self._refused = str(error)
            _log.warning("%s", error)
            self._messages.say(self._refused, "error")
            return ""
        return file

    def offer_recovery(self) -> None:
        """After a crash, offers what was saved by itself."""
        folders = run_store.left_behind()
        if not folders:
            return
        runs, it = ("a run had no name; its last epoch was", "it")
        if len(folders) > 1:
            runs, it = (f"{len(folders)} runs had no name; their last epochs were", "them")

        def for_each(act: Callable[[Path], None]) -> None:
            for folder in folders:
                act(folder)

        self._messages.say(
            f"LatentLab ended unexpectedly while {runs} saved.",
            "warning",
            [
                (f"Open {it}", lambda: for_each(self.open_folder)),
                (f"Discard {it}", lambda: for_each(run_store.discard)),
            ],
        )

    def may_close(self) -> bool:
        """Writes the runs with a name, and asks once about all the others; False keeps the window open."""
        problem = self._control.keeping.finish()
        waiting = len([run for run in self._control.queue.waiting if run.newest is None])
        unsaved = [run for run in self._control.runs if not run.is_kept]
        if not (problem or unsaved or waiting):
            return True
        losses = _losses(unsaved, waiting, bool(problem), self._control.keeping.keeps_film)
        answer = self._ask("Close LatentLab?", losses, problem, len(unsaved))
        if answer is not _Answer.SAVE:
            return answer is _Answer.DISCARD
        return self._save_all(unsaved)

    def delete(self, run: OpenRun) -> None:
        """Deletes a run, after asking."""
        where = f"The folder {run.folder} goes with it." if run.folder is not None else ""
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle("Delete the run?")
        box.setText(f"“{run.title}” and all that it learned would be deleted. {where}".strip())
        delete = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        if box.clickedButton() is delete:
            self.opening.delete(run)

    def _save_all(self, unsaved: list[OpenRun]) -> bool:
        """Saves runs without a folder: one where the user says, several by their own names; False where one is not."""
        for run in unsaved:
            if len(unsaved) == 1:
                if not self.save_as(run):
                    return False
                problem = self._control.keeping.finish()
            else:
                problem = self._control.keeping.put_away(run)
            if problem:
                self._messages.say(problem, "error")
            if problem or not run.is_kept:
                return False
        return True

    def _ask(self, title: str, text: str, details: str, unsaved: int) -> _Answer:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(title)
        box.setText(text)
        box.setInformativeText(details)
        words = "Save all" if unsaved > 1 else "Save…"  # only one is asked a place for
        save = box.addButton(words, QMessageBox.ButtonRole.AcceptRole) if unsaved else None
        box.addButton("Discard" if unsaved else "Close", QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save or cancel)
        box.exec()
        if save is not None and box.clickedButton() is save:
            return _Answer.SAVE
        return _Answer.CANCEL if box.clickedButton() is cancel else _Answer.DISCARD

    @Slot()
    def _remember_opened(self) -> None:
        run = self._control.run
        if run is not None and run.folder is not None:
            self._remember(str(run.folder))

    @Slot(str)
    def _remember(self, folder: str) -> None:
        self._settings.add_recent(Path(folder))
        self.recent_changed.emit()


def _losses(unsaved: list[OpenRun], waiting: int, has_problem: bool, keeps_film: bool) -> str:
    """What closing the window would lose, in a sentence or two."""
    sentences = []
    if len(unsaved) == 1:
        epochs = unsaved[0].newest.epoch if unsaved[0].newest is not None else 0.0
        sentences.append(f"“{unsaved[0].title}” is not saved; {epochs:.1f} epochs of training would be lost.")
    elif unsaved:
        titles = ", ".join(f"“{run.title}”" for run in unsaved)
        sentences.append(f"{len(unsaved)} runs are not saved and would be lost: {titles}.")
        sentences.append(f"Save all gives each a folder in {paths.runs()}.")
    if not keeps_film and any(len(run.film) > 1 for run in unsaved):
        sentences.append("Saving keeps no film unless that is chosen in the Film menu.")
    if waiting:
        sentences.append(f"{waiting} training{'s wait' if waiting > 1 else ' waits'} in the queue and would not begin.")
    if has_problem and not unsaved:
        sentences.append("What was trained since the last save would be lost.")
    return " ".join(sentences)
