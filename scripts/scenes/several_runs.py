"""Several runs in one window, and the film of one."""

from __future__ import annotations

from scenes.scene import SMALL, WIDE, Scene
from scenes.stage import Stage


def film(stage: Stage) -> None:
    """An early moment of a training, found again on the film's timeline; the curves mark it."""
    stage.train("vae", 1, epochs=10)
    stage.rest()
    filming = stage.window.filming
    filming.show_step(filming.film.frames[len(filming.film) // 6].step)
    stage.wait(lambda: stage.is_placed() and stage.window.session.step == stage.window.session.filmed)
    stage.run(2.0)


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


def rates(stage: Stage) -> None:
    """A sweep of β as rate against distortion."""
    sweep_beta(stage, "0.25, 1, 4, 12")
    _, second, _, last = stage.window.control.runs
    stage.wait(lambda: last.state == "finished")
    stage.window.control.choose(second)
    stage.show("curves")
    stage.window.curves.rate.click()
    stage.run(2.0)


def sweep_beta(stage: Stage, values: str) -> None:
    """Lines up a beta-VAE for each of the values, by the form."""
    stage.choose("beta_vae", 2)
    stage.window.experiment.training_bar.sweep.click()
    stage.window.experiment.sweep.values.setText(values)
    stage.window.experiment.sweep.add.click()


SCENES = {
    "film": Scene(film, WIDE),
    "runs": Scene(runs, WIDE),
    "fork": Scene(fork, SMALL),
    "rate-distortion": Scene(rates, WIDE),
    "two-runs": Scene(compared_runs, SMALL),
}
