"""The film of a training: its weights at moments that lie evenly apart, within a bound.

Every published snapshot is taken. Where the bound is passed, the film is thinned: the steps are parted into
stretches of equal length, and each keeps its first frame, so that what is kept lies evenly whatever was published. The
first and the newest frame always stay. What the terms of the objective were at a frame, the run's history says.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, is_dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from latentlab.core.exploration import Offset
from latentlab.core.film_memory import FilmMemory
from latentlab.core.frame_weights import FrameWeights
from latentlab.core.lattice import CellKey
from latentlab.core.placed import Placed
from latentlab.core.plane import Floats

if TYPE_CHECKING:
    from latentlab.core.requests import Request

DEFAULT_BYTES = 512 * 2**20

# The weights take no more than this share, so that there is room for codes.
_WEIGHTS_SHARE = 0.875
# In the first part of a stretch, a frame whose codes are known already is preferred to one that is to be encoded yet.
_CHOICE = 0.25


@dataclass(frozen=True, eq=False)
class Foreseen:
    """What the panels show of one moment, so that nothing need be computed when the hand comes by.

    Attributes:
        agrees_with: the fingerprint of what the plane was turned to agree with.
        placed: where the points lie on it.
        offset, label: how far the plane was moved, and the class that was decoded.
        keys, images: cells of the plane, and what is decoded there, uint8 n×C×H×W.
        answers: to what else is asked whenever the weights are others, by the request itself.
    """

    agrees_with: bytes
    placed: Placed = field(repr=False)
    offset: Offset
    label: int | None
    keys: tuple[CellKey, ...] = field(repr=False)
    images: NDArray[np.uint8] = field(repr=False)
    answers: Mapping[Request, Any] = field(repr=False)

    @property
    def bytes(self) -> int:
        """How much memory it takes."""
        answers = sum(_bytes_of(answer) for answer in self.answers.values())
        return self.placed.positions.nbytes + self.images.nbytes + answers


@dataclass(frozen=True, eq=False)
class Codes:
    """Where one moment's model has the shown points.

    Attributes:
        latents: N×D.
        scales: N×D, the posteriors' standard deviations, or None where the model has none.
        positions: N×2 on the plane that was looked at, which may be turned; None where that is no longer looked at.
        foreseen: what is shown of this moment, where that is known.
    """

    latents: Floats = field(repr=False)
    scales: Floats | None = field(repr=False)
    positions: Floats | None = field(repr=False)
    foreseen: Foreseen | None = field(default=None, repr=False)

    @property
    def bytes(self) -> int:
        """How much memory they take."""
        arrays = self.latents, self.scales, self.positions
        codes = sum(each.nbytes for each in arrays if each is not None)
        return codes + (0 if self.foreseen is None else self.foreseen.bytes)


@dataclass(frozen=True, eq=False)
class Frame:
    """One moment of a training.

    Attributes:
        step, epoch: optimizer steps taken, and the same in epochs.
        weights: the snapshot's own tensors.
        codes: of the shown points, or None while they are not known.
    """

    step: int
    epoch: float
    weights: FrameWeights = field(repr=False)
    codes: Codes | None = None


@dataclass(frozen=True, eq=False)
class Moment:
    """What a view is to look at: weights, and for a filmed moment how.

    Attributes:
        step: of the weights.
        weights: the model's state dict.
        filmed: it is not the newest one, but one of the film.
        codes: of the shown points under these weights, where they are known.
        reference: N×2, which a filmed moment's plane is turned to agree with; None leaves it as it is.
        foreseen: what is shown of it, where that was computed before, with this reference.
    """

    step: int
    weights: Mapping[str, Tensor] = field(repr=False)
    filmed: bool = False
    codes: Codes | None = None
    reference: Floats | None = field(default=None, repr=False)
    foreseen: Foreseen | None = field(default=None, repr=False)


def _bytes_of(answer: Any) -> int:
    """What the arrays of an answer take: one, or the fields of a dataclass."""
    arrays = vars(answer).values() if is_dataclass(answer) else (answer,)
    return sum(array.nbytes for array in arrays if isinstance(array, np.ndarray))


def fingerprint(reference: Floats | None) -> bytes:
    """The same for the same positions alone, so that they need not be kept to know them again."""
    return b"" if reference is None else hashlib.blake2b(reference.tobytes(), digest_size=16).digest()


class Film:
    """Frames in the order of their steps, of different steps.

    Attributes:
        frames: a tuple that is replaced, never changed: other threads may read it.
        most_bytes: the bound of what is in memory and in files together; the first and the newest frame stay whatever
            it is, and 0 keeps no film at all.
    """

    def __init__(self, most_bytes: int = DEFAULT_BYTES, memory: FilmMemory | None = None) -> None:
        """``memory`` is that of the films that it has frames in common with."""
        self.frames: tuple[Frame, ...] = ()
        self.most_bytes = most_bytes
        self._memory = memory or FilmMemory()
        self._codes_bytes = 0
        self._stretch = 0  # in steps; 0 keeps every frame
        self._known: OrderedDict[int, None] = OrderedDict()  # steps with codes, what was known first at the head

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def bytes(self) -> int:
        """How much the frames take; what films share is counted once, by the one that has had it longest."""
        return self._memory.bytes_of(self) + self._codes_bytes

    def branch(self, step: int) -> Film:
        """Another film that begins with the frames up to ``step``: the same tensors, without codes."""
        film = Film(self.most_bytes, self._memory)
        film._stretch = self._stretch
        film.frames = tuple(replace(frame, codes=None) for frame in self.up_to(step))
        for frame in film.frames:
            film._take_up(frame)
        return film

    def set_bound(self, most_bytes: int) -> None:
        """Changes the bound, and thins the film where it passes it."""
        self.most_bytes = most_bytes
        self.keep_bound()

    def record(self, frame: Frame) -> None:
        """Takes a frame at the film's end; those of its step and of later ones give way, for training went back."""
        if self.most_bytes <= 0:
            return
        kept = self.frames
        while kept and kept[-1].step >= frame.step:
            self._let_go(kept[-1])
            kept = kept[:-1]
        # The one before was kept as the newest; it stays only as the first of its stretch.
        if len(kept) > 1 and self._stretch and self._number(kept[-1]) == self._number(kept[-2]):
            self._let_go(kept[-1])
            kept = kept[:-1]
        self._take_up(frame)
        self.frames = (*kept, frame)
        self.keep_bound()

    def know(self, step: int, codes: Codes) -> None:
        """Keeps the codes of the frame of ``step``, while there is room for them beside those known last."""
        index = self.index_of(step)
        if index is None:
            return
        self._forget(step)
        room = self.most_bytes - codes.bytes
        while self._known and self.bytes > room:
            self._forget(next(iter(self._known)))
        if self.bytes <= room:
            self._codes_bytes += codes.bytes
            self._known[step] = None
            self._set_codes(index, codes)

    def has_room_for(self, size: int) -> bool:
        """Whether so many bytes of codes can be kept without others giving way."""
        return self.bytes + size <= self.most_bytes

    def forget_codes(self) -> None:
        """Drops the codes of all frames: other points are shown."""
        for step in list(self._known):
            self._forget(step)

    def forget_positions(self) -> None:
        """Drops where the codes lie on the plane, and what else is shown of it: another one is looked at."""
        self._change_codes(lambda codes: replace(codes, positions=None, foreseen=None))

    def forget_foreseen(self) -> None:
        """Drops what is shown of the moments: their planes are turned otherwise."""
        self._change_codes(lambda codes: codes if codes.foreseen is None else replace(codes, foreseen=None))

    def up_to(self, step: int) -> tuple[Frame, ...]:
        """The frames up to ``step``; may be called in any thread."""
        return tuple(frame for frame in self.frames if frame.step <= step)

    def index_of(self, step: int) -> int | None:
        """Where the frame of exactly this step stands, or None."""
        index = self.nearest(step)
        return index if index is not None and self.frames[index].step == step else None

    def nearest(self, step: float) -> int | None:
        """Where the frame stands whose step is nearest; None in an empty film."""
        if not self.frames:
            return None
        steps = self.steps
        after = int(np.searchsorted(steps, step))
        if after == len(steps):
            return after - 1
        return after - 1 if after and step - steps[after - 1] <= steps[after] - step else after

    @property
    def steps(self) -> np.ndarray:
        """The steps of the frames."""
        return np.array([frame.step for frame in self.frames], np.int64)

    # How it keeps its bound.

    def keep_bound(self) -> None:
        """Thins the film where it passes its bound, as it may where another one lets go what both had."""
        if self.most_bytes <= 0:
            self._keep(())
            return
        while self._memory.bytes_of(self) > _WEIGHTS_SHARE * self.most_bytes and len(self.frames) > 2:
            span = self.frames[-1].step - self.frames[0].step
            # At first as long as the frames lie apart.
            self._stretch = 2 * (self._stretch or max(1, span // (2 * (len(self.frames) - 1))))
            self._keep(self._thinned())
        while self.bytes > self.most_bytes and self._known:
            self._forget(next(iter(self._known)))

    def _thinned(self) -> list[Frame]:
        chosen: dict[int, Frame] = {}
        for frame in self.frames[:-1]:
            first = chosen.setdefault(self._number(frame), frame)
            near = frame.step - self.frames[0].step - self._number(frame) * self._stretch < _CHOICE * self._stretch
            if first.codes is None and frame.codes is not None and near and first is not self.frames[0]:
                chosen[self._number(frame)] = frame
        return [*chosen.values(), self.frames[-1]]

    def _number(self, frame: Frame) -> int:
        """Which of the stretches a frame is in."""
        return (frame.step - self.frames[0].step) // self._stretch

    def _keep(self, frames: Iterable[Frame]) -> None:
        kept = tuple(frames)
        steps = {frame.step for frame in kept}
        for frame in self.frames:
            if frame.step not in steps:
                self._let_go(frame)
        self.frames = kept

    def _take_up(self, frame: Frame) -> None:
        self._memory.take(self, frame.weights)
        if frame.codes is not None:
            self._codes_bytes += frame.codes.bytes
            self._known[frame.step] = None

    def _let_go(self, frame: Frame) -> None:
        self._memory.let_go(self, frame.weights)
        if frame.codes is not None:
            self._codes_bytes -= frame.codes.bytes
            self._known.pop(frame.step, None)

    def _forget(self, step: int) -> None:
        index = self.index_of(step)
        if index is None or self.frames[index].codes is None:
            return
        codes = self.frames[index].codes
        assert codes is not None
        self._codes_bytes -= codes.bytes
        self._known.pop(step, None)
        self._set_codes(index, None)

    def _change_codes(self, change: Callable[[Codes], Codes]) -> None:
        """Changes the codes that are known."""
        frames = list(self.frames)
        for index, frame in enumerate(frames):
            if frame.codes is not None and (changed := change(frame.codes)) is not frame.codes:
                self._codes_bytes += changed.bytes - frame.codes.bytes
                frames[index] = replace(frame, codes=changed)
        self.frames = tuple(frames)

    def _set_codes(self, index: int, codes: Codes | None) -> None:
        changed = replace(self.frames[index], codes=codes)
        self.frames = (*self.frames[:index], changed, *self.frames[index + 1 :])
