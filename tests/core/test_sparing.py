"""How much slower than the hand goes what only follows training."""

import numpy as np
import pytest

from latentlab.core.encoding_pace import EncodingPace
from latentlab.core.sparing import HandPace, Sparing


def thrift_after(seconds):
    pace = HandPace()
    for each in seconds:
        pace.took(each)
    return pace.thrift


def test_a_hand_that_is_served_in_time_leaves_all_the_rest_its_pace():
    assert thrift_after([0.004] * 1000) == 1.0


def test_late_pictures_make_time_dear_and_those_in_time_cheap_again_within_bounds():
    late = thrift_after([0.004, 0.03, 0.03, 0.03])
    assert late > 3
    assert thrift_after([0.03] * 1000) == thrift_after([0.03] * 100) <= 12
    assert thrift_after([0.03] * 100 + [0.004] * 100) > 3  # it is not forgotten within the second
    assert thrift_after([0.03] * 100 + [0.004] * 1000) == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_it_settles_where_few_pictures_are_late(seed):
    """Beside work that makes a picture late the likelier the faster it goes: whatever it costs at full speed."""
    rng, pace, late = np.random.default_rng(seed), HandPace(), []
    for _ in range(4000):
        late.append(bool(rng.random() < 0.15 / pace.thrift))
        pace.took(0.03 if late[-1] else 0.004)
    assert 0.005 < np.mean(late[1000:]) < 0.04


class Work:
    """A clock of the work done, and the rests taken."""

    def __init__(self):
        self.now, self.rests = 0.0, []

    def clock(self):
        return self.now


@pytest.mark.parametrize("thrift, rests", [(1.0, []), (4.0, [0.003, 0.006]), (1e6, [0.05, 0.05])])
def test_between_pieces_it_rests_as_thrift_has_it_but_not_for_ever(thrift, rests):
    work = Work()
    spare = Sparing(lambda: thrift, work.clock, work.rests.append)
    spare()  # before the first piece
    for seconds in (0.001, 0.002):
        work.now += seconds
        spare()
    assert work.rests == pytest.approx(rests)


def test_points_are_encoded_the_more_slowly():
    pace = EncodingPace(gentle=True)
    pace.encoded(10_000, 0.0, now=0.0)
    pace.published(1.0)
    usual = rest_of(pace)
    pace.thrift = 3.0
    assert rest_of(pace) == pytest.approx(3 * usual)


def rest_of(pace):
    pace.encoded(100, 0.01, now=2.0)
    return pace.pause(2.0, 10_000, complete=False)
