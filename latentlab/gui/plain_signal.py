"""Signals that are told in plain Python, for what many hear of at every move of the hand."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from typing import Any

import shiboken6

Receiver = Callable[..., object]
_Finder = Callable[[], Receiver | None]


class PlainSignal:
    """Declared in a class as Qt's `Signal` is, and used as that is, in one thread.

    Every receiver takes all the values that the signal carries.

    For every receiver Qt gives the interpreter's lock away and takes it again, and beside a training it has to wait for
    it: to tell a dozen of a move of the probe took 0.8 ms, of which they themselves took 0.2.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, holder: Any, owner: type) -> Receivers:
        # Found there, from then on, before this is asked.
        receivers = holder.__dict__[self._name] = Receivers()
        return receivers


class Receivers:
    """Those who hear of one signal of one object, in the order in which they were connected.

    As with Qt, a bound method does not keep its object alive, nor is it called once Qt's half of that is deleted; and
    what a receiver raises is told to `sys.excepthook` and keeps nobody from hearing.
    """

    def __init__(self) -> None:
        self._finders: tuple[_Finder, ...] = ()

    def connect(self, receiver: Receiver) -> None:
        """Has ``receiver`` called from now on."""
        self._finders = (*(find for find in self._finders if find() is not None), _finder(receiver))

    def disconnect(self, receiver: Receiver) -> None:
        """Undoes one `connect`.

        Raises:
            ValueError: it is not connected.
        """
        at = next((number for number, find in enumerate(self._finders) if find() == receiver), None)
        if at is None:
            raise ValueError(f"{receiver} is not connected")
        self._finders = self._finders[:at] + self._finders[at + 1 :]

    def emit(self, *values: object) -> None:
        """Calls those who are connected by now, and nobody who is connected meanwhile."""
        for find in self._finders:
            receiver = find()
            if receiver is None:
                continue
            try:
                receiver(*values)
            except Exception:
                sys.excepthook(*sys.exc_info())


def _finder(receiver: Receiver) -> _Finder:
    """What gives the receiver as long as it can be called, without keeping the object of a bound method alive."""
    holder = getattr(receiver, "__self__", None)
    if holder is None:
        return lambda: receiver
    name, known = receiver.__name__, weakref.ref(holder)

    def find() -> Receiver | None:
        alive = known()
        return getattr(alive, name) if alive is not None and shiboken6.isValid(alive) else None

    return find
