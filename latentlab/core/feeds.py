"""Where training's batches come from: images that lie on the device, or a window of them that moves along."""

from __future__ import annotations

import logging
import threading
import warnings
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import torch
from torch import Tensor

from latentlab.core import devices
from latentlab.core.data import Split
from latentlab.core.errors import TrainingError
from latentlab.core.seeds import derived_seed
from latentlab.core.threads import start_thread

_log = logging.getLogger(__name__)

# Above this share of what is free, training itself would lack memory for weights and activations.
_MOST_OF_FREE_MEMORY = 0.6
_WINDOW_BYTES = 256 << 20


class Feed(ABC):
    """The training images in an order that is new in every epoch and follows from seed and epoch alone.

    Attributes:
        images, labels: uint8 M×C×H×W and int64 M (or None) on the device, always in the same place of its memory.
        is_resident: whether they are all of them.
    """

    is_resident: ClassVar[bool]

    images: Tensor
    labels: Tensor | None

    def __init__(self, count: int, seed: int, drawn_on: torch.device, lies_on: torch.device) -> None:
        """Its order is drawn on one device and lies on one, which may be another."""
        self._count, self._seed, self._drawn_on, self._lies_on = count, seed, drawn_on, lies_on
        self._order: tuple[int, Tensor] | None = None

    def __len__(self) -> int:
        """N, the images of an epoch."""
        return self._count

    @property
    def most_rows(self) -> int:
        """The most images that `rows` gives at once."""
        return len(self.images)

    @abstractmethod
    def rows(self, epoch: int, position: int, count: int) -> Tensor:
        """Where in `images` those lie that come at ``position`` (and after) of the epoch's order: up to ``count``.

        `images` holds them until the next call.

        Raises:
            TrainingError: ``count`` is more than `most_rows`.
        """

    def order(self, epoch: int) -> Tensor:
        """The permutation of ``epoch``, int64 N; nothing of it needs saving."""
        if self._order is None or self._order[0] != epoch:
            generator = torch.Generator(self._drawn_on)
            generator.manual_seed(derived_seed(self._seed, f"epoch {epoch}"))
            order = torch.randperm(self._count, generator=generator, device=self._drawn_on)
            self._order = (epoch, order.to(self._lies_on))
        return self._order[1]


class ResidentFeed(Feed):
    """All images lie on the device; a CPU shares the data set's own memory."""

    is_resident = True

    def __init__(self, split: Split, seed: int, device: torch.device) -> None:
        # An NVIDIA GPU shuffles where the images lie; elsewhere the CPU does.
        super().__init__(len(split), seed, device if device.type == "cuda" else torch.device("cpu"), device)
        self.images = as_tensor(split.images).to(device)
        self.labels = None if split.labels is None else as_tensor(split.labels).to(device)

    def rows(self, epoch: int, position: int, count: int) -> Tensor:
        return self.order(epoch)[position : position + count]


