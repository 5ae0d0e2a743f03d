"""The program against exact oracles: the quality gates' quick cases, those on MNIST in the slow run."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

# On the path for good: the cases are imported where the tests are collected.
sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))

cases = importlib.import_module("quality_gates.cases")
work = importlib.import_module("quality_gates.work")
QUICK = [case for case in importlib.import_module("quality_gates.subjects").CASES if case.quick]
# On the digits most take seconds; MNIST's cases take up to minutes.
SLOW = {
    "floor_vqvae",
    "grid_digits",
    "linear_ae_digits_20",
    "linear_vae_digits_2",
    "linear_vae_digits_10",
    "linear_vae_digits_20",
}
FAST = {"bounds_mnist"} | {case.name for case in QUICK if "mnist" not in case.name} - SLOW


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=[] if case.name in FAST else pytest.mark.slow, id=case.name) for case in QUICK]
)
def test_oracle(case, tmp_path):
    ((_, rows),) = cases.measure([case], work.Work(tmp_path))
    if "is not on this machine" in rows[0].note:
        pytest.skip(rows[0].note)
    assert [row.in_words() for row in rows if not row.holds] == []


def test_the_oracles_are_there():
    names = {gate.name for case in QUICK for gate in case.gates}
    asked = {
        *(f"pca_mnist_{count}" for count in (2, 10, 20, 30, 50)),
        *(f"pca_knn_mnist_{k}" for k in (1, 5, 15)),
        "mean_image_mnist",
        "pixel_entropy_mnist",
        "independent_pixels_mnist",
        *(f"linear_ae_mnist_{count}_error" for count in (2, 10, 20, 30, 50)),
        "linear_ae_digits_10_error",
        "linear_ae_digits_10_subspace",
        "linear_vae_digits_2",
        "linear_vae_digits_10",
        "linear_vae_digits_20",
        "linear_vae_mnist_2",
        "linear_vae_mnist_20",
        *(f"above_entropy_mnist_{model}" for model in ("vae", "beta_vae", "cvae")),
        *(f"below_pixels_mnist_{model}" for model in ("vae", "beta_vae", "cvae")),
        "grid_150_converged_mnist",
        "grid_below_is_mnist",
        "is_below_bound_mnist",
    }
    assert asked <= names
