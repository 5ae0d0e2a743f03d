"""Undo: a model of a text editor's, one step an act."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from latentlab.core.exploration import Exploration
from latentlab.core.undo import UndoHistory

START = Exploration()


def moved(x):
    return replace(START, probe=(float(x), 0.0))


def test_moves_of_one_drag_are_one_step():
    history, state = UndoHistory(), START
    for number, now in enumerate((0.0, 0.5, 1.2, 5.0, 5.1), start=1):
        history.note("moving", state, now)
        state = moved(number)
    assert history.undo(state) == moved(3)
    assert history.undo(moved(3)) == START
    assert history.undo(START) is None and history.back is None
    assert history.redo(START) == moved(3)
    assert history.redo(moved(3)) == moved(5)
    assert history.redo(moved(5)) is None


def test_acts_of_two_kinds_are_two_steps_and_have_names():
    history = UndoHistory()
    history.note("moving", START, 0.0)
    history.note("dimming", moved(1), 0.1)
    assert (history.back, history.forth) == ("dimming", None)
    assert history.undo(replace(moved(1), dimmed=frozenset({2}))) == moved(1)
    assert (history.back, history.forth) == ("moving", "dimming")


def test_one_act_at_two_things_is_two_steps():
    history = UndoHistory()
    history.note("editing", START, 0.0, at=(0, 1))
    history.note("editing", moved(1), 0.1, at=(0, 1))
    history.note("editing", moved(2), 0.2, at=(0, 2))
    assert history.undo(moved(3)) == moved(2)
    assert history.undo(moved(2)) == START
    assert history.redo(START) == moved(2)
    assert history.redo(moved(2)) == moved(3)


def test_what_is_done_after_an_undo_is_a_step_of_its_own():
    history = UndoHistory()
    history.note("moving", START, 0.0)
    assert history.undo(moved(1)) == START
    history.note("moving", START, 0.2)
    assert history.forth is None
    assert history.undo(moved(2)) == START


def test_a_gesture_that_put_everything_back_is_passed_over():
    history = UndoHistory()
    history.note("dimming", START, 0.0)
    dimmed = replace(START, dimmed=frozenset({1}))
    history.note("moving", dimmed, 2.0)
    assert history.undo(dimmed) == START


@given(st.lists(st.integers(1, 5), min_size=1, max_size=300))
def test_goes_all_the_way_back_and_forth(steps):
    history, states = UndoHistory(), [0]
    for number, by in enumerate(steps):
        history.note("moving", moved(states[-1]), 10.0 * number)
        states.append(states[-1] + by)
    back = [states[-1]]
    while (state := history.undo(moved(back[-1]))) is not None:
        back.append(int(state.probe[0]))
    assert back == states[::-1][:201]
    forth = [back[-1]]
    while (state := history.redo(moved(forth[-1]))) is not None:
        forth.append(int(state.probe[0]))
    assert forth == back[::-1]
