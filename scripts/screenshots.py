#!/usr/bin/env python3
"""Makes the pictures under docs/ by running the real program: real data, real training, the real window.

    python3 scripts/screenshots.py [--out docs/pictures] [--only NAME]

Each picture is a scene: a function that brings a window into a state. Scenes that train take a minute or two.
"""

import _python

_python.exit_if_too_old()

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
Check = Callable[[], bool]


def main() -> int:
    """Runs every scene in a process of its own, on a virtual screen where there is no other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--only", choices=sorted(SCENES), help="make one picture")
    parser.add_argument("--scene", choices=sorted(SCENES), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.scene:
        return stage(arguments.scene, arguments.out)
    from _environment import Environment
    from _screen import can_show, virtual_screen

    environment = Environment()
    environment.prepare()
    names = [arguments.only] if arguments.only else list(SCENES)
    if not can_show():
        return 1
    with virtual_screen("2600x1500") as variables:
        for name in names:
            print(name, flush=True)
            scale = "2" if SCENES[name][1] > 1 else "1"
            with tempfile.TemporaryDirectory() as home:
                subprocess.run(
                    [str(environment.python), __file__, "--scene", name, "--out", str(arguments.out)],
                    env=os.environ | variables | {"QT_SCALE_FACTOR": scale, "LATENTLAB_HOME": home},
                    check=True,
                )
    return 0


class Stage:
    """A window under the director's hand."""

    def __init__(self, width: int, height: int) -> None:
        sys.path.insert(0, str(ROOT))
        from PySide6.QtGui import QIcon
        from PySide6.QtWidgets import QApplication

        from latentlab import paths
        from latentlab.core.threads import limit_numpy
        from latentlab.gui import theme
        from latentlab.gui.main_window import MainWindow
        from latentlab.gui.settings import Settings

        self.application = QApplication([])
        self.application.setWindowIcon(QIcon(str(paths.resources() / "icons" / "latentlab.svg")))
        limit_numpy()
        theme.active().apply(self.application)
        self.window = MainWindow(Settings())
        self.window.resize(width, height)
        self.window.show()
        self.window.reset_layout()
        self.window.start()
        self.wait(lambda: self.window.session.placed is not None and self.window.session.placed.complete)

    def wait(self, check: Check, seconds: float = 600.0) -> None:
        """Runs the program until ``check`` holds, and a little longer, so that all pictures are drawn."""
        until = time.monotonic() + seconds
        while not check():
            if time.monotonic() > until:
                raise TimeoutError(f"the scene was not ready after {seconds:g} s")
            self.run(0.05)
        self.run(1.5)

    def run(self, seconds: float) -> None:
        """Runs the program for a while."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.application.processEvents()
            time.sleep(0.005)

    def train(self, model: str, epochs: float, **options: object) -> None:
        """Trains a model with the window's own form and button until ``epochs``, and pauses there."""
        from dataclasses import replace

        from latentlab.core.models import model_info
        from latentlab.core.options import build
        from latentlab.core.runs import RunSettings
        from latentlab.core.training import training_defaults

        window = self.window
        settings = RunSettings(
            window.experiment.settings().data,
            model,
            build(model_info(model).config, dict(options)),
            replace(training_defaults(model), epochs=max(1, round(epochs))),
        )
        window.experiment.show_settings(settings)
        window.experiment.training_bar.train.click()
        self.wait(lambda: window.control.newest is not None and window.control.newest.epoch >= epochs)

    def rest(self) -> None:
        """Pauses and waits until every point is where the final weights put it."""
        window = self.window
        window.control.rest()
        self.wait(lambda: window.control.state in ("resting", "finished"))
        self.wait(lambda: window.session.placed is not None and window.session.placed.complete)

    def show(self, panel: str) -> None:
        """Brings a tab to the front."""
        self.window.dock(panel).raise_()
        self.run(3.0)

    def dark(self) -> None:
        """Changes to the dark theme."""
        from latentlab.gui import theme

        theme.active().mode = theme.Mode.DARK
        self.run(1.0)


def first_open(stage: Stage) -> None:
    """Nothing trained yet: PCA."""


def training(stage: Stage) -> None:
    """A VAE in its second epoch."""
    stage.train("vae", 1.5)


def trained(stage: Stage) -> None:
    """A trained VAE, the probe between two classes, a point selected."""
    stage.train("vae", 5)
    stage.rest()
    stage.window.session.select(12)
    stage.window.session.move_probe((0.6, -0.4))
    stage.run(1.0)


def trained_dark(stage: Stage) -> None:
    """The same in the dark."""
    stage.dark()
    trained(stage)


def comparison(stage: Stage) -> None:
    """PCA beside an autoencoder."""
    stage.train("ae", 5)
    stage.rest()
    stage.show("comparison")


def voronoi(stage: Stage) -> None:
    """A VQ-VAE with one 2-D code an image: the plane shows the codebook."""
    stage.train("vqvae", 3, grid=1, latent_dim=2, codes=64, body="mlp")
    stage.rest()


def error(stage: Stage) -> None:
    """A run folder that is none."""
    with tempfile.TemporaryDirectory() as folder:
        stage.window.actions_.open_folder(Path(folder) / "not-a-run")
        stage.run(1.0)


SCENES: dict[str, tuple[Callable[[Stage], None], int, tuple[int, int]]] = {
    "first-open": (first_open, 1, (1280, 720)),
    "training": (training, 1, (1600, 1000)),
    "trained-vae": (trained, 1, (1600, 1000)),
    "trained-vae-dark-2560x1440": (trained_dark, 2, (1280, 720)),
    "pca-vs-ae": (comparison, 1, (1280, 720)),
    "vqvae-voronoi": (voronoi, 1, (1280, 720)),
    "error": (error, 1, (1280, 720)),
}
"""Name -> the scene, the device pixel ratio, and the window's size in pixels of the desktop."""


def stage(name: str, out: Path) -> int:
    """Plays one scene and saves the window's picture."""
    play, _, size = SCENES[name]
    director = Stage(*size)
    play(director)
    picture = director.window.grab()
    saved = picture.save(str(out / f"{name}.png"))
    director.window.control.close()
    director.window.close()
    return 0 if saved else 1


if __name__ == "__main__":
    sys.exit(main())
