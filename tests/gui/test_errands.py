"""Slow errands: one after the other beside the window, with progress, cancelling and errors in sentences."""

import threading

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt

from latentlab.core.errors import Cancelled, DataError
from latentlab.gui.errands import Errands
from latentlab.gui.widgets.busy_note import BusyNote


@pytest.fixture
def errands(qapp):
    errands = Errands()
    yield errands
    errands.close()


@pytest.fixture
def outcome(errands, qtbot):
    """Runs a piece of work and returns ("done", result) or ("failed", sentence)."""

    def run(work, title="Sorting"):
        told = []
        done, failed = (lambda what, how=how: told.append((how, what)) for how in ("done", "failed"))
        errands.run(title, work, done, failed)
        qtbot.waitUntil(lambda: bool(told))
        return told[0]

    return run


def fail_with(error):
    def work(_):
        raise error

    return work


def test_works_beside_the_gui_thread_and_is_done_in_it(errands, qtbot):
    here, threads = threading.current_thread, []
    errands.run("Sorting", lambda _: here(), lambda worker: threads.extend((worker, here())), str)
    qtbot.waitUntil(lambda: bool(threads))
    assert threads[0] is not threading.main_thread()
    assert threads[1] is threading.main_thread()


def test_one_after_the_other_in_the_order_asked_for(errands, qtbot):
    order = []
    for number in range(5):
        errands.run("Sorting", lambda _, number=number: order.append(number), lambda _: None, str)
    errands.run("Sorting", lambda _: tuple(order), order.append, str)
    qtbot.waitUntil(lambda: len(order) == 6)
    assert order == [0, 1, 2, 3, 4, (0, 1, 2, 3, 4)]


@pytest.mark.parametrize(
    "error, sentence",
    [
        (DataError("The file is cut short; copy it again."), "The file is cut short; copy it again."),
        (MemoryError(), "Sorting needs more memory than there is; use fewer images."),
        (ValueError("seven"), "Sorting failed: seven"),
    ],
)
def test_what_goes_wrong_is_a_sentence(outcome, error, sentence):
    assert outcome(fail_with(error)) == ("failed", sentence)
    assert outcome(lambda _: 7) == ("done", 7)  # the next one is served all the same


def test_progress_is_told_with_the_errands_number(errands, qtbot, record):
    started, progressed, ended = record(errands.started), record(errands.progressed), record(errands.ended)

    def work(reporter):
        reporter.progress("Counting")
        reporter.progress("Counting", 0.5)

    number = errands.run("Sorting", work, lambda _: None, str)
    qtbot.waitUntil(lambda: bool(ended))
    assert started == [(number, "Sorting")]
    assert progressed == [(number, "Counting", -1.0), (number, "Counting", 0.5)]
    assert ended == [(number,)]


def test_a_cancelled_errand_learns_it_and_is_neither_done_nor_failed(errands, qtbot, record):
    begun, ended, told, cancelled = threading.Event(), record(errands.ended), [], []

    def work(reporter):
        begun.set()
        while not reporter.cancelled():
            pass
        raise Cancelled("as you wish")

    number = errands.run("Sorting", work, told.append, told.append, lambda: cancelled.append(len(ended)))
    assert begun.wait(5)
    errands.cancel(number)
    qtbot.waitUntil(lambda: bool(ended))
    assert not told and cancelled == [0]  # told before it is over


def test_cancelling_what_is_over_does_nothing(errands, outcome):
    assert outcome(lambda _: 1) == ("done", 1)
    errands.cancel(1)
    assert outcome(lambda _: 2) == ("done", 2)


def test_finish_waits_for_all_that_was_queued(errands):
    gate, written = threading.Event(), []

    def work(_):
        gate.wait(5)
        written.append("all")

    errands.run("Saving", work, lambda _: None, str)
    threading.Timer(0.05, gate.set).start()
    errands.finish()
    assert written == ["all"]


def test_closing_cancels_what_can_be_and_tells_nobody(qtbot):
    errands, told, begun = Errands(), [], threading.Event()

    def work(reporter):
        begun.set()
        while not reporter.cancelled():
            pass
        return 1

    errands.run("Sorting", work, told.append, told.append, lambda: told.append("cancelled"))
    assert begun.wait(5)
    errands.close()
    qtbot.wait(1)  # what was on its way is delivered
    assert not told


def test_of_two_errands_the_note_shows_the_newer_and_then_the_other_again(qtbot, record):
    note = BusyNote()
    qtbot.addWidget(note)
    cancelled = record(note.cancel_pressed)
    note.begin(1, "Loading data")
    note.advance(1, "Downloading", 0.25)
    qtbot.waitUntil(note.isVisible)
    note.begin(2, "Saving")
    assert note._text.text() == "Saving…" and not note._cancel.isVisible()
    note.advance(1, "Downloading", 0.5)
    assert note._text.text() == "Saving…"
    note.end(2)
    assert note._text.text() == "Downloading" and note._bar.value() == 500 and note.isVisible()
    qtbot.mouseClick(note._cancel, Qt.MouseButton.LeftButton)
    assert cancelled == [(1,)]
    note.end(1)
    assert not note.isVisible()


def test_the_note_does_not_flicker_for_short_work(qtbot):
    note = BusyNote()
    qtbot.addWidget(note)
    note.begin(1, "Saving")
    note.end(1)
    note.begin(2, "")
    qtbot.wait(600)
    assert not note.isVisible()
