"""The view's worker: the hand is served first, the newest wish wins, and what is stale is dropped."""

import itertools
import threading
from contextlib import contextmanager

import pytest

pytest.importorskip("PySide6.QtWidgets")

from latentlab.core import encoding_pace
from latentlab.core.models import Capabilities
from latentlab.core.requests import DecodeProbe
from latentlab.core.serving import LatentServer
from latentlab.gui import view_worker
from latentlab.gui.view_worker import ViewWorker
from tests.gui.serving import (
    Blind,
    Failing,
    Later,
    Parts,
    Patient,
    Shifted,
    answers,
    cloud,
    pixels,
    serving,
    weights,
    worker,
)

__all__ = ["answers", "worker"]


def test_the_probe_is_decoded_where_it_is(worker, answers, qtbot):
    worker.serve(1, serving(0.5), None)
    worker.ask(DecodeProbe((1.5, 0.5)))
    qtbot.waitUntil(lambda: bool(answers))
    assert pixels(answers[0]) == [255, 0]


def test_of_waiting_requests_of_a_kind_only_the_newest_is_answered(worker, answers, qtbot):
    blocker = Parts("b")
    worker.serve(1, serving(), None)
    worker.ask(blocker)
    blocker.wait_for_part()
    for x in (0.2, 0.4, 0.6):
        worker.ask(DecodeProbe((x, 0.0)))
    blocker.let_on(3)
    qtbot.waitUntil(lambda: len(answers) == 4)
    assert [pixels(answer) for answer in answers if not isinstance(answer, str)] == [[153, 0]]


def test_an_answer_in_parts_ends_when_a_newer_request_of_its_kind_comes(worker, answers, qtbot):
    older, newer = Parts("older"), Parts("newer")
    worker.serve(1, serving(), None)
    worker.ask(older)
    older.wait_for_part()
    worker.ask(newer)
    older.let_on()
    newer.let_on(3)
    qtbot.waitUntil(lambda: len(answers) == 4)
    assert answers == ["older0", "newer0", "newer1", "newer2"]


def test_the_hand_is_served_between_two_parts(worker, answers, qtbot):
    slow = Parts("slow")
    worker.serve(1, serving(), None)
    worker.ask(slow)
    slow.let_on()
    slow.wait_for_part()
    slow.wait_for_part()
    worker.ask(DecodeProbe((1.0, 1.0)))
    slow.let_on(2)
    qtbot.waitUntil(lambda: len(answers) == 4)
    assert [answer for answer in answers if isinstance(answer, str)] == ["slow0", "slow1", "slow2"]
    assert not isinstance(answers[2], str)  # the probe


@pytest.mark.parametrize("kind", [Parts, Patient])
def test_points_are_encoded_between_the_parts_of_what_has_time(worker, answers, qtbot, record, monkeypatch, kind):
    monkeypatch.setattr(view_worker, "_CHUNK_SECONDS", 60.0)  # all points at a time
    placed, points, slow = record(worker.points_placed), cloud(), kind("slow")
    worker.serve(1, serving(), points)
    qtbot.waitUntil(lambda: bool(placed) and placed[-1][0].complete)
    worker.ask(slow)
    slow.wait_for_part()
    points.weights_changed()  # the worker's thread waits meanwhile
    before = len(placed)
    slow.let_on()
    slow.wait_for_part()
    assert (points.stale == 0) == (kind is Patient)
    slow.let_on(2)
    qtbot.waitUntil(lambda: len(answers) == 3 and len(placed) > before)
    assert answers == ["slow0", "slow1", "slow2"] and points.stale == 0


def tiring():
    """A server whose every part takes ten seconds of work, after which no rest ends within a test."""
    server, seconds = serving()(), itertools.count(0.0, 10.0)
    server.clock = lambda: next(seconds)
    return server


@pytest.mark.parametrize("kind, thrift, rests", [(Patient, 3.0, True), (Patient, 1.0, False), (Parts, 3.0, False)])
def test_what_has_time_rests_beside_the_hand_and_the_hand_is_served_meanwhile(
    worker, answers, qtbot, kind, thrift, rests
):
    dear, slow = [thrift], kind("slow")
    worker._thrift = lambda: dear[0]
    worker.serve(1, tiring, None)
    worker.ask(slow)
    slow.let_on(3)
    if not rests:
        qtbot.waitUntil(lambda: answers == ["slow0", "slow1", "slow2"])
        return
    qtbot.waitUntil(lambda: answers == ["slow0"])
    worker.ask(DecodeProbe((1.0, 1.0)))
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert not isinstance(answers[1], str)
    dear[0] = 1.0  # the hand rests; the next request wakes the worker
    worker.ask(DecodeProbe((1.0, 1.0)))
    qtbot.waitUntil(lambda: len(answers) == 5)
    assert [answer for answer in answers if isinstance(answer, str)] == ["slow0", "slow1", "slow2"]


