"""Which curves a history has: a plot for each of its figures, and one for the bound where training weighs its parts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from latentlab.core.models import model_info
from latentlab.core.run import RunSettings

_TITLES = {"total": "Objective", "kl": "KL"}


@dataclass(frozen=True)
class CurveFigure:
    """What one plot shows of a run.

    Attributes:
        name: of the history's figure, or the bound's label.
        title: as in the window.
        unit: of what is shown, as in `Model.units`.
        sums: by split, the figures of its rows whose sum is shown; a split that is not there has no curve.
    """

    name: str
    title: str
    unit: str
    sums: dict[str, tuple[str, ...]]


def weighted_bounds(runs: Iterable[RunSettings]) -> set[str]:
    """The labels of the bounds that some of ``runs`` are trained for with other weights than the bound's own."""
    models = ((model_info(run.model_name).model, run.model) for run in runs)
    return {model.bound_label(config) for model, config in models if model.weighs_bound(config)}


def curve_figures(settings: RunSettings, names: Sequence[str], bounds: Collection[str] = ()) -> list[CurveFigure]:
    """What is shown of a run whose rows have the figures ``names``, in their order.

    ``total`` is the bound for test images, whatever weights training gives its parts. Where the run's bound is among
    ``bounds``, its own weights or those of a run beside it make the two different quantities: the objective is then
    that of training alone, and the bound, which is comparable between runs and splits, is shown by itself.
    """
    model = model_info(settings.model_name).model
    units, label = model.units(settings.model), model.bound_label(settings.model)
    apart = "kl" in units and label in bounds
    figures = []
    for name in names:
        title, unit = _TITLES.get(name, name.replace("_", " ").capitalize()), units.get(name, "")
        if name != "total" or not apart:
            figures.append(CurveFigure(name, title, unit, {"train": (name,), "test": (name,)}))
            continue
        terms = model.bound_terms(settings.model)
        if not terms and not model.weighs_bound(settings.model):
            terms = (name,)
        figures.append(CurveFigure(name, title, unit, {"train": (name,)}))
        figures.append(
            CurveFigure(label, label, unit, {"train": terms, "test": (name,)} if terms else {"test": (name,)})
        )
    return figures
