"""The first minutes: nothing trained, training, trained, and an error."""

from __future__ import annotations

import tempfile
from pathlib import Path

from scenes.scene import SMALL, WIDE, Scene
from scenes.stage import Stage


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


def road(stage: Stage) -> None:
    """A station of the road: the VAE set up and trained, the cloud of an image beneath."""
    stage.window.road.action().trigger()
    page = stage.window.road.page
    assert page is not None
    page.choice.setCurrentIndex(4)
    page.set_up.click()
    stage.run(0.5)
    stage.window.experiment.training_bar.train.click()
    control = stage.window.control
    stage.wait(lambda: control.newest is not None and control.newest.epoch >= 5)
    stage.rest()
    stage.window.session.select(12)
    stage.run(1.5)


def error(stage: Stage) -> None:
    """A run folder that is none."""
    with tempfile.TemporaryDirectory() as folder:
        stage.window.actions_.open_folder(Path(folder) / "not-a-run")
        stage.run(1.0)


SCENES = {
    "first-open": Scene(first_open, SMALL),
    "training": Scene(training, WIDE),
    "trained-vae": Scene(trained, WIDE),
    "trained-vae-dark-2560x1440": Scene(trained_dark, SMALL, scale=2),
    "road": Scene(road, WIDE),
    "error": Scene(error, SMALL),
}
