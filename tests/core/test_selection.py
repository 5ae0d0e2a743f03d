"""Selections: sets of indices, against Python's own sets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from latentlab.core.selection import NOTHING, Combine, Selection

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
