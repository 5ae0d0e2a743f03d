"""``latentlab evaluate`` as a user has it: one object, or words."""

from __future__ import annotations

import json

import pytest

from latentlab.cli import main
from tests.end_to_end.commands import KEYS, fit

pytestmark = pytest.mark.usefixtures("one_thread")


def test_prints_one_object(fitted, tmp_path, capsys):
    fitted("--epochs", "2", model="vqvae", out=tmp_path)
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert set(figures) >= KEYS
    assert figures["settings"]["model"]["codes"] == 16 and figures["settings"]["training"]["epochs"] == 2
    assert (figures["neg_elbo"], figures["kl"], figures["binarisation"]) == (None, None, None)
    assert 1 <= figures["codes_used"] <= 16 and figures["perplexity"] >= 1
    assert set(figures["knn"]) == {"1", "5", "15"}
    summary = json.loads((tmp_path / "summary.json").read_text())
    # The summary of a training leaves out what takes longer.
    more = figures.pop("figures")
    assert summary["figures"] == [figure for figure in more if figure in summary["figures"]]
    assert {"linear_probe", "trustworthiness"} <= {figure["name"] for figure in more}
    assert {key: summary[key] for key in figures} == figures


def test_every_figure_has_what_it_takes_to_judge_it(fitted, tmp_path, capsys):
    fitted("--epochs", "2", model="vae", out=tmp_path)
    capsys.readouterr()
    words = "--json --importance-samples 20 --likelihood-images 50"
    assert main(["evaluate", str(tmp_path), *words.split()]) == 0
    figures = json.loads(capsys.readouterr().out)
    named = {figure["name"]: figure for figure in figures["figures"]}
    assert {"neg_elbo", "reconstruction", "kl", "nll_importance", "active_units", "mse"} <= set(named)
    assert named["neg_elbo"]["value"] == figures["neg_elbo"] and named["neg_elbo"]["standard_error"] > 0
    assert named["nll_importance"]["note"] == (
        "importance sampling, 20 samples; freshly binarised targets, 50 test images"
    )
    assert len(figures["latents"]) == 3 and set(figures["latents"][0]) >= {"kl", "variance", "active"}
    assert all(set(each) == {"name", "severity", "sentence", "remedy"} for each in figures["diagnosis"])


def test_samples_and_seed(fitted, tmp_path, capsys):
    fitted("--epochs", "2", model="vae", out=tmp_path)

    def bound(*words):
        capsys.readouterr()
        assert main(["evaluate", str(tmp_path), "--json", *words]) == 0
        return json.loads(capsys.readouterr().out)["neg_elbo"]

    assert bound() == bound("--samples", "5", "--seed", "0")
    assert len({bound(), bound("--seed", "1"), bound("--samples", "6")}) == 3


def test_in_words(fitted, tmp_path, capsys):
    fitted("--epochs", "2", model="vae", out=tmp_path)
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("vae on digits, step 24, 360 test images:\n")
    assert "\n  Latent dimension 3 · Network MLP · Hidden units 32 · " in said
    assert "nats per image  (freshly binarised targets, 5 samples, 360 test images)" in said
    assert " ± " in said and "15-NN, plane" in said and "KL per latent, in nats" in said


def test_what_is_wrong_is_said_with_its_remedy(tmp_path, capsys):
    assert fit("--epochs", "1", "--learning-rate", "1e-7", model="vae", out=tmp_path) == 0
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path)]) == 0
    assert "\nError: The posterior has collapsed" in capsys.readouterr().out
