"""One optimizer step, recorded once and replayed: on a small model, launching its kernels costs more than they do."""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import Tensor

from latentlab.core import branches

_log = logging.getLogger(__name__)

# Ordinary steps before the recording: libraries set themselves up and the optimizer makes its state.
WARM_UP = 3

Body = Callable[[], None]
Record = Callable[[Body], Body]
"""Runs a body in recording, without executing it, and returns what replays it on the same memory."""


class ReplayedStep:
    """A training step that is recorded after a few ordinary calls, and replayed from then on.

    The step takes the rows of its batch; all else that changes from step to step must lie in tensors that stay where
    they are. What cannot be recorded (a batch of another size, work that depends on the data) runs as it always does:
    that costs speed and one line in the log, never an error.
    """

    def __init__(self, step: Callable[[Tensor], None], record: Record) -> None:
        self._step, self._record = step, record
        self._rows: Tensor | None = None
        self._replay: Body | None = None
        self._seen = 0
        self._impossible = self._odd_was_said = False

    @property
    def recorded(self) -> bool:
        """Whether there is a recording that is replayed."""
        return self._replay is not None

    def forget(self) -> None:
        """Drops the recording, as when tensors were replaced; a new one is made after some ordinary steps."""
        self._rows = self._replay = None
        self._seen = 0

    def __call__(self, rows: Tensor, usual: int) -> None:
        """Takes a step on the batch at ``rows``, int64 B; batches of ``usual`` rows are worth recording."""
        if self._rows is not None and len(self._rows) != usual:
            self.forget()
        if len(rows) != usual:
            self._say_odd(len(rows))
            self._step(rows)
        elif self._replay is not None and self._rows is not None:
            self._rows.copy_(rows)
            self._replay()
        elif self._impossible or self._seen < WARM_UP:
            self._seen += 1
            self._step(rows)
        else:
            self._start(rows)

    def _start(self, rows: Tensor) -> None:
        place = rows.clone()
        try:
            replay = self._record(lambda: self._step(place))
        except Exception as error:
            self._impossible = True
            # A capture that is broken off ends with an error of its own, which says less than the one that broke it.
            reason = str(error.__context__ or error).partition("\n")[0]
            _log.warning("training goes on without a CUDA graph: %s", reason)
            self._step(rows)
            return
        self._rows, self._replay = place, replay
        replay()

    def _say_odd(self, size: int) -> None:
        if self._seen and not self._odd_was_said and not self._impossible:
            self._odd_was_said = True
            _log.info("batches of %d images, the rest of an epoch, are trained without a CUDA graph", size)


def cuda_graph(stream: torch.cuda.Stream, generator: torch.Generator) -> Record:
    """Records CUDA graphs on ``stream``; random numbers come from ``generator`` anew at each replay."""

    def record(body: Body) -> Body:
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(generator)
        # "thread_local": other threads, the view's, may use the GPU as they like meanwhile.
        with torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"), branches.opened(stream):
            body()
        return graph.replay

    return record
