#!/usr/bin/env python3
"""Makes the pictures under docs/ by running the real program: real data, real training, the real window.

    python3 scripts/screenshots.py [--out docs/pictures] [--only NAME …]

Each picture is a scene: a function that brings a window into a state. Scenes that train take a minute or two.
"""

from __future__ import annotations

import _python

_python.exit_if_too_old()

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import benchmarks.stage

if TYPE_CHECKING:
    from PySide6.QtGui import QPixmap

_COLOURS = 256
ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Runs every scene in a process of its own, on a virtual screen where there is no other."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "pictures")
    parser.add_argument("--only", choices=sorted(SCENES), nargs="+", help="make these pictures")
    parser.add_argument("--scene", choices=sorted(SCENES), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.scene:
        return stage(arguments.scene, arguments.out)
    from _environment import Environment
    from _screen import can_show, virtual_screen

    environment = Environment()
    environment.prepare()
    names = arguments.only or list(SCENES)
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


class Stage(benchmarks.stage.Stage):
    """A window that poses for its picture."""

    def show(self, panel: str) -> None:
        """Brings a tab to the front."""
        self.window.dock(panel).raise_()
        self.run(3.0)

    def compare(self) -> None:
        """Rests, and shows the comparison with its figures."""
        self.rest()
        self.show("comparison")
        self.wait(lambda: self.window.comparison.model_figures.figures is not None)
        self.run(1.0)

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
    stage.compare()


def linear(stage: Stage) -> None:
    """PCA beside a linear autoencoder, which finds PCA's subspace: the principal angles are small."""
    stage.train("linear_ae", 40)
    stage.compare()


def denoising(stage: Stage) -> None:
    """Images with a quarter of their pixels masked, restored by a denoising autoencoder, and by PCA."""
    stage.train("dae", 3)
    stage.rest()
    stage.window.reconstructions.corruption.pca.click()
    stage.show("reconstructions")


def diagnostics(stage: Stage) -> None:
    """A VAE with more latents than it needs: its figures, and the latents that it has switched off."""
    stage.train("vae", 5, latent_dim=20)
    stage.rest()
    stage.show("diagnostics")
    stage.window.diagnostics.button.click()
    stage.wait(lambda: not stage.window.evaluating.busy)
    stage.run(1.0)


def morph(stage: Stage) -> None:
    """Half of the way from PCA to an autoencoder."""
    stage.train("ae", 5)
    stage.rest()
    stage.show("comparison")
    stage.window.comparison.toggle_morph()
    stage.window.comparison.morph.slider.setValue(500)
    stage.run(1.0)


def draw(stage: Stage) -> None:
    """A digit drawn by hand, and where a VAE puts it."""
    from benchmarks.hand import Mouse, beside

    stage.train("vae", 4)
    stage.rest()
    stage.show("draw")
    stage.window.session.move_probe((1.5, -1.5))
    canvas = stage.window.draw.canvas
    sheet, mouse = canvas.sheet_rect(), Mouse(canvas)
    seven = (0.28, 0.22), (0.72, 0.22), (0.45, 0.82)
    path = [(sheet.x() + sheet.width() * across, sheet.y() + sheet.height() * down) for across, down in seven]
    beside(stage, lambda: mouse.drag(path, 60, lambda: None))
    stage.run(1.0)


def voronoi(stage: Stage) -> None:
    """A VQ-VAE with one 2-D code an image: the plane shows the codebook."""
    stage.train("vqvae", 3, grid=1, latent_dim=2, codes=64, body="mlp")
    stage.rest()


def conditional(stage: Stage) -> None:
    """A conditional VAE: the manifold of one class, the probe as every class, samples of all."""
    stage.train("cvae", 3)
    stage.rest()
    stage.window.session.choose_class(4)
    stage.show("samples")


def latents(stage: Stage) -> None:
    """Ten latents: the probe swept along each, two of them moved off the principal plane."""
    stage.train("vae", 5, latent_dim=10)
    stage.rest()
    stage.show("latents")
    rows = stage.window.latents.rows
    for row, share in zip(rows.in_view(), (0.8, 0.3), strict=False):
        rows.value_changed.emit(row.latent, row.at(share))
    stage.run(1.0)


def prior_and_stretch(stage: Stage) -> None:
    """A VAE's posterior, prior, holes and stretch, and ε rolled a few times."""
    stage.train("vae", 5)
    stage.rest()
    window = stage.window
    window.session.select(12)
    window.scatter.prior.action.trigger()
    window.manifold.stretch.action.trigger()
    window.dock("posterior").raise_()
    for _ in range(7):
        window.posterior.roll()
        stage.run(0.3)
    stage.wait(lambda: window.scatter.prior.map is not None and not window.manifold.stretch.awaits)
    stage.run(1.0)


def codebook(stage: Stage) -> None:
    """A VQ-VAE's codes, and those of an image."""
    stage.train("vqvae", 2)
    stage.rest()
    stage.window.session.select(12)
    stage.show("codebook")


def selection(stage: Stage) -> None:
    """Points selected with a lasso, one of them closely with its neighbours, and a second lasso that is to add more."""
    import numpy as np
    from PySide6.QtCore import QPointF, Qt

    from latentlab.gui.tools import LASSO

    stage.train("vae", 2)
    stage.rest()
    session, scatter = stage.window.session, stage.window.scatter
    assert session.placed is not None and session.images is not None and session.images.split.labels is not None
    session.choose_tool(LASSO)
    for label, keys in ((0, Qt.KeyboardModifier.NoModifier), (1, Qt.KeyboardModifier.ShiftModifier)):
        of_class = session.placed.positions[session.images.split.labels == label]
        centre = scatter.view.frame.to_pixels(*map(float, np.median(of_class, axis=0)))
        scatter.drawing.begin(centre + QPointF(64, 0), keys)
        for turn in np.linspace(0, 5.8, 120):
            reach = 64 + 8 * np.sin(3 * turn)
            scatter.drawing.move(centre + QPointF(reach * np.cos(turn), reach * np.sin(turn)))
        if label == 0:
            scatter.drawing.finish()
            chosen = session.exploration.selection.points
            session.select_points(chosen, focus=int(chosen[3]))
    stage.show("selection")
    stage.run(1.0)


def paths(stage: Stage) -> None:
    """Three pins among the digits, and three ways between them."""
    from latentlab.core.pins import PathKind

    pin_digits(stage, (0, 1, 7))
    window = stage.window
    stage.show("path")
    stage.wait(lambda: len(window.tracing.paths) == len(PathKind))
    window.session.choose_path(PathKind.DATA)
    window.tracing.go_to(0.3)
    stage.run(1.0)


def attribute(stage: Stage) -> None:
    """What sets the sevens apart from the ones, added to a pin."""
    pin_digits(stage, (9,))
    panel = stage.window.attribute
    stage.show("attribute")
    for chooser, label in ((panel.having, 7), (panel.lacking, 1)):
        chooser.class_taken.emit(label)
    stage.wait(lambda: panel.strip.count() > 0)
    stage.run(1.0)


def pin_digits(stage: Stage, digits: tuple[int, ...]) -> None:
    """Trains a VAE and drops a pin in the middle of each of these classes."""
    import numpy as np

    stage.train("vae", 5)
    stage.rest()
    session = stage.window.session
    assert session.placed is not None and session.images is not None and session.images.split.labels is not None
    for digit in digits:
        x, y = np.median(session.placed.positions[session.images.split.labels == digit], axis=0)
        session.move_probe((float(x), float(y)))
        session.drop_pin()


def code_prior(stage: Stage) -> None:
    """What a prior learned over a VQ-VAE's codes draws, beside codes that nobody chose."""
    from latentlab.gui import prior_control

    stage.train("vqvae", 2)
    stage.rest()
    stage.show("samples")
    bar = stage.window.samples.bar_of_prior
    bar.fields["epochs"].set_value(2)
    bar.train.click()
    stage.wait(lambda: stage.window.prior.state == prior_control.LEARNED, 1800.0)
    stage.run(5.0)


def colours(stage: Stage) -> None:
    """Points coloured by their reconstruction error, images at them, and the card of one."""
    from PySide6.QtCore import QPoint
    from PySide6.QtTest import QTest

    from latentlab.core.quantity import Quantity

    stage.train("vae", 5)
    stage.rest()
    scatter = stage.window.scatter
    stage.window.session.colour_by(Quantity.ERROR)
    scatter.thumbnails.action.setChecked(True)
    scatter.view.zoom(1.6)
    stage.run(3.0)
    point = scatter.points.pick(-1.0, -1.0, 60.0)
    assert point is not None
    pixel = scatter.view.frame.to_pixels(*map(float, scatter.points.points[point]))
    QTest.mouseMove(scatter.view.viewport(), QPoint(2, 2))
    stage.run(0.3)
    QTest.mouseMove(scatter.view.viewport(), pixel.toPoint())
    stage.run(1.5)


def runs(stage: Stage) -> None:
    """A sweep of β: two runs are done, one trains, one waits; the curves of all over each other."""
    sweep_beta(stage, "0.5, 1, 4, 12")
    first, _, third, _ = stage.window.control.runs
    stage.wait(lambda: third.newest is not None and third.newest.epoch > 1.4)
    stage.window.control.choose(first)
    stage.run(4.0)


def fork(stage: Stage) -> None:
    """A beta-VAE continued with a stronger β; both branches are drawn from the fork on."""
    from dataclasses import replace

    stage.train("beta_vae", 3, beta=1.0)
    stage.rest()
    stage.show("runs")
    run, opening = stage.window.control.run, stage.window.actions_.opening
    assert run is not None
    settings = replace(run.settings, model=replace(run.settings.model, beta=8.0))
    child = opening.fork(run, "Stronger", settings)
    assert child is not None
    stage.wait(lambda: child.newest is not None and child.newest.epoch > 4.9)
    stage.rest()
    stage.run(4.0)


def compared_runs(stage: Stage) -> None:
    """Two runs of a sweep side by side, and what differs."""
    sweep_beta(stage, "0.5, 8")
    first, second = stage.window.control.runs
    stage.wait(lambda: second.state == "finished")
    stage.window.control.choose(second)
    stage.show("comparison")
    left = stage.window.comparison.sides[0]
    left.chooser.setCurrentIndex(left.chooser.findText(first.title))
    left.chooser.activated.emit(left.chooser.currentIndex())
    places = stage.window.comparison.places
    stage.wait(lambda: (place := places.get(first)) is not None and place.figures is not None)
    stage.wait(lambda: stage.window.comparison.model_figures.figures is not None)
    stage.run(1.0)


def sweep_beta(stage: Stage, values: str) -> None:
    """Lines up a beta-VAE for each of the values, by the form."""
    stage.choose("beta_vae", 2)
    stage.window.experiment.training_bar.sweep.click()
    stage.window.experiment.sweep.values.setText(values)
    stage.window.experiment.sweep.add.click()


def film(stage: Stage) -> None:
    """An early moment of a training, found again on the film's timeline; the curves mark it."""
    stage.train("vae", 1, epochs=10)
    stage.rest()
    filming = stage.window.filming
    filming.show_step(filming.film.frames[len(filming.film) // 6].step)
    stage.wait(lambda: stage.is_placed() and stage.window.session.step == stage.window.session.filmed)
    stage.run(2.0)


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
    "morph": (morph, 1, (1280, 720)),
    "draw": (draw, 1, (1280, 720)),
    "vqvae-voronoi": (voronoi, 1, (1280, 720)),
    "linear-ae-and-pca": (linear, 1, (1600, 1000)),
    "denoising": (denoising, 1, (1600, 1000)),
    "diagnostics": (diagnostics, 1, (1600, 1000)),
    "cvae-samples": (conditional, 1, (1600, 1000)),
    "latents": (latents, 1, (1200, 720)),
    "vae-prior-and-stretch": (prior_and_stretch, 1, (1600, 1000)),
    "vqvae-codebook": (codebook, 1, (1600, 1000)),
    "selection": (selection, 1, (1600, 1000)),
    "paths": (paths, 1, (1280, 720)),
    "attribute": (attribute, 1, (1280, 720)),
    "vqvae-samples": (code_prior, 1, (1600, 1000)),
    "film": (film, 1, (1600, 1000)),
    "points-by-error": (colours, 1, (1600, 1000)),
    "runs": (runs, 1, (1600, 1000)),
    "fork": (fork, 1, (1280, 720)),
    "two-runs": (compared_runs, 1, (1280, 720)),
    "error": (error, 1, (1280, 720)),
}
"""Name -> the scene, the device pixel ratio, and the window's size in pixels of the desktop."""


def stage(name: str, out: Path) -> int:
    """Plays one scene and saves the window's picture."""
    play, _, size = SCENES[name]
    director = Stage(*size)
    play(director)
    save(director.window.grab(), out / f"{name}.png")
    director.close()
    return 0


def save(picture: QPixmap, path: Path) -> None:
    """Writes a PNG of 256 colours, a third as large as one of all of them and hardly to be told from it."""
    from PIL import Image

    from latentlab.gui.widgets.qimages import to_array

    whole = Image.fromarray(to_array(picture.toImage()))
    few = whole.quantize(_COLOURS, Image.Quantize.MEDIANCUT, kmeans=1, dither=Image.Dither.NONE)
    few.save(path, optimize=True)


if __name__ == "__main__":
    sys.exit(main())
