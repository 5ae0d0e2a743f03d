"""How much is done at once and how often it is shown follows from what both were seen to cost; clocks are given."""

import math

import pytest

from latentlab.core.pace import Pace, PublishingPace


def test_pace_never_more_than_doubles():
    pace = Pace()
    pace.measured(1, 128, 1e-5)
    assert pace.steps == 2
    pace.measured(2, 256, 3.0)
    assert pace.steps == 1


def test_a_chunk_is_sized_by_work_and_throughput_by_the_time_that_passed():
    pace = Pace()
    for _ in range(8):
        pace.measured(pace.steps, 100 * pace.steps, 0.1 * pace.steps, worked=0.01 * pace.steps)
    assert pace.steps == 3
    assert pace.images_per_s == pytest.approx(1000)


def moments_published(seconds, cost, until=10.0, step=0.01):
    """When snapshots are taken that cost so much, by a clock that goes on in small steps."""
    pace, now, moments = PublishingPace(seconds), 0.0, []
    while now < until:
        if pace.is_due(now):
            moments.append(now)
            pace.published(now, now + cost)
            now += cost
        now += step
    return moments


def test_cheap_snapshots_come_as_often_as_they_are_wanted():
    assert 90 <= len(moments_published(0.1, 0.001)) <= 100


@pytest.mark.parametrize("cost", [0.005, 0.02, 0.1])
def test_dear_snapshots_take_no_more_than_a_small_share_of_the_time(cost):
    moments = moments_published(0.1, cost, until=60.0)
    assert len(moments) > 5
    assert len(moments) * cost / 60.0 < 0.025


def test_a_snapshot_that_is_cheap_again_comes_sooner_again():
    pace = PublishingPace(0.1)
    pace.published(0.0, 0.1)
    assert not pace.is_due(4.9)
    assert pace.is_due(5.1)
    pace.published(5.1, 5.101)
    assert pace.is_due(5.25)


def test_without_an_interval_none_is_due():
    pace = PublishingPace(math.inf)
    assert not pace.is_due(1e9)
    pace.published(1.0, 1.1)
    assert not pace.is_due(1e9)
