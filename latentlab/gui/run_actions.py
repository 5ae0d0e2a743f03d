"""What the user does with runs, with the questions that are asked before something is lost."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from latentlab import paths
from latentlab.core import run_store
from latentlab.core.catalogue import catalogue, is_available
from latentlab.core.data import DataConfig
from latentlab.core.runs import RunSettings
from latentlab.core.view_config import ViewConfig
from latentlab.gui.run_control import RunControl
from latentlab.gui.settings import Settings
from latentlab.gui.widgets.message_bar import MessageBar

_DIFFERS = "The training that runs has other settings; they take effect when training starts over."


class _Answer(Enum):
    SAVE, DISCARD, CANCEL = range(3)


class RunActions(QObject):
    """Train, save, open and recover, with dialogs.

    Signals:
        recent_changed(): the list of recent runs is new.
    """

    recent_changed = Signal()

    def __init__(self, control: RunControl, settings: Settings, messages: MessageBar, parent: QWidget) -> None:
        super().__init__(parent)
        self._control, self._settings, self._messages, self._window = control, settings, messages, parent
        self._view = ViewConfig()
        self._offer = ""
        control.saved.connect(self._remember)
        control.opened.connect(self._remember_opened)

    # Training.

    @Slot(object, object)
    def train(self, settings: RunSettings, view: ViewConfig) -> None:
        """Begins a new training, after asking what is to become of one that has no name."""
        self._view = view
        self._messages.withdraw(_DIFFERS)
        self._messages.withdraw(self._offer)
        if self.may_lose_run("Start a new training?"):
            self._fetched(settings.data, lambda: self._control.train(settings, view))

    @Slot(object, object)
    def show_data(self, config: DataConfig, view: ViewConfig) -> None:
        """Loads other data, after the same question."""
        self._view = view
        self._messages.withdraw(self._offer)
        if self._control.run is None:
            self._fetched(config, lambda: self._control.load_data(config, view))

    def ask_about_changes(self, differs: bool, start_over: Callable[[], None], keep: Callable[[], None]) -> None:
        """While a training runs or rests, says what a changed setting would mean for it."""
        if differs and self._control.state == "running":
            self._messages.say(_DIFFERS, "info", [("Start over", start_over), ("Keep training", keep)])
        else:
            self._messages.withdraw(_DIFFERS)

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
    def save_as(self) -> bool:
        """Asks for a folder and saves the run there; False when the user thought better of it."""
        run = self._control.run
        if run is None:
            return False
        suggestion = run_store.suggested_folder(run.settings.model_name, run.settings.data.name)
        paths.runs().mkdir(parents=True, exist_ok=True)
        chosen, _ = QFileDialog.getSaveFileName(self._window, "Save the run as a folder", str(suggestion))
        if not chosen:
            return False
        self._control.save(Path(chosen))
        return True

    @Slot()
    def open(self) -> None:
        """Asks for a run folder and opens it."""
        start = paths.runs() if paths.runs().is_dir() else Path.home()
        chosen = QFileDialog.getExistingDirectory(self._window, "Open a run folder", str(start))
        if chosen:
            self.open_folder(Path(chosen))

    def open_folder(self, folder: Path) -> None:
        """Opens a run folder, after asking about the present run."""
        if self.may_lose_run("Open another run?"):
            self._control.open(folder, self._view)

    @Slot()
    def new_window(self) -> None:
        """Opens another window, on the same run where it has a name; there it can be explored only."""
        run = self._control.run
        arguments = ["-m", "latentlab"]
        if run is not None and run.folder is not None:
            arguments += ["open", str(run.folder)]
        QProcess.startDetached(sys.executable, arguments)

    def choose_idx_folder(self) -> str:
        """Asks for a folder of IDX files; empty when the user thought better of it."""
        return QFileDialog.getExistingDirectory(self._window, "Open a folder of IDX files", str(Path.home()))

    def offer_recovery(self) -> None:
        """After a crash, offers the last epoch that was saved by itself."""
        folder = run_store.left_behind()
        if folder is None:
            return
        self._messages.say(
            "LatentLab ended unexpectedly while a run had no name; its last epoch was saved.",
            "warning",
            [
                ("Open it", lambda: self.open_folder(folder)),
                ("Discard it", lambda: run_store.discard(folder)),
            ],
        )

    def may_close(self) -> bool:
        """Asks what is to become of a run without a name; False keeps the window open."""
        return self.may_lose_run("Close LatentLab?")

    def may_lose_run(self, title: str) -> bool:
        """Writes a run with a name, and asks about one without; False when the user thought better of it."""
        problem = self._control.finish_saving()
        newest, run = self._control.newest, self._control.run
        if run is None or newest is None or not (problem or self._control.unsaved):
            return True
        lost = f"{newest.epoch:.1f} epochs of training" if self._control.unsaved else "all since its last save"
        answer = self._ask(title, f"“{run.title}” is not saved; {lost} would be lost.", problem)
        if answer is not _Answer.SAVE:
            return answer is _Answer.DISCARD
        if not self.save_as():
            return False
        problem = self._control.finish_saving()
        if problem:
            self._messages.say(problem, "error")
        return not (problem or self._control.unsaved)

    def _ask(self, title: str, text: str, details: str) -> _Answer:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(title)
        box.setText(text)
        box.setInformativeText(details)
        save = box.addButton("Save…", QMessageBox.ButtonRole.AcceptRole)
        box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(save)
        box.exec()
        if box.clickedButton() is save:
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