class StreamedFeed(Feed):
    """Images that do not fit on the device: a window of the epoch's order lies there while the next one is fetched.

    Rows are gathered on the host into pinned memory and copied from there, both by a thread of their own, so that
    training waits for neither unless it is faster than the bus.
    """

    is_resident = False

    def __init__(self, split: Split, seed: int, device: torch.device, window: int | None = None) -> None:
        """``window``: images of one window; by default as many as fill 256 MiB."""
        super().__init__(len(split), seed, torch.device("cpu"), torch.device("cpu"))
        self._host_images = as_tensor(split.images)
        self._host_labels = None if split.labels is None else as_tensor(split.labels)
        window = window or max(1, _WINDOW_BYTES // self._host_images[0].nbytes)
        self._device, self._stream = device, devices.new_stream(device)
        self._window = min(window, len(split))
        self.images = self._host_images.new_empty((self._window, *self._host_images.shape[1:]), device=device)
        self.labels = None
        if self._host_labels is not None:
            self.labels = self._host_labels.new_empty(self._window, device=device)
        self._places = torch.arange(self._window, device=device)
        self._held: tuple[int, int, int] | None = None  # epoch, first position and one past the last
        self._next: _Fetch | None = None

    def rows(self, epoch: int, position: int, count: int) -> Tensor:
        count = min(count, self._count - position)
        if count > self._window:
            raise TrainingError(
                f"A batch of {count:,} images is too large for this device; at most {self._window:,} fit."
            )
        if not self._holds(epoch, position, count):
            self._move_window(epoch, position, count)
        assert self._held is not None
        start = position - self._held[1]
        return self._places[start : start + count]

    def _holds(self, epoch: int, position: int, count: int) -> bool:
        held = self._held
        return held is not None and held[0] == epoch and held[1] <= position and position + count <= held[2]

    def _move_window(self, epoch: int, position: int, count: int) -> None:
        fetch, self._next = self._next, None
        if fetch is None or (fetch.epoch, fetch.position) != (epoch, position):
            fetch = self._fetch(epoch, position)
        images, labels = fetch.result()
        end = position + len(images)
        _lay(images, self.images)
        if self.labels is not None and labels is not None:
            _lay(labels, self.labels)
        self._held = (epoch, position, end)
        # The next window begins with the first batch that is not wholly within this one.
        following = position + (end - position) // count * count
        if end == self._count:
            epoch, following = epoch + 1, 0
        self._next = self._fetch(epoch, following)

    def _fetch(self, epoch: int, position: int) -> _Fetch:
        chosen = self.order(epoch)[position : position + self._window]
        sources = (self._host_images, self._host_labels)
        return _Fetch(epoch, position, chosen, sources, self._device, self._stream)


class _Fetch:
    """The images of one window on their way to the device."""

    def __init__(
        self,
        epoch: int,
        position: int,
        chosen: Tensor,
        sources: tuple[Tensor, Tensor | None],
        device: torch.device,
        stream: torch.cuda.Stream | None,
    ) -> None:
        self.epoch, self.position = epoch, position
        self._chosen, self._sources, self._device, self._stream = chosen, sources, device, stream
        self._result: tuple[Tensor, Tensor | None] | Exception | None = None
        self._thread: threading.Thread = start_thread("latentlab-feed", self._run)

    def result(self) -> tuple[Tensor, Tensor | None]:
        """The window's images and labels on the device, waited for."""
        self._thread.join()
        if isinstance(self._result, Exception):
            raise self._result
        assert self._result is not None
        return self._result

    def _run(self) -> None:
        try:
            with devices.on_stream(self._stream):
                images, labels = self._sources
                self._result = self._gathered(images), None if labels is None else self._gathered(labels)
        except Exception as error:
            self._result = error

    def _gathered(self, source: Tensor) -> Tensor:
        pinned = self._device.type == "cuda"
        rows = torch.empty((len(self._chosen), *source.shape[1:]), dtype=source.dtype, pin_memory=pinned)
        torch.index_select(source, 0, self._chosen, out=rows)
        # This waits for the copy: what is handed over has arrived.
        return rows.to(self._device)


def _lay(fetched: Tensor, window: Tensor) -> None:
    """Copies what was fetched to the window's beginning."""
    window[: len(fetched)].copy_(fetched)
    if fetched.is_cuda:
        # Its memory is the fetching stream's, which must not hand it out again before this copy is through.
        fetched.record_stream(torch.cuda.current_stream(fetched.device))


def feed_for(split: Split, seed: int, device: torch.device) -> Feed:
    """Everything on the device where there is room, else a window that moves along."""
    free = devices.free_memory(device)
    if free is not None and split.images.nbytes > _MOST_OF_FREE_MEMORY * free:
        _log.info("the images are larger than the device's memory; they are streamed from the host")
        return StreamedFeed(split, seed, device)
    return ResidentFeed(split, seed, device)


def as_tensor(array: Any) -> Tensor:
    """A tensor that shares the memory of a data set's array."""
    with warnings.catch_warnings():
        # The data set is read-only on purpose and nothing here writes to it, so sharing its memory is safe.
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(array)
