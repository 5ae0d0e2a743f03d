"""The pace of a live scatter, told the time."""

import pytest

from latentlab.core.encoding_pace import PUBLISH_SECONDS, EncodingPace

POINTS = 10_000


def test_alone_it_never_rests_and_shows_at_its_pace_and_at_the_end():
    pace = EncodingPace()
    assert pace.is_due(0.0, complete=False)
    pace.published(0.0)
    pace.encoded(500, 0.005, now=0.005)
    assert pace.pause(0.005, POINTS, complete=False) == 0
    assert not pace.is_due(0.005, complete=False)
    assert pace.is_due(0.005, complete=True)
    assert pace.is_due(PUBLISH_SECONDS, complete=False)


def test_beside_training_it_rests_longer_than_it_works():
    pace = EncodingPace(gentle=True)
    pace.encoded(30, 0.006, now=1.0)
    rest = pace.pause(1.0, POINTS, complete=False)
    assert 0.006 <= rest <= 0.02
    assert pace.pause(1.0 + rest, POINTS, complete=False) == 0


def test_beside_training_it_waits_for_the_next_picture_once_it_has_enough_for_one():
    pace = EncodingPace(gentle=True)
    pace.encoded(POINTS, 0.0, now=0.9)
    assert pace.pause(0.9, POINTS, complete=False) == 0  # the first time round
    pace.published(1.0)
    pace.encoded(2500, 0.01, now=1.05)
    assert pace.pause(1.05, POINTS, complete=False) == pytest.approx(PUBLISH_SECONDS - 0.05)
    pace.published(1.0 + PUBLISH_SECONDS)
    assert pace.pause(1.0 + PUBLISH_SECONDS, POINTS, complete=False) == 0


def test_beside_training_it_does_no_more_than_the_next_picture_asks_for():
    pace = EncodingPace(gentle=True)
    assert pace.wanted(POINTS) == POINTS  # the first time round
    pace.encoded(POINTS, 0.0, now=0.0)
    pace.published(0.0)
    whole = pace.wanted(POINTS)
    assert 2000 <= whole <= 2200
    pace.encoded(1500, 0.01, now=0.1)
    assert pace.wanted(POINTS) == whole - 1500
    pace.encoded(1500, 0.01, now=0.2)
    assert pace.wanted(POINTS) == 0
    pace.gentle = False
    assert pace.wanted(POINTS) == POINTS


@pytest.mark.parametrize("thrift, waits", [(1.0, 1), (1.5, 1), (3.0, 2), (1000.0, None)])
def test_beside_a_hand_whose_pictures_are_late_the_points_are_shown_less_often_but_not_for_a_few_late_ones(
    thrift, waits
):
    pace = EncodingPace(gentle=True)
    pace.encoded(POINTS, 0.0, now=0.0)
    pace.published(1.0)
    pace.thrift = thrift
    longest = PUBLISH_SECONDS * waits if waits else 1.0  # once a second in any case
    assert not pace.is_due(1.0 + 0.99 * longest, complete=False)
    assert pace.is_due(1.0 + 1.01 * longest, complete=False)


def test_of_many_points_it_does_enough_to_have_seen_all_within_five_seconds():
    points = 1_000_000
    pace = EncodingPace(gentle=True)
    pace.encoded(points, 0.0, now=0.0)
    pace.published(0.0)
    pace.encoded(40_000, 0.0, now=0.1)
    assert pace.pause(0.1, points, complete=False) == 0
    pace.encoded(10_000, 0.0, now=0.1)
    assert pace.pause(0.1, points, complete=False) > 0
    assert points / 50_000 * PUBLISH_SECONDS < 5


def test_beside_training_even_all_points_are_shown_no_more_often():
    pace = EncodingPace(gentle=True)
    pace.published(1.0)
    assert not pace.is_due(1.1, complete=True)
    assert pace.pause(1.1, POINTS, complete=True) == pytest.approx(PUBLISH_SECONDS - 0.1)
    pace.gentle = False
    assert pace.is_due(1.1, complete=True)


def test_another_model_is_shown_at_once():
    pace = EncodingPace(gentle=True)
    pace.published(1.0)
    pace.encoded(9000, 5.0, now=1.01)
    pace.restart()
    assert pace.pause(1.01, POINTS, complete=False) == 0
    assert pace.is_due(1.01, complete=False)
