"""Answers that come within the picture that the hand waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from latentlab.core.requests import Request
from latentlab.gui.view_worker import ViewWorker

# After an answer did not come in time, so many requests of its type are not waited for: where a model is slow, an act
# would only last longer.
_REST = 12


class QuickAnswers:
    """What an act of the hand asks first is waited for, up to a request's own `hand_waits`, before the act ends.

    The answer is then painted together with the hand's own mark. One that comes later costs another picture, a change
    of threads, and beside a training often some milliseconds until both have had the interpreter.
    """

    def __init__(self, worker: ViewWorker, take: Callable[[Request, Any, int], None]) -> None:
        """``take`` gets what was waited for: request, answer and generation, as `ViewWorker.answered` has them."""
        self._worker, self._take = worker, take
        self._acts = 0
        self._awaited: list[Request] = []
        self._rests: dict[type[Request], int] = {}

    def ask(self, request: Request) -> None:
        """Asks the worker."""
        awaited = self._acts > 0 and request.hand_waits > 0 and not self._is_at_rest(type(request))
        self._worker.ask(request, awaited)
        if awaited:
            self._awaited.append(request)

    @contextmanager
    def act(self) -> Iterator[None]:
        """In its body the hand does something, and all that follows it asks."""
        self._acts += 1
        try:
            yield
        finally:
            self._acts -= 1
            if self._awaited and not self._acts:
                self._collect()

    def _is_at_rest(self, kind: type[Request]) -> bool:
        left = self._rests.pop(kind, 0)
        if left > 1:
            self._rests[kind] = left - 1
        return left > 0

    def _collect(self) -> None:
        awaited, self._awaited = self._awaited, []
        answers = self._worker.collect(max(request.hand_waits for request in awaited))
        came = {id(request) for request, _, _ in answers}
        self._rests |= {type(request): _REST for request in awaited if id(request) not in came}
        for answer in answers:
            self._take(*answer)
