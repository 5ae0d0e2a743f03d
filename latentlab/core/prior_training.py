"""Training a code prior: first every image is written in codes, then the prior learns to foretell them."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from latentlab.core import devices
from latentlab.core.adam import Adam
from latentlab.core.code_prior import CodeLayout, CodePrior, LearnedPrior, PriorConfig, PriorFigures
from latentlab.core.data import Dataset, Split
from latentlab.core.errors import TrainingError
from latentlab.core.models import Model
from latentlab.core.moments import Moments, Standing
from latentlab.core.pace import Pace
from latentlab.core.seeds import derived_seed

_BATCH = 64
_RATE = 6e-3
# So much of the way the rate rises, without which a high one does harm; then it falls, smoothly, to a fiftieth.
_RISING = 0.05
_ENCODED_AT_ONCE = 100
_TESTED_AT_ONCE = 200
# The figures on the way are of so many test images, and are taken so often in an epoch; those at the end are of all.
_TESTED_ON_THE_WAY = 2000
_TESTS_AN_EPOCH = 4


@dataclass(frozen=True)
class PriorProgress:
    """How far the training of a prior is.

    Attributes:
        what: what is being done, for a progress line.
        share: of it that is done, 0 to 1.
        seconds_left: an estimate, or None before there is one.
        learned: the prior so far, where it was tested just now.
    """

    what: str
    share: float
    seconds_left: float | None = None
    learned: LearnedPrior | None = None


class PriorTrainer:
    """A code prior in training, with everything that it needs; `advance` does some steps.

    Attributes:
        network: the prior.
        step, position: optimizer steps taken, and code maps into the present epoch.
    """

    def __init__(self, train: Tensor, layout: CodeLayout, config: PriorConfig, device: torch.device) -> None:
        """``train``: the code maps N×h×w of the training images, of any integer type."""
        self.config = config
        self.network = CodePrior(layout, config.width, derived_seed(config.seed, "prior")).to(device)
        self._train, self._device = train, device
        self._optimizer = Adam(self.network.parameters())
        self._present = Moments(1, device)
        self._generator = torch.Generator()
        self._generator.manual_seed(derived_seed(config.seed, "prior order"))
        self.step = self.position = 0
        self._order = self._shuffled()

    @property
    def steps(self) -> int:
        """Steps of the whole training."""
        return self.config.epochs * self.steps_an_epoch

    @property
    def steps_an_epoch(self) -> int:
        """Steps of one pass through the code maps."""
        return math.ceil(len(self._train) / _BATCH)

    @property
    def epoch(self) -> float:
        """Passes through the training images' code maps so far."""
        return self.step / self.steps_an_epoch

    @property
    def done(self) -> bool:
        """True once all epochs are over."""
        return self.step >= self.steps

    def advance(self, steps: int) -> int:
        """Takes ``steps`` steps, or fewer where training ends before; returns how many code maps it went through.

        Raises:
            TrainingError: the loss stopped being a number.
        """
        seen, loss = 0, torch.zeros(())
        for _ in range(min(steps, self.steps - self.step)):
            rows = self._order[self.position : self.position + _BATCH]
            self._present.set([Standing(self.epoch, self._optimizer.begin_step(), self._rate())])
            loss = self.network.nll(self._train[rows].to(self._device, torch.long)).mean()
            self._optimizer.clear_gradients()
            loss.backward()  # type: ignore[no-untyped-call]
            (moment,) = self._present.each
            self._optimizer.step(moment.number, moment.rate)
            self.step, self.position, seen = self.step + 1, self.position + len(rows), seen + len(rows)
            if self.position >= len(self._train):
                self.position, self._order = 0, self._shuffled()
        if not math.isfinite(loss.item()):
            raise TrainingError("The prior's loss stopped being a number; train it again with another width.")
        return seen

    @torch.no_grad()
    def nll(self, codes: Tensor) -> float:
        """The sum of −log p over code maps N×h×w, in nats."""
        return float(self.network.nll(codes.to(self._device, torch.long)).sum())

    def _rate(self) -> float:
        along = self.step / self.steps
        fall = 0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * along))
        return _RATE * fall * min(1.0, along / _RISING)

    def _shuffled(self) -> Tensor:
        return torch.randperm(len(self._train), generator=self._generator)


