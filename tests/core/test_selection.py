"""Selections: sets of indices, against Python's own sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentlab.core.selection import NOTHING, Combine, Selection, in_words

POINTS = st.lists(st.integers(0, 40), max_size=20)


@given(POINTS, POINTS)
def test_combines_as_sets_do(first, second):
    selection = Selection.of(first)
    assert selection.points.tolist() == sorted(set(first))
    for how, expected in (
        (Combine.REPLACE, set(second)),
        (Combine.ADD, set(first) | set(second)),
        (Combine.REMOVE, set(first) - set(second)),
    ):
        combined = selection.combined(second, how)
        assert combined.points.tolist() == sorted(expected)
        assert combined.focus is None or combined.focus in expected
        assert [point in combined for point in range(41)] == [point in expected for point in range(41)]


def test_focus_is_the_point_that_was_meant_last():
    assert Selection.of([7]).focus == 7
    assert Selection.of([7, 2]).focus is None
    assert Selection.of([7, 2], 2).focus == 2
    assert Selection.of([7, 2], 5).focus is None
    two = Selection.of([7]).combined([2], Combine.ADD)
    assert two.focus == 2
    assert two.combined([3, 4], Combine.ADD).focus == 2
    assert two.combined([2], Combine.REMOVE).focus == 7
    assert NOTHING.focus is None and len(NOTHING) == 0


def test_compares_by_value_and_cannot_be_written_to():
    one, other = Selection.of([3, 1]), Selection.of(np.array([1, 3, 3]))
    assert one == other and hash(one) == hash(other)
    assert one != Selection.of([1, 3], 3) and one != Selection.of([1, 4])
    with pytest.raises(ValueError, match="read-only"):
        one.points[0] = 2


def test_keeps_what_is_still_shown():
    selection = Selection.of([1, 5, 9], 9)
    assert selection.within(10) is selection
    assert selection.within(6) == Selection.of([1, 5])
    assert Selection.of([-1, 2]).within(4) == Selection.of([2])


def test_is_said_in_words():
    labels, names = np.array([0, 1, 1, 2, 3, 4, 4, 4, 5]), ("zero", "one", "two", "three", "four", "five")
    assert in_words(NOTHING, labels, names) == "0 images selected"
    assert in_words(Selection.of([3]), labels, names) == "1 image selected, of class two"
    assert in_words(Selection.of([5, 7]), labels, names) == "2 images selected, all of class four"
    assert in_words(Selection.of([1, 2, 0]), labels, names) == "3 images selected: 2 of class one, 1 of class zero"
    assert in_words(Selection.of(range(9)), labels, names) == (
        "9 images selected: 3 of class four, 2 of class one, 1 of class zero, 1 of class two, 2 of others"
    )
    assert in_words(Selection.of(range(2000)), None, ()) == "2,000 images selected"