def test_dismissed_it_answers_nothing_until_it_serves_again(worker, answers, qtbot):
    placed = []
    worker.points_placed.connect(lambda points, generation: placed.append(generation))
    worker.serve(1, serving(), cloud())
    qtbot.waitUntil(lambda: 1 in placed)
    worker.dismiss(2)
    worker.ask(DecodeProbe((1.5, 0.5)))
    worker.adopt(9, weights(1.0))
    qtbot.wait(100)
    assert answers == []
    worker.serve(3, serving(0.5), None)
    worker.ask(DecodeProbe((0.5, 1.5)))
    qtbot.waitUntil(lambda: bool(answers))
    assert [pixels(answer) for answer in answers] == [[0, 255]]


def test_the_most_urgent_comes_first(worker, answers, qtbot):
    blocker, slow = Parts("b"), Later("later")
    worker.serve(1, serving(), None)
    worker.ask(blocker)
    blocker.wait_for_part()
    slow.let_on(3)
    worker.ask(slow)
    worker.ask(DecodeProbe((0.0, 0.0)))
    blocker.let_on(3)
    qtbot.waitUntil(lambda: len(answers) == 7)
    assert answers[-3:] == ["later0", "later1", "later2"]


def test_another_model_drops_what_was_asked_of_the_one_before(worker, qtbot):
    told, older = [], Parts("older")
    worker.answered.connect(lambda request, answer, generation: told.append((generation, answer)))
    worker.serve(1, serving(), None)
    worker.ask(older)
    older.wait_for_part()
    worker.ask(DecodeProbe((0.0, 0.0)))
    worker.serve(2, serving(0.5), None)
    worker.ask(DecodeProbe((1.5, 1.5)))
    older.let_on()
    qtbot.waitUntil(lambda: any(generation == 2 for generation, _ in told))
    assert told[0] == (1, "older0")
    assert [(generation, pixels(answer)) for generation, answer in told[1:]] == [(2, [255, 255])]


@pytest.mark.parametrize(
    "hold, order",
    [
        (1e9, ["hand2", "later0", "later1", "later2", "step 40"]),
        (0.0, ["hand2", "step 40", "later0", "later1", "later2"]),
    ],
    ids=["a gesture is finished first", "but they do not wait for ever"],
)
def test_newer_weights_wait_for_what_was_asked(worker, qtbot, monkeypatch, hold, order):
    monkeypatch.setattr(view_worker, "_LONGEST_HOLD", hold)
    told, hand, later = [], Parts("hand"), Later("later")
    worker.answered.connect(lambda request, answer, generation: told.append(answer))
    worker.weights_adopted.connect(lambda step, _: told.append(f"step {step}"))
    worker.serve(1, serving(), None)
    worker.ask(hand)
    hand.wait_for_part()
    worker.ask(later)
    worker.adopt(40, weights(0.5))
    hand.let_on(3)
    later.let_on(3)
    qtbot.waitUntil(lambda: len(told) == 7)
    assert told[2:] == order


def test_what_is_asked_after_an_adoption_is_answered_by_the_new_weights(worker, answers, qtbot, record):
    adopted = record(worker.weights_adopted)
    worker.serve(1, serving(), None)
    worker.adopt(40, weights(0.5))
    qtbot.waitUntil(lambda: bool(adopted))
    worker.ask(DecodeProbe((1.5, 0.5)))
    qtbot.waitUntil(lambda: bool(answers))
    assert pixels(answers[0]) == [255, 0]


def test_only_the_newest_of_the_weights_that_wait_are_adopted(worker, qtbot, record):
    adopted, blocker = record(worker.weights_adopted), Parts("b")
    worker.serve(1, serving(), None)
    worker.ask(blocker)
    blocker.wait_for_part()
    for step in (20, 30, 40):
        worker.adopt(step, weights(step / 100))
    blocker.let_on(3)
    qtbot.waitUntil(lambda: bool(adopted))
    assert [step for step, _ in adopted] == [40]


def test_weights_of_the_model_before_are_not_adopted(worker, qtbot, record):
    adopted, blocker, placed = record(worker.weights_adopted), Parts("b"), record(worker.points_placed)
    worker.serve(1, serving(), None)
    worker.ask(blocker)
    blocker.wait_for_part()
    worker.adopt(20, weights(0.5))
    worker.serve(2, serving(), cloud())
    blocker.let_on(3)
    qtbot.waitUntil(lambda: bool(placed) and placed[-1][0].complete)
    assert not adopted


