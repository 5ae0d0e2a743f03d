"""A GPU server has no Qt: everything that needs no window must work where Qt cannot be imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

WITHOUT_QT = """
import importlib.abc, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("PySide6", "shiboken6", "pyqtgraph"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""


def without_qt(code, *words):
    command = [sys.executable, "-c", WITHOUT_QT + code, *map(str, words)]
    # A display, so that nothing but Qt is missing.
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"DISPLAY": ":0"})


def command(*words):
    return without_qt("from latentlab.cli import main; sys.exit(main(sys.argv[1:]))", *words)


def test_qt_is_really_absent():
    assert without_qt("import PySide6").returncode != 0


def test_trains_draws_and_evaluates(tmp_path):
    words = "fit --data digits --model vae --epochs 1 --hidden 16 --threads 1 --out"
    done = command(*words.split(), tmp_path)
    assert done.returncode == 0, done.stderr
    pictures = {picture.name for picture in (tmp_path / "figures").iterdir()}
    views = {"curves", "manifold", "pca_vs_vae", "reconstructions", "samples", "scatter"}
    assert pictures == {f"{view}.png" for view in views}
    assert all((tmp_path / "figures" / name).read_bytes().startswith(b"\x89PNG") for name in pictures)
    evaluated = command("evaluate", tmp_path, "--json")
    assert evaluated.returncode == 0, evaluated.stderr
    assert json.loads(evaluated.stdout)["neg_elbo"] > 0


def test_every_module_of_the_core_and_the_commands_imports():
    code = """
import importlib, pkgutil
import latentlab.core, latentlab.commands
for package in (latentlab.core, latentlab.commands):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
"""
    done = without_qt(code)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("words", [[], ["open", "run"]])
def test_a_window_is_refused_in_one_line(words):
    done = command(*words)
    assert done.returncode == 2
    assert done.stderr == (
        "latentlab: The window cannot open here (No module named 'PySide6'); latentlab fit works without one.\n"
    )
