"""The queue keeps an order, and calls nobody while it is held."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentlab.core.training_queue import TrainingQueue


@pytest.fixture
def queue():
    queue = TrainingQueue()
    for one in "abcd":
        queue.add(one)
    return queue


def test_called_in_the_order_of_coming(queue):
    assert [queue.call_next() for _ in range(5)] == ["a", "b", "c", "d", None]


def test_whoever_waits_is_not_added_twice(queue):
    queue.add("b")
    assert queue.waiting == ("a", "b", "c", "d")


def test_moved_and_no_further_than_the_ends(queue):
    assert queue.move("c", -1) and queue.waiting == ("a", "c", "b", "d")
    assert queue.move("a", 9) and queue.waiting == ("c", "b", "d", "a")
    assert not queue.move("c", -1) and queue.waiting == ("c", "b", "d", "a")


def test_cancelled_ones_are_not_called(queue):
    queue.cancel("a")
    queue.cancel("nobody")
    assert "a" not in queue and queue.call_next() == "b" and len(queue) == 2


def test_held_calls_nobody_and_forgets_nobody(queue):
    queue.held = True
    assert queue.call_next() is None and len(queue) == 4
    queue.held = False
    assert queue.call_next() == "a"


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(-7, 7)), max_size=20))
def test_moving_loses_nobody(moves):
    queue = TrainingQueue()
    for one in range(6):
        queue.add(one)
    for one, by in moves:
        queue.move(one, by)
    assert sorted(queue.waiting) == list(range(6))
