"""How much to do at a time is learnt from how long it took."""

from latentlab.core.portions import Portion


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
