"""How numbers are written and stepped in the form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentlab.core.options import Option
from latentlab.gui.widgets.numbers import number_text, stepped


def setting(default, minimum=None, maximum=None, special=""):
    return Option(
        name="n",
        kind=type(default),
        default=default,
        label="N",
        help="",
        minimum=minimum,
        maximum=maximum,
        special=special,
    )


@pytest.mark.parametrize(
    "value, text",
    [(128, "128"), (0.25, "0.25"), (1e-3, "0.001"), (3e-4, "3e-4"), (1.5e-5, "1.5e-5"), (0.1 + 0.2, "0.3"), (0.0, "0")],
)
def test_numbers_are_written_without_noise(value, text):
    assert number_text(value) == text


@given(st.floats(min_value=1e-9, max_value=1e6))
def test_what_is_written_reads_as_the_same_to_six_digits(value):
    assert float(number_text(value)) == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize(
    "option, value, up, down",
    [
        (setting(2, 1, 128), 2, 3, 1),
        (setting(20, 1, 10000), 250, 260, 240),
        (setting(128, 1, 4096), 128, 256, 64),
        (setting(128, 1, 4096), 100, 128, 64),
        (setting(128, 1, 4096), 1, 2, 1),
        (setting(128, 1, 4096), 4096, 4096, 2048),
        (setting(0, 0, 60000, "All"), 0, 100, 0),
        (setting(0, 0, 60000, "All"), 5000, 10000, 2000),
        (setting(0, 0, 10_000_000, "All"), 100, 200, 0),
        (setting(1e-3, 1e-6, 1.0), 1e-3, 2e-3, 5e-4),
        (setting(1e-3, 1e-6, 1.0), 3e-4, 5e-4, 2e-4),
        (setting(1e-3, 1e-6, 1.0), 1e-6, 2e-6, 1e-6),
        (setting(1e-3, 0.0, 1.0), 0.0, 1e-8, 0.0),
        (setting(1.0, 0.0, 100.0), 1.0, 1.1, 0.9),
        (setting(0.99, 0.0, 1.0), 0.99, 0.991, 0.989),
        (setting(0.0, 0.0, 0.9), 0.0, 0.02, 0.0),
        (setting(0.25, 0.0, 10.0), 0.25, 0.26, 0.24),
        (setting(0, 0, 2**31 - 1), 0, 1, 0),
    ],
)
def test_a_step_goes_to_the_next_round_number(option, value, up, down):
    assert stepped(option, value, 1) == pytest.approx(up)
    assert stepped(option, value, -1) == pytest.approx(down)
    assert type(stepped(option, value, 1)) is option.kind


@given(st.integers(min_value=-20, max_value=20), st.sampled_from([1, 128, 4096, 100]))
def test_steps_stay_in_range(steps, value):
    assert 1 <= stepped(setting(128, 1, 4096), value, steps) <= 4096