class PriorFit:
    """A prior from beginning to end over a model that rests, bit by bit.

    Attributes:
        learned: the prior as it was tested last, or None before the first test.
    """

    def __init__(
        self, model: Model, dataset: Dataset, config: PriorConfig, step: int, device: torch.device | None = None
    ) -> None:
        """``model`` is in evaluation mode and nobody else's; ``step`` is that of its weights."""
        self.device = device or torch.device("cpu")
        self._model, self._dataset, self._config, self._step = model.to(self.device), dataset, config, step
        self.learned: LearnedPrior | None = None
        self._trainer: PriorTrainer | None = None
        self._test, self._unigram = torch.empty(0), 0.0

    def events(self) -> Iterator[PriorProgress]:
        """Does the work, and reports after every bounded piece of it.

        To pause, take no further event; to stop, close the generator and call `conclude`.

        Raises:
            TrainingError: the prior's loss stopped being a number.
        """
        layout = layout_of(self._model)
        train, self._test = yield from self._encode()
        self._unigram = layout.places * unigram_entropy(self._test, layout.codes)
        self._trainer = trainer = PriorTrainer(train, layout, self._config, self.device)
        devices.use_fast_matrix_products(self.device)
        pace = Pace()
        tests = {math.ceil(part * trainer.steps_an_epoch / _TESTS_AN_EPOCH) for part in range(1, _TESTS_AN_EPOCH + 1)}
        while not trainer.done:
            here = trainer.step % trainer.steps_an_epoch
            steps = min(pace.steps, *(end - here for end in tests if end > here), trainer.steps)
            began = time.perf_counter()
            seen = trainer.advance(steps)
            pace.measured(steps, seen, time.perf_counter() - began)
            left = (trainer.steps - trainer.step) * _BATCH / pace.images_per_s
            yield _progress(trainer, left)
            if (trainer.step % trainer.steps_an_epoch or trainer.steps_an_epoch) in tests and not trainer.done:
                yield from self._take_test(trainer, self._test[:_TESTED_ON_THE_WAY], left)
        yield from self.conclude()

    def conclude(self) -> Iterator[PriorProgress]:
        """Tests what was learned on all test images, after the end or where training was stopped."""
        if self._trainer is not None and self._trainer.step:
            yield from self._take_test(self._trainer, self._test, 0.0)

    def _encode(self) -> Generator[PriorProgress, None, list[Tensor]]:
        maps, total, done = [], len(self._dataset.train) + len(self._dataset.test), 0
        began = time.perf_counter()
        for split in (self._dataset.train, self._dataset.test):
            parts = []
            for codes in code_maps(self._model, split, self._dataset.full_scale, self.device):
                parts.append(codes)
                done += len(codes)
                seconds = time.perf_counter() - began
                yield PriorProgress("Writing the images in codes", done / total, seconds / done * (total - done))
            maps.append(torch.cat(parts))
        return maps

    def _take_test(self, trainer: PriorTrainer, codes: Tensor, seconds_left: float) -> Iterator[PriorProgress]:
        total = 0.0
        for start in range(0, len(codes), _TESTED_AT_ONCE):
            total += trainer.nll(codes[start : start + _TESTED_AT_ONCE])
            yield _progress(trainer, seconds_left)
        figures = PriorFigures(total / len(codes), self._unigram, trainer.network.layout.places)
        network = copy.deepcopy(trainer.network).to("cpu").eval().requires_grad_(False)
        self.learned = LearnedPrior(network, self._config, self._step, trainer.epoch, figures)
        yield _progress(trainer, seconds_left, self.learned)


def _progress(trainer: PriorTrainer, seconds_left: float, learned: LearnedPrior | None = None) -> PriorProgress:
    what = f"Epoch {trainer.epoch:.1f} of {trainer.config.epochs}"
    return PriorProgress(what, trainer.step / trainer.steps, seconds_left, learned)


def layout_of(model: Model) -> CodeLayout:
    """The code maps of a model that has a codebook."""
    shape, codebook = model.shape, model.codebook()
    assert codebook is not None, "asked only of a model that has a codebook"
    with torch.no_grad():
        codes = model.encode(torch.zeros(1, shape.channels, shape.height, shape.width, device=codebook.device)).codes
    assert codes is not None, "a model with a codebook encodes to codes"
    return CodeLayout(codes.shape[1], codes.shape[2], len(codebook))


def code_maps(model: Model, split: Split, full_scale: int, device: torch.device) -> Iterator[Tensor]:
    """The code maps n×h×w (int16, on the CPU) of a split's images, some hundred at a time."""
    for start in range(0, len(split), _ENCODED_AT_ONCE):
        images = torch.from_numpy(split.images[start : start + _ENCODED_AT_ONCE].copy()).to(device)
        with torch.no_grad():
            codes = model.encode(images.float() / full_scale).codes
        assert codes is not None, "asked only of a model that has a codebook"
        yield codes.to("cpu", torch.int16)


def unigram_entropy(codes: Tensor, count: int) -> float:
    """The entropy of how often each of ``count`` codes stands in code maps, nats per code."""
    shares = torch.bincount(codes.flatten().long(), minlength=count).double() / codes.numel()
    return float(-torch.special.xlogy(shares, shares).sum())
