"""Starts the desktop program: a frame at once, torch in a thread behind it, then the window."""

from __future__ import annotations

import logging
import logging.handlers
import sys
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QSplashScreen

from latentlab import __version__, paths

_log = logging.getLogger(__name__)


def main(run: Path | None = None) -> int:
    """Opens the window, on a run where one is given; returns the exit status."""
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
    starter = Starter(run)
    starter.begin()
    status = application.exec()
    starter.finish()
    return status


class Starter(QObject):
    """Shows a splash, imports the libraries that take seconds beside it, and opens the window."""

    loaded = Signal(str)

    def __init__(self, run: Path | None) -> None:
        super().__init__()
        self._run = run
        self.window: object | None = None
        picture = QPixmap(str(paths.resources() / "icons" / "latentlab.png"))
        self._splash = QSplashScreen(picture)
        self.loaded.connect(self._open)

    def begin(self) -> None:
        """Shows the splash and starts loading."""
        import threading

        self._splash.show()
        self._splash.showMessage(
            "Starting LatentLab…", Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter, Qt.GlobalColor.white
        )
        self._thread = threading.Thread(target=self._load, name="latentlab-start", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Waits for the loading thread."""
        self._thread.join()

    def _load(self) -> None:
        problem = ""
        try:
            import torch  # noqa: F401

            import latentlab.core.models
            import latentlab.core.training  # noqa: F401
        except Exception as error:
            traceback.print_exc()
            problem = f"torch cannot be loaded ({error}); install LatentLab again."
        self.loaded.emit(problem)

    @Slot(str)
    def _open(self, problem: str) -> None:
        if problem:
            from PySide6.QtWidgets import QMessageBox

            QMessageBox.critical(None, "LatentLab", problem)
            QApplication.exit(1)
            return
        from latentlab.core.threads import limit_numpy
        from latentlab.gui import theme
        from latentlab.gui.main_window import MainWindow
        from latentlab.gui.settings import Settings

        limit_numpy()
        settings = Settings()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        theme.active().mode = settings.mode
        theme.active().apply(application)
        window = MainWindow(settings)
        self.window = window
        window.show()
        self._splash.finish(window)
        # After the first paint, so that a slow disk never delays the window itself.
        QTimer.singleShot(0, lambda: window.start(self._run))


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
