"""How much to do at a time is learnt from how long it took."""

import sys
import time

import pytest
import torch

from latentlab.core.portions import Portion, clock_of


def test_a_portion_grows_to_what_fits_and_no_further_than_twofold_at_once():
    portion, sizes = Portion(0.004, first=8, most=100), []
    for _ in range(5):
        portion.took(portion.size, portion.size * 0.00008)  # 50 fit
        sizes.append(portion.size)
    assert sizes == [16, 32, 50, 50, 50]


def test_a_portion_shrinks_at_once_and_never_below_one():
    portion = Portion(0.004, first=64, most=100)
    portion.took(64, 64.0)
    assert portion.size == 1


@pytest.mark.parametrize("least, settled", [(1, 1), (16, 16)])
def test_work_that_costs_most_by_the_call_is_kept_from_one_thing_a_call(least, settled):
    portion = Portion(0.002, first=32, most=512, least=least)
    for _ in range(50):
        portion.took(portion.size, 0.0021 + portion.size * 0.00003)
    assert portion.size == settled


def test_a_portion_has_a_bound_also_where_a_clock_sees_no_time_pass():
    portion = Portion(0.004, first=64, most=100)
    portion.took(64, 0.0)
    assert portion.size == 100


def test_one_slow_reading_does_not_halve_it_for_long():
    portion = Portion(0.004, first=40, most=100)
    portion.took(40, 0.004)
    portion.took(40, 0.012)  # something else ran meanwhile
    assert 19 <= portion.size <= 20
    for _ in range(4):
        portion.took(portion.size, portion.size * 0.0001)
    assert portion.size >= 35


def seconds_by(clock, work):
    """What ``clock`` says that ``work`` took."""
    began = clock()
    work()
    return clock() - began


def busy():
    """Works for a tenth of a second or so."""
    assert sum(number % 7 for number in range(1_000_000)) > 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows counts a thread's time in steps of 16 ms")
def test_waiting_for_others_takes_no_time_of_a_cpu_s_portion_but_work_does():
    clock = clock_of(torch.device("cpu"))
    assert seconds_by(clock, lambda: time.sleep(0.2)) < 0.05
    assert seconds_by(clock, busy) > 0.005


def test_what_another_device_does_is_waited_for_and_takes_time():
    assert seconds_by(clock_of(torch.device("cuda")), lambda: time.sleep(0.05)) >= 0.04
