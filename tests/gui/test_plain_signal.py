"""Signals in plain Python behave as Qt's do."""

from __future__ import annotations

import gc
import sys

import pytest
import shiboken6
from PySide6.QtCore import QObject, QTimer, Signal

from latentlab.gui.plain_signal import PlainSignal


class Teller(QObject):
    """Tells the same thing in both ways."""

    plain = PlainSignal()
    of_qt = Signal()


class Hearer(QObject):
    """Notes that it heard."""

    def __init__(self, name, heard):
        super().__init__()
        self.name, self.heard = name, heard

    def hear(self):
        self.heard.append(self.name)


@pytest.fixture(params=["plain", "of_qt"])
def told(request, qapp):
    """A signal of either kind; its teller lives as long as the test."""
    teller = Teller()
    yield getattr(teller, request.param)
    teller.deleteLater()


class TestPlainSignal:
    def test_receivers_hear_in_the_order_they_were_connected_in(self, told):
        heard = []
        hearers = [Hearer(name, heard) for name in "abc"]
        for hearer in hearers:
            told.connect(hearer.hear)
        told.connect(lambda: heard.append("d"))
        told.emit()
        told.emit()
        assert heard == list("abcdabcd")

    def test_who_is_gone_hears_nothing(self, told):
        heard = []
        dead, deleted, alive = (Hearer(name, heard) for name in ("dead", "deleted", "alive"))
        for hearer in (dead, deleted, alive):
            told.connect(hearer.hear)
        del dead, hearer
        gc.collect()
        shiboken6.delete(deleted)
        told.emit()
        assert heard == ["alive"]

    def test_who_disconnects_hears_nothing_more_and_the_others_do(self, told):
        heard = []
        one, other = Hearer("one", heard), Hearer("other", heard)
        told.connect(one.hear)
        told.connect(other.hear)
        told.disconnect(one.hear)
        told.emit()
        assert heard == ["other"]

    def test_who_connects_meanwhile_hears_of_the_next(self, told):
        heard = []
        late = Hearer("late", heard)
        told.connect(lambda: told.connect(late.hear) if not heard else None)
        told.emit()
        assert heard == []
        told.emit()
        assert heard == ["late"]

    def test_methods_of_qt_are_called_too(self, told):
        timer = QTimer(interval=10_000)
        told.connect(timer.start)
        told.emit()
        assert timer.isActive()
        timer.stop()

    def test_what_one_raises_is_told_and_keeps_nobody_from_hearing(self, told, monkeypatch):
        heard, raised = [], []
        other = Hearer("other", heard)

        def fail():
            raise ValueError("no")

        monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: raised.append(error))
        told.connect(fail)
        told.connect(other.hear)
        told.emit()
        assert heard == ["other"] and [str(error) for error in raised] == ["no"]


def test_each_object_has_receivers_of_its_own(qapp):
    heard = []
    one, other = Teller(), Teller()
    one.plain.connect(lambda: heard.append("one"))
    other.plain.connect(lambda: heard.append("other"))
    one.plain.emit()
    assert heard == ["one"] and one.plain is one.plain


def test_nobody_is_disconnected_who_was_not_connected(qapp):
    with pytest.raises(ValueError, match="is not connected"):
        Teller().plain.disconnect(print)
