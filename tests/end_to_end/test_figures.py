"""The figures that the default settings reach on all of MNIST: means of three seeds, by the command line alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from latentlab.cli import main
from latentlab.core.threads import training_threads

SEEDS = (0, 1, 2)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.fixture
def figures(tmp_path, capsys):
    """Trains a model with every seed and returns their summaries, having said what it prints of them."""

    def train(words, *shown):
        summaries = []
        for seed in SEEDS:
            folder = tmp_path / str(seed)
            command = f"fit {words} --seed {seed} --threads {training_threads()} --out {folder}"
            assert main(command.split()) == 0
            summaries.append(json.loads((folder / "summary.json").read_text()))
        with capsys.disabled():
            print(f"\nlatentlab fit {words}, seeds {SEEDS}:")
            for name, unit in shown:
                values = [value(summary, name) for summary in summaries]
                print(f"  {name}: mean {np.mean(values):.5g}, spread {np.std(values, ddof=1):.2g} {unit}")
        return summaries

    return train


def value(summary, name):
    """A figure by its path, e.g. ``knn.15``."""
    for part in name.split("."):
        summary = summary[part]
    return summary


def mean(summaries, name):
    return float(np.mean([value(summary, name) for summary in summaries]))


def test_vae(figures):
    reached = figures(
        "--data mnist --model vae --epochs 10", ("neg_elbo", "nats per image, grey targets"), ("kl", "nats per image")
    )
    assert all(summary["binarisation"] == "grey" for summary in reached)
    assert mean(reached, "neg_elbo") <= 145


def test_autoencoder(figures):
    reached = figures(
        "--data mnist --model ae --epochs 10",
        ("knn.15", "accuracy; PCA's is .451"),
        ("mse", "per pixel; PCA's is .05567"),
    )
    assert mean(reached, "knn.15") >= 0.79


def test_vqvae(figures):
    reached = figures(
        "--data mnist --model vqvae --epochs 3 --grid 7 --codes 256",
        ("mse", "per pixel; PCA-50's is .01149"),
        ("codes_used", "codes"),
        ("perplexity", "codes"),
    )
    assert mean(reached, "mse") <= 0.0045
    assert min(summary["codes_used"] for summary in reached) >= 200
