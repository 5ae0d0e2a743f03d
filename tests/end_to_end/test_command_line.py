"""The program without a screen: fit, evaluate, errors, Ctrl-C, resume; also where Qt cannot be imported."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from latentlab.cli import main
from latentlab.core import runs

FAST = ["--data", "digits", "--model", "vae", "--hidden", "32", "--batch-size", "200"]
PICTURES = {"scatter.png", "manifold.png", "reconstructions.png", "pca_vs_vae.png", "curves.png"}
KEYS = {"model", "data", "split", "binarisation", "mse", "neg_elbo", "kl", "knn"}
MORE_KEYS = {"codes_used", "perplexity", "epochs", "images_per_s"}


def test_fit_writes_a_run_that_evaluates_and_resumes(tmp_path, capsys):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert main(["fit", *FAST, "--epochs", "4", "--out", str(whole)]) == 0
    assert {file.name for file in (whole / "figures").iterdir()} == PICTURES
    assert {"config.json", "model.safetensors", "training.safetensors", "history.jsonl", "summary.json"} <= {
        file.name for file in whole.iterdir()
    }
    capsys.readouterr()
    assert main(["evaluate", str(whole), "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert set(figures) >= KEYS | MORE_KEYS
    assert figures["model"] == "vae" and figures["epochs"] == 4 and figures["binarisation"] == "grey"
    assert set(figures["knn"]) == {"1", "5", "15"} and figures["codes_used"] is None
    # Same seed, same numbers.
    assert main(["fit", *FAST, "--epochs", "4", "--out", str(parts)]) == 0
    for name, tensor in runs.load(whole).weights.items():
        assert torch.equal(tensor, runs.load(parts).weights[name])
    # An occupied folder is refused, unless it is gone on with.
    assert main(["fit", *FAST, "--out", str(whole)]) == 2
    assert main(["fit", "--out", str(whole), "--resume", "--epochs", "2"]) == 0
    assert runs.load(whole).numbers["epochs_done"] >= 6


BAD = {
    "unknown model": (["fit", "--model", "gan"], "no model called 'gan'"),
    "unknown data": (["fit", "--data", "mnits"], "mnist"),
    "out of range": (["fit", "--data", "digits", "--epochs", "0"], "Epochs must be between 1 and 100,000"),
    "no number": (["fit", "--data", "digits", "--latent-dim", "two"], "Latent dimension must be a number"),
    "unknown option": (["fit", "--data", "digits", "--layers", "3"], "--layers"),
    "no run": (["evaluate", "/nowhere/at/all"], "not a run folder"),
    "unknown command": (["train"], "train"),
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_usage_is_one_line_and_status_2(kind, capsys):
    arguments, words = BAD[kind]
    try:
        status = main(arguments)
    except SystemExit as stopped:
        status = stopped.code
    errors = capsys.readouterr().err.strip()
    assert status == 2
    assert words in errors and len(errors.splitlines()) == 1


def test_lists(capsys):
    assert main(["models"]) == 0 and main(["datasets"]) == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in ("ae ", "vae ", "vqvae ", "mnist ", "digits ", "cifar10 "))


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C is sent otherwise there")
def test_interrupted_fit_saves_what_was_learned(tmp_path):
    command = [sys.executable, "-m", "latentlab", "fit", *FAST, "--epochs", "5000", "--out", str(tmp_path / "run")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while not (tmp_path / "run" / "config.json").exists() and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "what was learned is saved" in errors and "Traceback" not in errors
    assert runs.load(tmp_path / "run").step > 0


WITHOUT_QT = """
import sys
class NoQt:
    def find_spec(self, name, *_):
        if name.partition(".")[0] in ("PySide6", "shiboken6", "pyqtgraph"):
            raise ImportError(f"{name} is not here")
sys.meta_path.insert(0, NoQt())
from latentlab.cli import main
sys.exit(main(sys.argv[1:]))
"""


def test_fit_runs_where_qt_cannot_be_imported(tmp_path):
    arguments = ["fit", *FAST, "--epochs", "2", "--out", str(tmp_path / "run")]
    subprocess.run([sys.executable, "-c", WITHOUT_QT, *arguments], check=True, capture_output=True)
    assert {file.name for file in (tmp_path / "run" / "figures").iterdir()} == PICTURES
