"""Work beside the GUI thread, of which only the newest counts."""

import threading

from latentlab.gui.widgets.newest_wins import NewestWins


def test_of_what_waits_only_the_newest_is_done(qtbot, record):
    worker, busy, go_on = NewestWins(), threading.Event(), threading.Event()
    done = record(worker.finished)

    def first():
        busy.set()
        go_on.wait(5)
        return 0

    worker.request(first)
    assert busy.wait(5)
    for number in (1, 2, 3):
        worker.request(lambda number=number: number)
    go_on.set()
    qtbot.waitUntil(lambda: len(done) == 2)
    assert done == [(0,), (3,)]
    worker.request(lambda: 4)
    qtbot.waitUntil(lambda: done[-1] == (4,))


def test_work_that_fails_is_told_and_the_next_is_done(qtbot, record, monkeypatch):
    told = []
    monkeypatch.setattr(threading, "excepthook", told.append)
    worker = NewestWins()
    done = record(worker.finished)
    worker.request(lambda: 1 // 0)
    qtbot.waitUntil(lambda: bool(told))
    assert told[0].exc_type is ZeroDivisionError
    worker.request(lambda: 1)
    qtbot.waitUntil(lambda: done == [(1,)])


def test_an_owner_that_is_gone_is_no_error(qtbot, monkeypatch):
    told, workers = [], []
    monkeypatch.setattr(threading, "excepthook", told.append)
    busy, go_on = threading.Event(), threading.Event()

    def work():
        workers.append(threading.current_thread())
        busy.set()
        go_on.wait(5)

    worker = NewestWins()
    worker.request(work)
    assert busy.wait(5)
    worker.deleteLater()
    qtbot.wait(10)
    go_on.set()
    # The thread is free again: it, or one beside it, does another's work.
    another = NewestWins()
    with qtbot.waitSignal(another.finished):
        another.request(lambda: 1)
    assert not told and workers[0].is_alive()
