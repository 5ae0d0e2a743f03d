"""The command line for tests: `latentlab fit` on the small digits, in this process or in one of its own."""

from __future__ import annotations

import subprocess
import sys

from latentlab.cli import main

SMALL = {
    "linear_ae": [],
    "ae": ["--hidden", "32"],
    "dae": ["--hidden", "32", "--corruption", "salt_and_pepper", "--level", "0.1"],
    "vae": ["--hidden", "32", "--latent-dim", "3", "--binarisation", "fresh"],
    "linear_vae": [],
    "beta_vae": ["--hidden", "32", "--pressure", "capacity", "--decoder", "gaussian_learned"],
    "cvae": ["--hidden", "32"],
    "vqvae": ["--channels", "8", "--grid", "2", "--codes", "16", "--latent-dim", "4"],
}
KEYS = {
    "model", "data", "split", "binarisation", "mse", "neg_elbo", "kl", "knn", "codes_used", "perplexity", "epochs",
    "images_per_s",
}  # fmt: skip


def fit(*words, model="ae", out):
    given = ["fit", "--data", "digits", "--threads", "1", "--out", str(out)]
    return main([*given, "--model", model, *SMALL[model], *words])


def one_line(text):
    assert text.count("\n") == 1 and text.startswith("latentlab: "), text
    return text.removeprefix("latentlab: ").rstrip()


def process(*words, **options):
    """`latentlab` in a process of its own."""
    command = [sys.executable, "-m", "latentlab", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)