def test_while_training_runs_the_points_leave_the_core_to_it_and_the_hand_is_served(
    worker, answers, qtbot, record, monkeypatch
):
    monkeypatch.setattr(encoding_pace, "_REST", 1e9)
    monkeypatch.setattr(view_worker, "_CHUNK_SECONDS", 0.0)
    placed, points = record(worker.points_placed), cloud(1000)
    worker.set_gentle(True)
    worker.serve(1, serving(), points)
    qtbot.waitUntil(lambda: bool(placed))
    after_one_chunk = points.stale
    assert 0 < after_one_chunk < 1000
    worker.ask(DecodeProbe((1.0, 1.0)))
    qtbot.waitUntil(lambda: bool(answers))
    worker.set_gentle(False)
    qtbot.waitUntil(lambda: placed[-1][0].complete)
    assert points.stale == 0


@pytest.mark.parametrize("prior, least", [(False, (0.4, 0.4)), (True, (-0.05, -0.05))])
def test_under_a_prior_codes_that_have_collapsed_are_not_enlarged(worker, qtbot, record, prior, least):
    placed = record(worker.points_placed)

    def make_server():
        source = Shifted(0.4)
        source.capabilities = Capabilities(prior=prior)
        return LatentServer(source, 255)

    worker.serve(1, make_server, cloud())
    qtbot.waitUntil(lambda: bool(placed) and placed[-1][0].complete)
    x0, y0, x1, y1 = placed[-1][0].extent  # of codes in [0.4, 1.4]
    assert (x0, y0) == pytest.approx(least, abs=0.08)
    assert (x1, y1) == pytest.approx((1.4, 1.4), abs=0.08)


def test_a_request_that_fails_is_told_and_ends_nothing_else(worker, answers, qtbot, record):
    broke = record(worker.broke)
    worker.serve(1, serving(), None)
    worker.ask(Failing())
    qtbot.waitUntil(lambda: bool(broke))
    worker.ask(DecodeProbe((1.0, 1.0)))
    qtbot.waitUntil(lambda: bool(answers))
    assert broke == [("ValueError: no such axis",)]


def test_a_model_that_cannot_be_made_is_told_once(worker, answers, qtbot, record):
    broke = record(worker.broke)

    def make_server():
        raise RuntimeError("size mismatch")

    worker.serve(1, make_server, cloud())
    qtbot.waitUntil(lambda: bool(broke))
    worker.serve(2, serving(), None)
    worker.ask(DecodeProbe((1.0, 1.0)))
    qtbot.waitUntil(lambda: bool(answers))
    assert broke == [("RuntimeError: size mismatch",)]


def test_points_that_cannot_be_encoded_are_told_once(worker, answers, qtbot, record):
    broke = record(worker.broke)
    worker.serve(1, lambda: LatentServer(Blind(), 255), cloud())
    qtbot.waitUntil(lambda: bool(broke))
    worker.ask(DecodeProbe((1.0, 1.0)))
    qtbot.waitUntil(lambda: bool(answers))
    assert broke == [("RuntimeError: shapes do not match",)]


def test_closing_waits_for_a_part_only(qapp):
    worker, slow = ViewWorker(), Parts("slow")
    worker.serve(1, serving(), cloud())
    worker.ask(slow)
    slow.wait_for_part()
    slow.let_on(1)  # the second part would never come
    worker.close()
    assert not any(thread.name == "latentlab-view" for thread in threading.enumerate())


def test_what_is_computed_on_a_gpu_queues_in_a_stream_of_its_own(qtbot, worker, answers, monkeypatch):
    entered, left = [], []

    @contextmanager
    def own_stream(device):
        entered.append((device.type, threading.current_thread().name))
        yield
        left.append(threading.current_thread().name)

    monkeypatch.setattr(view_worker, "own_stream", own_stream)
    worker.serve(1, serving(), None)
    worker.ask(DecodeProbe((1.0, 1.0)))
    qtbot.waitUntil(lambda: bool(answers))
    assert entered == [("cpu", "latentlab-view")] and not left
    worker.serve(2, serving(), None)
    worker.ask(DecodeProbe((1.0, 1.0)))
    qtbot.waitUntil(lambda: len(answers) == 2)
    assert len(entered) == 2 and left == ["latentlab-view"]


def test_points_are_exact_once_no_newer_weights_are_to_come(worker, qtbot, record):
    class Rough(LatentServer):
        """Encodes a hundredth beside where it should, where that may be."""

        def encode_with_scale(self, images, labels=None, rounded=False):
            latents, scales = super().encode_with_scale(images, labels)
            return latents + 0.01 * rounded, scales

    def make_server():
        server = Rough(Shifted(), 255)
        server.rounds = True
        return server

    points, places = cloud(), record(worker.points_placed)
    exact = points.images.reshape(-1, 2) / 255

    def lie(shift):
        return bool(places) and abs(places[-1][0].positions - exact - shift).max() < 1e-4

    worker.set_gentle(True)
    worker.serve(1, make_server, points)
    qtbot.waitUntil(lambda: lie(0.0))  # another run may be training: these weights stay
    worker.adopt(40, weights(0.5))
    qtbot.waitUntil(lambda: lie(0.51))
    worker.set_gentle(False)
    qtbot.waitUntil(lambda: lie(0.5))
