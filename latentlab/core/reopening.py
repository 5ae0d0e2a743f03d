"""A saved run on this machine: the moment it shows, the device it goes on with, the trainer that takes it up."""

from __future__ import annotations

from dataclasses import replace

from latentlab.core import devices
from latentlab.core.data import Dataset
from latentlab.core.errors import TrainingError
from latentlab.core.fit import Snapshot
from latentlab.core.runs import Run, RunSettings
from latentlab.core.training import Trainer


def moment_of(opened: Run, dataset: Dataset) -> Snapshot:
    """The moment at which the opened run was saved, as training would have published it."""
    numbers = opened.numbers
    if numbers:
        epoch = numbers["epochs_done"] + numbers["position"] / len(dataset.train)
        progress = min(epoch / numbers["goal"], 1.0)
    else:
        epoch, progress = (opened.history[-1].epoch if opened.history else 0.0), 1.0
    return Snapshot(opened.step, epoch, opened.weights, (), progress, 0.0, None)


def on_this_machine(settings: RunSettings) -> RunSettings:
    """``settings``, with the device chosen anew where the one they name is not here."""
    try:
        devices.resolve(settings.training.device)
    except TrainingError:
        return replace(settings, training=replace(settings.training, device="auto"))
    return settings


def restored(opened: Run, settings: RunSettings, dataset: Dataset) -> Trainer:
    """A trainer that goes on exactly where the opened run was saved."""
    trainer = Trainer(dataset, settings.model_name, settings.model, settings.training)
    trainer.load_history(opened.history)
    trainer.load_state(opened.tensors, opened.numbers)
    return trainer
