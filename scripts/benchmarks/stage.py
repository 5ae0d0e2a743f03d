"""The real window, driven by a script: for pictures of it and for measuring it."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
Check = Callable[[], bool]

# The fully connected VAE that the goals were set for.
NETWORK: dict[str, Any] = {"hidden": 512, "depth": 2, "taper": "halve", "activation": "relu"}

_POLL_MS = 10
_SETTLE_SECONDS = 1.5


class Stage:
    """A window under the director's hand, MNIST and its PCA on show; the program runs only within its methods.

    Attributes:
        application: the program's.
        window: the main window.
    """

    def __init__(self, width: int, height: int) -> None:
        """Opens a window of that size, in pixels of the desktop."""
        sys.path.insert(0, str(ROOT))
        from PySide6.QtGui import QIcon
        from PySide6.QtWidgets import QApplication

        from latentlab import paths
        from latentlab.core.threads import limit_numpy
        from latentlab.gui import theme
        from latentlab.gui.app import freeze_heap
        from latentlab.gui.main_window import MainWindow
        from latentlab.gui.settings import Settings

        os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")
        there = QApplication.instance()
        self.application = there if isinstance(there, QApplication) else QApplication([])
        self.application.setWindowIcon(QIcon(str(paths.resources() / "icons" / "latentlab.svg")))
        limit_numpy()
        theme.active().apply(self.application)
        self.window = MainWindow(Settings())
        self.window.make_the_rest()
        self.window.resize(width, height)
        self.window.show()
        self.window.reset_layout()
        self.run(0.3)
        self.window.reset_layout()
        self.window.start()
        self.wait(self.is_placed)
        self.run(_SETTLE_SECONDS)
        freeze_heap()

    def is_placed(self) -> bool:
        """Whether every point lies where the newest weights put it."""
        placed = self.window.session.placed
        return placed is not None and placed.complete

    def wait(self, check: Check, seconds: float = 600.0) -> None:
        """Runs the program until ``check`` holds.

        Raises:
            TimeoutError: it did not within ``seconds``.
        """
        from PySide6.QtCore import QEventLoop, QTimer

        loop, timer = QEventLoop(), QTimer(interval=_POLL_MS)
        until = time.monotonic() + seconds

        def look() -> None:
            if check() or time.monotonic() > until:
                loop.quit()

        timer.timeout.connect(look)
        timer.start()
        loop.exec()
        timer.stop()
        if not check():
            raise TimeoutError(f"the window was not ready after {seconds:g} s")

    def run(self, seconds: float) -> None:
        """Runs the program for a while."""
        from PySide6.QtCore import QEventLoop, QTimer

        loop = QEventLoop()
        QTimer.singleShot(round(1000 * seconds), loop.quit)
        loop.exec()

    def choose(self, model: str, epochs: int, **options: object) -> None:
        """Fills in the form: a model with some options of its own, trained for so many epochs."""
        from latentlab.core.models import model_info
        from latentlab.core.options import build
        from latentlab.core.run import RunSettings
        from latentlab.core.training_config import training_defaults

        experiment = self.window.experiment
        training = replace(training_defaults(model), epochs=epochs)
        config: object = build(model_info(model).config, dict(options))
        experiment.show_settings(RunSettings(experiment.settings().data, model, config, training))

    def train(self, model: str, until: float, epochs: int | None = None, **options: object) -> None:
        """Trains a model with the window's own form and button, up to the epoch ``until`` at least.

        Args:
            epochs: for how long it would train (default: until then).
        """
        self.choose(model, epochs or max(1, round(until)), **options)
        self.window.experiment.training_bar.train.click()
        control = self.window.control
        self.wait(lambda: control.newest is not None and control.newest.epoch >= until)
        self.run(_SETTLE_SECONDS)

    def rest(self) -> None:
        """Pauses and waits until every point is where the final weights put it."""
        control = self.window.control
        control.rest()
        self.wait(lambda: control.state in ("resting", "finished"))
        self.wait(self.is_placed)
        self.run(_SETTLE_SECONDS)

    def give_room(self, width: int, height: int) -> None:
        """Makes the scatter's and the manifold's planes about that large, in pixels; the others share the rest."""
        from PySide6.QtCore import Qt

        window = self.window
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        form, beneath = window.dock("experiment"), window.dock("reconstructions")
        upper = window.dock("latent_space"), window.dock("manifold")
        views = window.scatter.view, window.manifold.view
        for _ in range(3):
            wide = [dock.width() + width - view.width() for dock, view in zip(upper, views, strict=True)]
            high = max(dock.height() + height - view.height() for dock, view in zip(upper, views, strict=True))
            docks, before = [form, *upper], form.width() + upper[0].width() + upper[1].width()
            window.resizeDocks(docks, [max(1, before - sum(wide)), *wide], across)
            window.resizeDocks([upper[0], beneath], [high, upper[0].height() + beneath.height() - high], down)
            self.run(0.2)

    def begin_endless(self, model: str, **options: object) -> None:
        """Starts a training that does not end by itself, its planes 800×700 pixels, and lets it get under way.

        The planes stay where they are from then on, as after a first touch: a hand would follow one that moves.
        """
        self.give_room(800, 700)
        network = NETWORK if model == "vae" else {}
        self.train(model, 0.2, epochs=100_000, **network | options)
        for view in (self.window.scatter.view, self.window.manifold.view):
            view.pan(1, 0)

    def close(self) -> None:
        """Closes the window; an unnamed run is given up."""
        self.window.control.close()
        self.window.close()
