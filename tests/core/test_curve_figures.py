"""Which plots there are: the bound has its own where training's objective is another quantity."""

import pytest

from latentlab.core.curve_figures import curve_figures, weighted_bounds
from latentlab.core.history import HistoryRow
from latentlab.core.pictures import _curves
from tests.core.test_run_figures import settings_of

NAMES = ["total", "reconstruction", "kl"]
BOTH = {"train": ("total",), "test": ("total",)}
BOUND = {"train": ("reconstruction", "kl"), "test": ("total",)}


def shown(settings, *beside, names=NAMES):
    figures = curve_figures(settings, names, weighted_bounds([settings, *beside]))
    return {figure.title: figure.sums for figure in figures if figure.name not in ("reconstruction", "kl")}


@pytest.mark.parametrize(
    "settings",
    [
        settings_of("beta_vae", beta=4.0),
        settings_of("beta_vae", beta=1.0, pressure="capacity"),
        settings_of("vae", free_bits=0.5),
        settings_of("cvae", warm_up=3.0),
    ],
)
def test_a_weighted_objective_is_of_training_alone_and_the_bound_stands_beside_it(settings):
    assert shown(settings) == {"Objective": {"train": ("total",)}, "−ELBO": BOUND}


@pytest.mark.parametrize(
    "settings",
    [
        settings_of("beta_vae", beta=1.0),
        settings_of("vae"),
        settings_of("vae", bound="iwae", samples=5, free_bits=0.5),  # which have no say there
        settings_of("linear_vae"),
        settings_of("ae", loss="cross_entropy"),
    ],
)
def test_where_both_are_the_same_there_is_one_plot(settings):
    assert shown(settings) == {"Objective": BOTH}


def test_a_tighter_bound_is_no_sum_of_terms():
    settings = settings_of("vae", bound="iwae", samples=5, warm_up=2.0)
    assert shown(settings) == {"Objective": {"train": ("total",)}, "−IWAE-5": {"test": ("total",)}}
    plain = settings_of("vae", bound="iwae", samples=5)
    both = {"Objective": {"train": ("total",)}, "−IWAE-5": BOTH}
    assert shown(plain, settings) == both


def test_beside_a_weighted_run_those_of_its_bound_are_shown_alike_and_others_as_ever():
    beta = settings_of("beta_vae", beta=4.0)
    assert shown(settings_of("vae"), beta) == {"Objective": {"train": ("total",)}, "−ELBO": BOUND}
    assert shown(settings_of("ae", loss="cross_entropy"), beta, names=["total"]) == {"Objective": BOTH}
    assert shown(settings_of("vae", bound="iwae", samples=5), beta) == {"Objective": BOTH}


def test_the_bound_stands_behind_the_objective_in_its_unit():
    figures = curve_figures(settings_of("beta_vae"), NAMES, {"−ELBO"})
    assert [figure.title for figure in figures] == ["Objective", "−ELBO", "Reconstruction", "KL"]
    assert {figure.unit for figure in figures} == {"nats per image"}


def test_the_picture_of_the_curves_keeps_them_apart_too():
    rows = tuple(
        HistoryRow(step, step / 10, split, {"total": total, "reconstruction": 60.0, "kl": 5.0}, 0.0)
        for step, split, total in ((10, "train", 80.0), (10, "test", 65.0))
    )
    objective, bound, *_ = _curves(rows, settings_of("beta_vae", beta=4.0))
    assert (objective.title, objective.series) == ("objective", {"train": [(1.0, 80.0)]})
    assert (bound.title, bound.series) == ("−ELBO", {"train": [(1.0, 65.0)], "test": [(1.0, 65.0)]})
