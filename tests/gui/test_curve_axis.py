"""The range and the figures of a small plot's axis."""

import numpy as np
import pytest

from latentlab.gui.widgets.curve_axis import few_ticks, figure_text, suits, value_range


@pytest.mark.parametrize(
    "axis, values, suited",
    [
        ((0.0, 10.0), (1.0, 9.0), True),
        ((0.0, 10.0), (1.0, 10.5), False),  # outgrown
        ((0.0, 10.0), (-0.1, 9.0), False),
        ((0.0, 10.0), (4.0, 6.0), False),  # a flat line in the middle
    ],
)
def test_axis_is_kept_while_it_suits(axis, values, suited):
    assert suits(*axis, *values) is suited


@pytest.mark.parametrize(
    "low, high, most, texts",
    [
        (138.0, 172.0, 2, ["150", "160"]),
        (0.0031, 0.0088, 3, ["0.004", "0.006", "0.008"]),
        (150.0, 230.0, 2, ["160", "220"]),  # every 20 is too many, every 50 a single one
        (-0.4, 9.7, 1, ["2", "8"]),
        (5.0, 5.0, 3, []),
    ],
)
def test_axis_has_few_round_figures(low, high, most, texts):
    assert [text for _, text in few_ticks(low, high, most)] == texts


@pytest.mark.parametrize(
    "value, text",
    [
        (151.868, "151.9"),
        (0.023264, "0.02326"),
        (43.6, "43.60"),
        (12345.6, "12,346"),
        (256.0, "256"),
        (0.0, "0"),
        (-2.5, "−2.500"),
    ],
)
def test_figures_have_four_digits(value, text):
    assert figure_text(value) == text


def test_the_beginning_is_shown_unless_it_towers_over_the_rest():
    rises = np.concatenate([[0.5, 2.0], np.linspace(3.0, 6.0, 38)])
    assert value_range([rises]) == (0.5, 6.0)
    falls = np.concatenate([[540.0, 300.0], np.linspace(190.0, 140.0, 38)])
    assert value_range([falls]) == (140.0, 190.0)
    falls[0] = 400.0
    assert value_range([falls]) == (140.0, 190.0)
    assert value_range([rises, falls]) == (0.5, 400.0)  # the rest is not flat for it: another curve is as far away


def test_a_range_is_of_finite_values():
    assert value_range([np.array([np.nan, 1.0, np.inf, 3.0])]) == (1.0, 3.0)
    assert value_range([np.array([]), np.array([np.nan])]) is None
