"""Runs on data of the user's own, which move and change."""

from __future__ import annotations

import numpy as np

from latentlab.core import catalogue, runs
from latentlab.core.data import DataConfig, select
from latentlab.core.exploration import Exploration
from latentlab.core.models import model_info
from latentlab.core.options import build
from latentlab.core.run import Run
from latentlab.core.training import Trainer
from latentlab.core.training_config import TrainingConfig


def write_npz(file, count=60, side=6, classes=2, seed=0):
    """An .npz file of noise; returns it."""
    generator = np.random.default_rng(seed)
    images = generator.integers(0, 256, (count, side, side), dtype=np.uint8)
    np.savez(file, images=images, labels=np.arange(count) % classes)
    return file


def save_trained_on(place, folder, steps=3, exploration=None, **data):
    """Saves a small autoencoder that was trained on what lies at ``place``; returns its folder."""
    config, data = build(model_info("ae").config, {"hidden": 8}), DataConfig(str(place), **data)
    dataset = select(catalogue.load(data.name), data)
    trainer = Trainer(dataset, "ae", config, TrainingConfig(epochs=2, batch_size=8, device="cpu"))
    trainer.advance(steps)
    runs.save(Run.of(trainer, data, config, exploration or Exploration()), folder)
    return folder
