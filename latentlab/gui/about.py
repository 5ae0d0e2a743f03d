"""About the program, and what to send with a question about it."""

from __future__ import annotations

import platform
import sys
from importlib import metadata

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QWidget

from latentlab import __version__, paths
from latentlab.gui.run_control import RunControl
from latentlab.gui.session import Session

_ABOUT = (
    f"<h3>LatentLab {__version__}</h3>"
    "<p>Train latent-variable models and explore their latent spaces by hand.</p>"
    "<p>The bundled MNIST images are by Y. LeCun, C. Cortes and C. J. C. Burges, CC BY-SA 3.0.<br>"
    "LatentLab is free software under the BSD 3-Clause licence.</p>"
)
_PACKAGES = ("torch", "torchvision", "PySide6-Essentials", "pyqtgraph", "numpy", "scipy", "safetensors")
_LOG_LINES = 40


def show_about(parent: QWidget) -> None:
    """The About dialog."""
    box = QMessageBox(parent)
    box.setWindowTitle("About LatentLab")
    box.setText(_ABOUT)
    box.setIconPixmap(QGuiApplication.windowIcon().pixmap(64, 64))
    box.open()


def diagnostics(session: Session, control: RunControl) -> str:
    """Versions, devices, what is open, and the end of the log."""
    import torch

    lines = [f"LatentLab {__version__}", f"Python {sys.version.split()[0]} on {platform.platform()}"]
    for name in _PACKAGES:
        try:
            lines.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            lines.append(f"{name} missing")
    lines.append(f"CUDA {torch.version.cuda if torch.cuda.is_available() else 'not available'}")
    screen = QGuiApplication.primaryScreen()
    lines.append(f"Screen {screen.size().width()}×{screen.size().height()} at {screen.devicePixelRatio():g}")
    lines.append(f"Data {session.dataset.title if session.dataset else 'none'}; looking at {session.source_title}")
    lines.append(f"Run {control.run.settings if control.run else 'none'}; {control.state}")
    try:
        log = paths.log_file().read_text("utf-8").splitlines()[-_LOG_LINES:]
    except OSError:
        log = []
    return "\n".join([*lines, "", *log])


def copy_diagnostics(session: Session, control: RunControl) -> None:
    """Puts the diagnostics on the clipboard."""
    QGuiApplication.clipboard().setText(diagnostics(session, control))
