"""Starts the desktop program: a frame at once, torch in a thread behind it, then the window."""

from __future__ import annotations

import gc
import logging
import logging.handlers
import os
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QIcon, QPixmap
from PySide6.QtWidgets import QApplication

from latentlab import __version__, paths
from latentlab.gui.widgets.splash import Splash

if TYPE_CHECKING:
    from latentlab.gui.main_window import MainWindow

_log = logging.getLogger(__name__)
_LONGEST_START_MS = 5000


def main(run: Path | None = None, data: str = "") -> int:
    """Opens the window, on a run where one is given; returns the exit status.

    Args:
        data: where the run's own data lie now; empty where they have not moved.
    """
    gc.disable()  # what is made while the program starts stays (`freeze_heap`); the window has rounds of its own
    # Qt would share the scaling of a picture among threads, which wait for cores while training has them.
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
    _start_log()
    if sys.platform == "win32":
        # Since torch 2.9 its libraries fail to load there after Qt's.
        import torch  # noqa: F401
    QGuiApplication.setDesktopFileName("latentlab")
    application = QApplication(sys.argv[:1])
    application.setApplicationName("LatentLab")
    application.setApplicationVersion(__version__)
    application.setWindowIcon(QIcon(str(paths.resources() / "icons" / "latentlab.svg")))
    sys.excepthook = _report
    starter = Starter(run, data)
    starter.begin()
    status = application.exec()
    starter.finish()
    return status


class Starter(QObject):
    """Shows a splash, imports the libraries that take seconds beside it, and opens the window."""

    loaded = Signal(str)

    def __init__(self, run: Path | None, data: str = "") -> None:
        super().__init__()
        self._run, self._place = run, data
        self.window: MainWindow | None = None
        self._splash = Splash(QPixmap(str(paths.resources() / "icons" / "latentlab.png")), "Starting LatentLab…")
        self._is_usable = threading.Event()
        self.loaded.connect(self._open)

    def begin(self) -> None:
        """Shows the splash and starts loading."""
        self._splash.show_now()
        self._thread = threading.Thread(target=self._load, name="latentlab-start", daemon=True)
        self._thread.start()

    @Slot()
    def _finish_loading(self) -> None:
        self._is_usable.set()

    def finish(self) -> None:
        """Waits for the loading thread."""
        self._is_usable.set()
        self._thread.join()

    def _load(self) -> None:
        problem = ""
        try:
            self._read_data()
            import torch  # noqa: F401

            import latentlab.gui.main_window  # noqa: F401
        except Exception as error:
            traceback.print_exc()
            problem = f"torch cannot be loaded ({error}); install LatentLab again."
        self.loaded.emit(problem)
        if problem:
            return
        # pyqtgraph and SciPy take a tenth of a second each, which nobody should wait for; the curves need the first.
        self._is_usable.wait()
        import pyqtgraph  # noqa: F401

        from latentlab.core.threads import limit_numpy

        limit_numpy()

    def _read_data(self) -> None:
        """Begins to read what the window will show first; unpacking it takes as long beside the imports as alone."""
        if self._run is None:
            from latentlab.core import catalogue
            from latentlab.core.data import DataConfig

            catalogue.read_early(DataConfig().name)

    @Slot(str)
    def _open(self, problem: str) -> None:
        if problem:
            from PySide6.QtWidgets import QMessageBox

            QMessageBox.critical(None, "LatentLab", problem)
            QApplication.exit(1)
            return
        from latentlab.gui import theme
        from latentlab.gui.main_window import MainWindow
        from latentlab.gui.settings import Settings
        from latentlab.gui.start_log import StartLog

        settings = Settings()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.active().mode = settings.mode
        theme.active().text_percent = settings.text_percent
        theme.active().apply(application)
        window = self.window = MainWindow(settings)
        started = StartLog(window)
        started.became_usable.connect(self._finish_loading)
        started.became_usable.connect(window.make_the_rest_in_turns)
        window.show()
        self._splash.close()
        freeze_heap()
        # After the first paint, so that a slow disk never delays the window itself.
        QTimer.singleShot(0, self._start)

    @Slot()
    def _start(self) -> None:
        assert self.window is not None
        self.window.start(self._run, self._place)
        # Where there is nothing to train on, for once.
        QTimer.singleShot(_LONGEST_START_MS, self._finish_loading)
        QTimer.singleShot(_LONGEST_START_MS, self.window.make_the_rest_in_turns)


def freeze_heap() -> None:
    """Takes all that exists by now, the libraries above all, out of the garbage collector's rounds.

    A full round would otherwise look at a quarter of a million objects that live as long as the program, for 80 ms.
    """
    gc.freeze()


def _start_log() -> None:
    handlers: list[logging.Handler] = []
    try:
        paths.user_data().mkdir(parents=True, exist_ok=True)
        handlers.append(
            logging.handlers.RotatingFileHandler(paths.log_file(), maxBytes=1 << 20, backupCount=1, encoding="utf-8")
        )
    except OSError as error:
        print(f"latentlab: the log cannot be written ({error}).", file=sys.stderr)
    logging.basicConfig(
        level=logging.INFO, handlers=handlers or None, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    _log.info("LatentLab %s starts", __version__)


def _report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """An error that nobody caught: logged in full, shown in a sentence; the program goes on."""
    _log.critical("unexpected error", exc_info=(kind, error, trace))
    traceback.print_exception(kind, error, trace)
    if issubclass(kind, KeyboardInterrupt):
        QApplication.quit()
        return
    for widget in QApplication.topLevelWidgets():
        messages = getattr(widget, "messages", None)
        if messages is not None and widget.isVisible():
            messages.say(f"Something went wrong: {error}. Help, Copy diagnostics has the details.", "error")
            return
