"""A fork: a run goes on under another name, with other settings, from a moment that it has reached."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from latentlab.core.errors import OptionError
from latentlab.core.history import HistoryRow
from latentlab.core.models import ImageShape
from latentlab.core.options import describe
from latentlab.core.run import Origin, Run, RunSettings


def forked(parent: Run, settings: RunSettings, origin: Origin, images: int) -> Run:
    """The first moment of a run that goes on from ``parent`` with other ``settings``.

    With the same settings it goes on exactly as ``parent`` would have.

    Args:
        images: in an epoch, for how far the goal moves with the number of epochs.

    Raises:
        OptionError: a setting differs that a run cannot change once it has begun.
    """
    check_may_change(parent.settings, settings)
    numbers = dict(parent.numbers)
    more = settings.training.epochs - parent.settings.training.epochs
    epoch = numbers["epochs_done"] + numbers["position"] / images
    if more:
        numbers["goal"] = max(epoch, numbers["goal"] + more)
    # A prior learned over the parent's codes is the child's too, until its weights move.
    return replace(parent, settings=settings, numbers=numbers, title="", origin=origin)


def forked_from_weights(
    settings: RunSettings,
    shape: ImageShape,
    weights: dict[str, Tensor],
    history: Sequence[HistoryRow],
    origin: Origin,
    images: int,
) -> Run:
    """As `forked`, from a moment of which only the weights are left: the optimizer and the noise start afresh.

    Args:
        weights: the model's state dict at ``origin.step``.
        history: the parent's rows; those after that step are left behind.
        images: in an epoch.
    """
    epochs_done = int(origin.epoch)
    numbers = {
        "step": origin.step,
        "epochs_done": epochs_done,
        "position": round((origin.epoch - epochs_done) * images),
        "phase_start": 0.0,
        "goal": max(origin.epoch, float(settings.training.epochs)),
        "seconds": max((row.seconds for row in history if row.step <= origin.step), default=0.0),
    }
    tensors = {f"model.{name}": tensor for name, tensor in weights.items()}
    rows = tuple(row for row in history if row.step <= origin.step)
    return Run(settings, shape, tensors, numbers, dict(weights), rows, origin=origin)


def check_may_change(before: RunSettings, after: RunSettings) -> None:
    """Makes sure that a run with the settings ``before`` may go on with ``after``.

    Raises:
        OptionError: it may not; the sentence names the setting.
    """
    if before.model_name != after.model_name or before.data != after.data:
        raise OptionError("A run goes on with its own model and data; train a new run for others.")
    for old, new in ((before.model, after.model), (before.training, after.training)):
        _check(old, new)


def _check(old: Any, new: Any) -> None:
    for setting in describe(old):
        if not setting.retunable and getattr(old, setting.name) != getattr(new, setting.name):
            raise OptionError(f"{setting.label} cannot change in a run that goes on; train a new run instead.")


def shared_rows(one: Sequence[HistoryRow], other: Sequence[HistoryRow]) -> int:
    """How many rows two histories have in common before they part, as those of a fork and its parent do."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        # Where they agree at a row, they do at all before it: they were one run.
        low, high = (middle, high) if one[middle - 1] == other[middle - 1] else (low, middle - 1)
    return low
