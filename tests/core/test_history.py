"""Running means are weighted by images and survive being saved."""

import numpy as np
import pytest
import torch

from latentlab.core.history import HistoryRow, RunningMean


def add(means, total, kl, images):
    means.add(torch.tensor(total), {"kl": torch.tensor(kl)}, images)


def test_batches_weigh_as_much_as_they_hold():
    means = RunningMean()
    add(means, 4.0, 1.0, 100)
    add(means, 7.0, 3.0, 50)
    total, kl = np.average([[4, 7], [1, 3]], axis=1, weights=[100, 50])
    assert means.take() == pytest.approx({"total": total, "kl": kl})
    assert means.take() == {}


def test_taking_begins_anew_in_the_same_place():
    means = RunningMean()
    add(means, 4.0, 1.0, 10)
    sums = means._sums
    means.take()
    add(means, 2.0, 0.5, 10)
    assert means._sums is sums
    assert means.take() == {"total": 2.0, "kl": 0.5}


def test_saved_in_the_middle_and_taken_up_in_any_order():
    whole, saved, taken_up = RunningMean(), RunningMean(), RunningMean()
    for means in (whole, saved):
        add(means, 4.0, 1.0, 100)
    taken_up.load(dict(reversed(saved.state().items())))
    for means in (whole, taken_up):
        add(means, 7.0, 3.0, 50)
    assert taken_up.take() == whole.take()


def test_looking_at_the_means_so_far_takes_nothing_away():
    means = RunningMean()
    assert means.so_far() == {}
    add(means, 4.0, 1.0, 100)
    add(means, float("nan"), 3.0, 100)
    for figures in (means.so_far(), means.take()):
        assert np.isnan(figures["total"]) and figures["kl"] == 2.0
    assert means.so_far() == {}


def test_what_is_not_finite_is_refused():
    with pytest.raises(ValueError, match="not finite"):
        RunningMean().load({"images": 1, "sum.total": float("inf")})


def test_a_row_survives_its_line():
    row = HistoryRow(3, 0.5, "train", {"total": 2.5}, 1.25)
    assert HistoryRow.from_json(row.as_json()) == row


def test_codes_are_counted_over_the_whole_stretch():
    """A code used in one batch only is in use; perplexity is that of all uses together."""
    whole, saved, taken_up = RunningMean(), RunningMean(), RunningMean()
    for means in (whole, saved):
        means.add(torch.tensor(4.0), {}, 10, torch.tensor([6.0, 0.0, 2.0, 0.0]))
    taken_up.load(saved.state())
    for means in (whole, taken_up):
        means.add(torch.tensor(2.0), {}, 10, torch.tensor([0.0, 0.0, 4.0, 4.0]))
    share = np.array([6, 6, 4]) / 16
    figures = whole.take()
    assert figures == pytest.approx(
        {"total": 3.0, "codes_used": 3, "perplexity": np.exp(-(share * np.log(share)).sum())}
    )
    assert taken_up.take() == figures
    means = whole
    means.add(torch.tensor(2.0), {}, 10, torch.tensor([0.0, 5.0, 0.0, 0.0]))
    assert means.take()["codes_used"] == 1
