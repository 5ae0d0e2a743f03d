"""Test rows become paths of rate and distortion, which are fitted without their outlying beginnings."""

import math

import numpy as np
import pytest

from latentlab.core.history import HistoryRow
from latentlab.core.rate_distortion import RatePath, RateTrack, has_rate, shown_range
from tests.core.test_run_figures import settings_of


def row(step, split, kl, reconstruction):
    figures = {"total": 0.0, "kl": kl, "reconstruction": reconstruction}
    return HistoryRow(step, step / 10, split, figures, 0.0)


def path(rate, distortion):
    return RatePath(np.arange(1.0, len(rate) + 1), np.array(rate, float), np.array(distortion, float))


def test_a_path_is_of_test_rows_and_grows_with_them():
    track = RateTrack()
    history = [row(5, "train", 1.0, 99.0), row(10, "test", 2.0, 90.0)]
    assert track.take(history)
    assert not track.take(history)
    history.append(row(15, "train", 3.0, 80.0))
    assert not track.take(history)
    history.append(row(20, "test", 4.0, 70.0))
    assert track.take(history)
    assert track.path().epochs.tolist() == [1.0, 2.0]
    assert track.path().rate.tolist() == [2.0, 4.0]
    assert track.path().bound.tolist() == [92.0, 74.0]


def test_another_history_replaces_the_first_and_what_is_not_finite_is_no_point():
    track = RateTrack()
    track.take([row(10, "test", 2.0, 90.0), row(20, "test", 3.0, 80.0)])
    assert track.take([row(10, "test", 5.0, 60.0), row(20, "test", math.inf, 50.0)])
    assert track.path().rate.tolist() == [5.0]
    assert track.take([]) and len(track.path()) == 0


def test_a_fork_s_path_comes_from_the_last_row_it_shares():
    whole = path([1, 2, 3, 4], [9, 8, 7, 6])
    assert whole.behind(2.0).epochs.tolist() == [2.0, 3.0, 4.0]
    assert whole.behind(-math.inf).epochs.tolist() == [1.0, 2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    "name, has", [("vae", True), ("beta_vae", True), ("linear_vae", True), ("ae", False), ("vqvae", False)]
)
def test_a_rate_is_there_where_both_figures_are_nats(name, has):
    assert has_rate(settings_of(name)) is has


def test_beginnings_that_would_squash_the_rest_are_left_out():
    long = path([2, 9, 9.5, 10, 10.5, 11], [300, 111, 104, 102, 101, 100])
    assert shown_range([long]) == ((9.0, 11.0), (100.0, 104.0))  # 111 is too far from them, too
    near = path([9, 9.5, 10, 10.5, 11, 11.5], [106, 105, 104, 102, 101, 100])
    assert shown_range([near]) == ((9.0, 11.5), (100.0, 106.0))
    beside = path([30, 31, 32], [180, 170, 169])  # of several runs, the rest is all of theirs
    assert shown_range([long, beside]) == ((2.0, 32.0), (100.0, 180.0))


def test_few_rows_are_all_shown_and_the_newest_ever():
    assert shown_range([path([1, 20], [400, 100])]) == ((1.0, 20.0), (100.0, 400.0))
    assert shown_range([path([5], [90]), path([], [])]) == ((5.0, 5.0), (90.0, 90.0))
    assert shown_range([path([], [])]) is None and shown_range([]) is None
