"""Optimizer steps, recorded once and replayed: on a small model, launching its kernels costs more than they do."""

from __future__ import annotations

import contextlib
import gc
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from latentlab.core import branches
from latentlab.core.moments import Moment, Moments, Standing

_log = logging.getLogger(__name__)

# Ordinary steps before a recording: libraries set themselves up, and sums of figures find their place.
WARM_UP = 3
# Steps in the longer recording. Between two replays the GPU is idle for a tenth of a small model's step.
SEVERAL = 8

Body = Callable[[], None]
Record = Callable[[Body], Body]
"""Runs a body in recording, without executing it, and returns what replays it on the same memory."""
Batch = tuple[Tensor, Tensor | None]
"""Images B×C×H×W as a model takes them, and their labels or None."""


@dataclass(frozen=True)
class _Recording:
    rows: Tensor
    moments: Moments
    replay: Body


class Steps:
    """Training steps, which after a few ordinary ones may be recorded, several at once or one, and replayed then.

    All that changes from step to step must lie in tensors that stay where they are. What cannot be recorded (work that
    depends on the data) runs as it always does: that costs speed and one line in the log, never an error.
    """

    def __init__(
        self,
        batch: Callable[[Tensor], Batch],
        step: Callable[[Batch, Moment], None],
        device: torch.device,
        record: Record | None = None,
    ) -> None:
        """Of what makes a batch of the images at some rows, int64, and what takes an optimizer step on one.

        Without ``record`` all steps are ordinary.
        """
        self._batch, self._step, self._device, self._record = batch, step, device, record
        self._present = Moments(1, device)
        self._recordings: dict[tuple[int, int], _Recording] = {}
        self._seen: Counter[int] = Counter()

    @property
    def recorded(self) -> bool:
        """Whether there is a recording that is replayed."""
        return bool(self._recordings)

    @property
    def records(self) -> bool:
        """Whether steps are recorded, as far as they can be."""
        return self._record is not None

    def forget(self) -> None:
        """Drops the recordings, as when tensors or the batches' size changed; new ones follow some ordinary steps."""
        self._recordings.clear()
        self._seen.clear()

    def at_once(self, size: int) -> int:
        """How many steps on batches of ``size`` images are best taken in one call."""
        return SEVERAL if self._is_warm(size) else 1

    def __call__(self, rows: Tensor, standings: Sequence[Standing]) -> None:
        """Takes a step for each of ``standings``, on equal parts of ``rows``, int64."""
        steps, size = len(standings), len(rows) // len(standings)
        if (steps, size) not in self._recordings and self._is_warm(size):
            self._start(rows.clone(), steps)
        recording = self._recordings.get((steps, size))
        if recording is not None:
            recording.rows.copy_(rows)
            recording.moments.set(standings)
            recording.replay()
            return
        for part, standing in zip(rows.chunk(steps), standings, strict=True):
            self.take(self._batch(part), standing)
            self._seen[size] += 1

    def take(self, batch: Batch, standing: Standing) -> None:
        """Takes an ordinary step."""
        self._present.set([standing])
        self._step(batch, self._present.each[0])

    def _is_warm(self, size: int) -> bool:
        return self._record is not None and self._seen[size] >= WARM_UP

    def _start(self, rows: Tensor, steps: int) -> None:
        assert self._record is not None
        moments = Moments(steps, self._device)

        def body() -> None:
            # All their batches at once: on a small one each piece of work takes a GPU as long as on many.
            for batch, moment in zip(parted(self._batch(rows), steps), moments.each, strict=True):
                self._step(batch, moment)

        try:
            replay = self._record(body)
        except Exception as error:
            # Earlier recordings, too, draw from the generator that this one has spoilt.
            self._record = None
            self._recordings.clear()
            # A capture that is broken off ends with an error of its own, which says less than the one that broke it.
            reason = str(error.__context__ or error).partition("\n")[0]
            _log.warning("training goes on without a CUDA graph: %s", reason)
            return
        self._recordings[steps, len(rows) // steps] = _Recording(rows, moments, replay)


def parted(batch: Batch, parts: int) -> Iterator[Batch]:
    """So many batches of equal size."""
    x, labels = batch
    return zip(x.chunk(parts), [None] * parts if labels is None else labels.chunk(parts), strict=True)


def cuda_graph(stream: torch.cuda.Stream, generator: torch.Generator) -> Record:
    """Records CUDA graphs on ``stream``; random numbers come from ``generator`` anew at each replay."""

    def record(body: Body) -> Body:
        graph = torch.cuda.CUDAGraph()
        graph.register_generator_state(generator)
        # "thread_local": other threads, the view's, may use the GPU as they like meanwhile.
        with (
            _nothing_collected(),
            torch.cuda.graph(graph, stream=stream, capture_error_mode="thread_local"),
            branches.opened(stream),
        ):
            body()
        return graph.replay

    return record


@contextlib.contextmanager
def _nothing_collected() -> Iterator[None]:
    """Keeps the garbage within: freeing the recording of a model that is gone would break the present one off."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
