"""Runs are set beside each other by their newest objective, where it means the same."""

from dataclasses import replace

from latentlab.core.data import DataConfig
from latentlab.core.history import HistoryRow
from latentlab.core.models import model_info
from latentlab.core.run_differences import difference_words
from latentlab.core.run_figures import newest_figure
from latentlab.core.runs import RunSettings
from latentlab.core.training_config import TrainingConfig


def settings_of(name, **model):
    return RunSettings(
        DataConfig("digits"), name, replace(model_info(name).config(), **model), TrainingConfig()
    )


def row(step, split, total):
    return HistoryRow(step, step / 10, split, {"total": total}, 0.0)


def test_the_newest_test_row_counts_and_before_it_the_newest_of_training():
    training = [row(1, "train", 9.0), row(2, "train", 8.0)]
    settings = settings_of("vae")
    assert newest_figure([], settings) is None
    assert (newest_figure(training, settings).value, newest_figure(training, settings).split) == (8.0, "train")
    tested = [*training, row(3, "test", 7.0), row(4, "train", 6.0)]
    assert newest_figure(tested, settings).text() == "−ELBO 7.00 nats"


def test_a_figure_is_called_what_it_is():
    rows = [row(1, "test", 3.25)]
    assert newest_figure(rows, settings_of("ae")).text() == "Error 3.25"
    assert newest_figure(rows, settings_of("ae", loss="cross_entropy")).text() == "Objective 3.25 nats"


def test_two_runs_in_words():
    one, other = settings_of("beta_vae", beta=0.5), settings_of("beta_vae", beta=4.0)
    left, right = newest_figure([row(1, "test", 156.0)], one), newest_figure([row(1, "test", 160.5)], other)
    assert difference_words(one, other, left, right) == "β 0.5 → 4 · −ELBO 156.00 → 160.50 (+4.50)"
    assert difference_words(one, one, left, None) == "Same settings"
    beside = newest_figure([row(1, "test", 3.0)], settings_of("ae"))
    assert "3.00" not in difference_words(one, settings_of("ae"), left, beside)
