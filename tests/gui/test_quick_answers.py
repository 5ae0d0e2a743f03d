"""What the hand asks first comes into its own picture where it comes soon, and later where it does not."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

pytest.importorskip("PySide6.QtWidgets")

from latentlab.core.requests import DecodeProbe
from latentlab.gui import quick_answers
from latentlab.gui.quick_answers import QuickAnswers
from tests.gui.serving import Parts, answers, pixels, serving, worker

__all__ = ["answers", "worker"]


@dataclass(frozen=True, eq=False)
class Probe(DecodeProbe):
    hand_waits: ClassVar[float] = 30.0


@dataclass(frozen=True, eq=False)
class HastyProbe(DecodeProbe):
    hand_waits: ClassVar[float] = 1e-4


@pytest.fixture
def taken():
    return []


@pytest.fixture
def quick(worker, taken):
    return QuickAnswers(worker, lambda request, answer, generation: taken.append((request, pixels(answer), generation)))


def test_what_an_act_asks_is_there_when_it_ends_and_is_told_once(worker, answers, quick, taken, qtbot):
    worker.serve(1, serving(0.5), None)
    asked = Probe((1.5, 0.5))
    with quick.act():
        with quick.act():  # one that another brings with it ends nothing
            quick.ask(asked)
        assert not taken
    assert taken == [(asked, [255, 0], 1)]
    qtbot.wait(20)
    assert not answers and len(taken) == 1


def test_of_several_only_the_newest_of_a_kind_is_waited_for(worker, answers, quick, taken):
    worker.serve(1, serving(), None)
    blocker = Parts("b")
    worker.ask(blocker)
    blocker.wait_for_part()
    with quick.act():
        for x in (0.2, 0.6):
            quick.ask(Probe((x, 0.0)))
        blocker.let_on(3)
    assert [image for _, image, _ in taken] == [[153, 0]]


def test_what_does_not_come_soon_is_told_later_and_its_kind_is_not_waited_for_a_while(
    worker, answers, quick, taken, qtbot
):
    worker.serve(1, serving(), None)
    blocker = Parts("b")
    worker.ask(blocker)
    blocker.wait_for_part()
    with quick.act():
        quick.ask(HastyProbe((0.6, 0.0)))
    assert not taken
    blocker.let_on(3)
    qtbot.waitUntil(lambda: len(answers) == 4)
    assert [pixels(each) for each in answers if not isinstance(each, str)] == [[153, 0]] and not taken
    asked = []
    for _ in range(quick_answers._REST + 1):
        with quick.act():
            quick.ask(HastyProbe((0.6, 0.0)))
            asked.append(bool(quick._awaited))
    assert asked == [False] * quick_answers._REST + [True]


def test_what_is_asked_beside_the_hand_is_told(worker, answers, quick, taken, qtbot):
    worker.serve(1, serving(0.5), None)
    quick.ask(Probe((1.5, 0.5)))
    qtbot.waitUntil(lambda: bool(answers))
    assert pixels(answers[0]) == [255, 0] and not taken
