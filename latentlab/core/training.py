"""Training: a `Trainer` that holds all that going on needs, and `fit`, a thin loop that yields events."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from latentlab.core import branches, devices, precision
from latentlab.core.adam import Adam
from latentlab.core.data import Dataset
from latentlab.core.errors import TrainingError
from latentlab.core.feeds import as_tensor, feed_for
from latentlab.core.history import HistoryRow, RunningMean
from latentlab.core.models import ImageShape, create
from latentlab.core.moments import Moment, Standing
from latentlab.core.replay import Batch, Body, Record, Steps, cuda_graph, parted
from latentlab.core.seeds import derived_seed
from latentlab.core.training_config import TrainingConfig

_TEST_BATCH = 500
_PREPARE_IMAGES = 1024
# Of the images that steps taken at once have between them, all in memory as float32.
_AT_ONCE_NUMBERS = 1 << 24
# Of images that are fetched for several steps, so that they stay in a processor's cache.
_FETCHED_NUMBERS = 1 << 18
# Far beyond what another weight of the KL, say, makes of a loss.
_EXPLOSION = 1e4


class Trainer:
    """A model in training, with everything that continuing needs.

    ``load_state`` of ``state()`` and going on equals never having stopped (bitwise on a CPU).

    Attributes:
        step: optimizer steps taken.
        epochs_done, position: whole passes through the training images, and images into the present one.
        goal: the epoch at which training is done.
        seconds: time spent on steps.
        history: every row so far.
        before_step: called before each step, or each few that are replayed at once; it may wait for others.
    """

    def __init__(self, dataset: Dataset, model_name: str, model_config: Any, config: TrainingConfig) -> None:
        self.dataset, self.model_name, self.config = dataset, model_name, config
        self.device = devices.resolve(config.device)
        self.shape = ImageShape(*dataset.shape, dataset.classes)
        fast = config.precision == "fast"
        devices.use_fast_matrix_products(self.device, fast)
        self._rounds = fast and precision.gains(self.device)
        with devices.memory_in_words("fewer training images, a smaller model"):
            self.model = create(model_name, model_config, self.shape, config.seed).to(self.device)
            self.feed = feed_for(dataset.train, config.seed, self.device)
        self.noise = torch.Generator(self.device)
        self.noise.manual_seed(derived_seed(config.seed, "noise"))
        self.optimizer = Adam(self.model.parameters())
        self._one = torch.ones((), device=self.device)
        self._stream = devices.new_stream(self.device)
        self.record_steps(None if self._stream is None else cuda_graph(self._stream, self.noise))
        self.step = 0
        self.epochs_done, self.position = 0, 0
        self.phase_start, self.goal = 0.0, float(config.epochs)
        self.history: list[HistoryRow] = []
        self.seconds = 0.0
        self.before_step: Callable[[], None] = _at_once
        self._means = RunningMean()
        self._first_loss: float | None = None
        self._rows_taken = 0

    @property
    def epoch(self) -> float:
        """Passes through the training images so far."""
        return self.epochs_done + self.position / len(self.feed)

    @property
    def done(self) -> bool:
        """True once the goal is reached."""
        return self.epoch >= self.goal

    @property
    def awaits_test(self) -> bool:
        """True at the end of an epoch whose test figures are not there yet."""
        tested = next((row.step for row in reversed(self.history) if row.split == "test"), 0)
        return self.position == 0 and self.step > tested

    def extend(self) -> None:
        """Sets the goal another ``config.epochs`` further; the learning rate's schedule begins anew."""
        self.phase_start = self.epoch
        self.goal = math.floor(self.epoch) + float(self.config.epochs)

    def retune(self, config: TrainingConfig) -> None:
        """Takes other settings for the steps to come; the goal moves with the number of epochs.

        The seed stays as it was, and so do device and precision.
        """
        config = replace(config, seed=self.config.seed, device=self.config.device, precision=self.config.precision)
        self.goal = max(self.epoch, self.goal + config.epochs - self.config.epochs)
        if config.batch_size != self.config.batch_size:
            self._steps.forget()
        self.config = config

    def learning_rate(self) -> float:
        """Adam's step size at the present step."""
        return self._rate_at(self.epoch)

    def _rate_at(self, epoch: float) -> float:
        along = (epoch - self.phase_start) / max(self.goal - self.phase_start, 1e-9)
        if self.config.schedule == "cosine":
            factor = 0.02 + 0.98 * 0.5 * (1.0 + math.cos(math.pi * min(along, 1.0)))
        elif self.config.schedule == "step":
            factor = 1.0 if along < 0.7 else 0.2
        else:
            factor = 1.0
        return self.config.learning_rate * factor

    def advance(self, steps: int) -> None:
        """Takes up to ``steps`` optimizer steps, fewer where the goal or an epoch's end comes first.

        Raises:
            TrainingError: the loss or a weight is no longer finite, the loss is more than ten thousand times what
                training began with, or the device is out of memory.
        """
        if not self.model.training:
            self.model.train()
        began = time.perf_counter()
        words = f"a batch smaller than {self.config.batch_size:,}"
        with devices.memory_in_words(words), devices.on_stream(self._stream):
            if self.step == 0:
                self._prepare()
            left = min(steps, self.steps_left_in_epoch)
            while left and not self.done:
                left -= self._take(left)
            # A finite loss may already have spoilt the weights, and they are what gets saved. Looking waits for the
            # device: once for all these steps.
            figures, weights_are_sound = self._means.so_far(), self.is_sound()
        self.seconds += time.perf_counter() - began
        if not (weights_are_sound and all(map(math.isfinite, figures.values()))):
            raise TrainingError(
                f"The loss stopped being a number at step {self.step:,}; a smaller learning rate may help."
            )
        if figures and self._explodes(figures["total"]):
            raise TrainingError(
                f"The loss grew to {figures['total']:,.3g} by step {self.step:,}; a smaller learning rate may help."
            )

    def _explodes(self, loss: float) -> bool:
        """Whether the loss is out of all proportion to what training began with: it learns nothing any more."""
        if self._first_loss is None:
            self._first_loss = self.history[0].figures.get("total", loss) if self.history else loss
        return loss > _EXPLOSION * max(abs(self._first_loss), 1.0)

    @property
    def steps_an_epoch(self) -> int:
        """Steps of a whole epoch."""
        return math.ceil(len(self.feed) / self.config.batch_size)

    @property
    def steps_left_in_epoch(self) -> int:
        """Steps to the end of the present epoch, at least 1."""
        return math.ceil((len(self.feed) - self.position) / self.config.batch_size)

    def take_train_row(self) -> HistoryRow | None:
        """Closes the running means of the training objective into a history row; None where no step was taken."""
        figures = self._means.take()
        if not figures:
            return None
        row = HistoryRow(self.step, self.epoch, "train", figures, self.seconds)
        self.history.append(row)
        return row

    def take_new_rows(self) -> tuple[HistoryRow, ...]:
        """The history rows since the last call."""
        rows = tuple(self.history[self._rows_taken :])
        self._rows_taken = len(self.history)
        return rows

    def load_history(self, rows: tuple[HistoryRow, ...]) -> None:
        """Sets the rows of an opened run; they count as taken."""
        self.history = list(rows)
        self._rows_taken = len(rows)

    def test(self) -> Iterator[HistoryRow | None]:
        """Evaluates the test split, yielding None after each batch and at last the row, which joins the history.

        The random numbers are the same at every call, so that figures of different epochs compare; training's own
        are not touched.
        """
        self.model.eval()
        generator = torch.Generator(self.device)
        generator.manual_seed(derived_seed(self.config.seed, "test"))
        split, means = self.dataset.test, RunningMean()
        for start in range(0, len(split), _TEST_BATCH):
            images = as_tensor(split.images[start : start + _TEST_BATCH]).to(self.device)
            labels = None
            if split.labels is not None:
                labels = as_tensor(split.labels[start : start + _TEST_BATCH]).to(self.device)
            with torch.no_grad():
                objective = self.model.objective(self._scaled(images), labels, generator)
            means.add(objective.total.detach(), objective.terms, len(images), objective.uses)
            yield None
        row = HistoryRow(self.step, self.epoch, "test", means.take(), self.seconds)
        self.history.append(row)
        yield row

    def is_sound(self) -> bool:
        """True where every weight is finite."""
        # A norm is finite only where all numbers are, and costs a tenth of the largest magnitude; one call for all,
        # since each gives the interpreter's lock away.
        with torch.no_grad():
            values = (*self.model.parameters(), *self.model.buffers())
            norms = torch._foreach_norm([value for value in values if value.is_floating_point()])
            return bool(torch.isfinite(torch.stack(norms)).all())

    def weights(self) -> dict[str, Tensor]:
        """A copy of the model's state dict on the CPU."""
        return {name: tensor.detach().to("cpu", copy=True) for name, tensor in self.model.state_dict().items()}

    def state(self) -> tuple[dict[str, Tensor], dict[str, float]]:
        """All that continuing needs, as tensors (copies, on the CPU) and numbers."""
        tensors = {f"model.{name}": tensor for name, tensor in self.weights().items()}
        tensors |= {f"optimizer.{name}": tensor for name, tensor in self.optimizer.state().items()}
        tensors["noise"] = self.noise.get_state().clone()
        means = self._means.state()
        numbers = {
            "step": self.step,
            "epochs_done": self.epochs_done,
            "position": self.position,
            "phase_start": self.phase_start,
            "goal": self.goal,
            "seconds": self.seconds,
            **{f"mean.{name}": value for name, value in means.items()},
        }
        return tensors, numbers

    def load_state(self, tensors: dict[str, Tensor], numbers: dict[str, float]) -> None:
        """Takes up where `state` was called.

        Raises:
            TrainingError: the state does not fit this model.
        """
        try:
            self.model.load_state_dict(_part(tensors, "model."))
            self.optimizer.load_state(_part(tensors, "optimizer."))
            self._steps.forget()
            self.step = int(numbers["step"])
            self.epochs_done, self.position = int(numbers["epochs_done"]), int(numbers["position"])
            self.phase_start, self.goal = float(numbers["phase_start"]), float(numbers["goal"])
            self.seconds = float(numbers["seconds"])
            self._means.load(_part(numbers, "mean."))
            self.history = [row for row in self.history if row.step <= self.step]
            self._rows_taken = min(self._rows_taken, len(self.history))
        except (KeyError, RuntimeError, ValueError) as error:
            raise TrainingError(f"The saved training state does not fit this model: {error}.") from error
        noise = tensors.get("noise")
        # A state saved on another kind of device has a generator state of another size; training then goes on with
        # fresh noise, which is as good but not the same.
        if noise is not None and noise.numel() == self.noise.get_state().numel():
            self.noise.set_state(noise)

    def record_steps(self, record: Record | None) -> None:
        """Has steps recorded once and replayed (None: never); on an NVIDIA GPU they are unless told otherwise."""

        def guarded(body: Body) -> Body:
            assert record is not None
            state = self.noise.get_state()
            try:
                return record(body)
            except Exception:
                # A generator whose recording was broken off draws nothing any more.
                self.noise = torch.Generator(self.device)
                self.noise.set_state(state)
                raise

        self._steps = Steps(self._batch, self._optimise, self.device, None if record is None else guarded)

    def _prepare(self) -> None:
        rows = self.feed.rows(0, 0, min(_PREPARE_IMAGES, self.feed.most_rows))
        with torch.no_grad():
            self.model.prepare(self._scaled(self.feed.images.index_select(0, rows)), self.noise)

    def _take(self, most: int) -> int:
        """Takes a step, or as many as are best taken at once where that is no more than ``most``; returns how many."""
        several = self._several(most)
        rows = self.feed.rows(self.epochs_done, self.position, several * self.config.batch_size)
        if self._steps.records:
            self.before_step()
            self._steps(rows, [self._stand(number) for number in range(several)])
            self._count(len(rows), several)
        else:
            for batch in parted(self._batch(rows), several):
                self.before_step()
                self._steps.take(batch, self._stand())
                self._count(len(batch[0]), 1)
        return several

    def _several(self, most: int) -> int:
        """How many of up to ``most`` steps are taken with one call, or where that is not recorded, on images that are
        fetched with one: each call gives the interpreter's lock away.
        """
        left, size = len(self.feed) - self.position, self.config.batch_size
        numbers = size * self.shape.pixels
        # A goal lies within an epoch where a training was to end at once and then goes on.
        to_goal = math.ceil((self.goal - self.epoch) * len(self.feed) / size - 1e-6)
        most = min(most, left // size, to_goal) if self.feed.is_resident else 1
        if not self._steps.records:
            return max(1, min(most, _FETCHED_NUMBERS // numbers))
        several = self._steps.at_once(size)
        return several if several <= most and several * numbers <= _AT_ONCE_NUMBERS else 1

    def _stand(self, number: int = 0) -> Standing:
        """Where training stands ``number`` steps from now; the optimizer counts it."""
        epoch = self.epochs_done + (self.position + number * self.config.batch_size) / len(self.feed)
        return Standing(epoch, self.optimizer.begin_step(), self._rate_at(epoch))

    def _count(self, images: int, steps: int) -> None:
        self._means.count(images)
        self.step += steps
        self.position += images
        if self.position >= len(self.feed):
            self.epochs_done, self.position = self.epochs_done + 1, 0

    def _batch(self, rows: Tensor) -> Batch:
        """The images at ``rows`` as the model takes them, and their labels where it takes those."""
        labels = None
        if self.feed.labels is not None and self.model.capabilities.conditional:
            labels = self.feed.labels.index_select(0, rows)
        return self._scaled(self.feed.images.index_select(0, rows)), labels

    def _optimise(self, batch: Batch, moment: Moment) -> None:
        """A step's work for the device: nothing here waits for it or asks it anything."""
        x, labels = batch
        branches.mark(self._one)
        self.model.begin_step(moment.epoch)
        with precision.rounded(self._rounds):
            objective = self.model.objective(x, labels, self.noise)
        self.optimizer.clear_gradients()
        # What autograd saved goes with `objective`. It would free it as it comes by, each time with the interpreter's
        # lock: fourteen times in a small model's way back, the longest stretch of a step that does without. What is
        # recorded on a GPU holds no lock, but memory.
        # A recording has the one that it begins with before. But given one, torch imports SymPy, only to compare two
        # shapes: a third of a second at the first step, and 50 MB.
        begin = self._one if branches.offered(self.device) else None
        objective.total.backward(begin, retain_graph=self.device.type == "cpu")  # type: ignore[no-untyped-call]
        uses = [] if objective.uses is None else [objective.uses]
        with branches.after(objective.total, *objective.terms.values(), *uses):
            self._means.add_sums(objective.total.detach(), objective.terms, len(x), objective.uses)
        self.optimizer.step(moment.number, moment.rate)
        branches.join(self.device)

    def _scaled(self, images: Tensor) -> Tensor:
        return images / self.dataset.full_scale


def _at_once() -> None:
    """Nobody is waited for."""


def _part(values: dict[str, Any], prefix: str) -> dict[str, Any]:
    return {name[len(prefix) :]: value for name, value in values.items() if name.startswith(prefix)}
