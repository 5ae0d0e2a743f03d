"""Two planes side by side."""

from __future__ import annotations

from scenes.scene import SMALL, WIDE, Scene
from scenes.stage import Stage


def comparison(stage: Stage) -> None:
    """PCA beside an autoencoder."""
    stage.train("ae", 5)
    stage.compare()


def morph(stage: Stage) -> None:
    """Half of the way from PCA to an autoencoder."""
    stage.train("ae", 5)
    stage.rest()
    stage.show("comparison")
    stage.window.comparison.toggle_morph()
    stage.window.comparison.morph.slider.setValue(500)
    stage.run(1.0)


def linear(stage: Stage) -> None:
    """PCA beside a linear autoencoder, which finds PCA's subspace: the principal angles are small."""
    stage.train("linear_ae", 40)
    stage.compare()


SCENES = {
    "pca-vs-ae": Scene(comparison, SMALL),
    "morph": Scene(morph, SMALL),
    "linear-ae-and-pca": Scene(linear, WIDE),
}
