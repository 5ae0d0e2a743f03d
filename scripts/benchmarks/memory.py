"""The most memory that a training window takes, beside a process that only imports the same and holds MNIST."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from benchmarks.rows import Row, not_measured, times_as_fast
from benchmarks.stage import ROOT, Stage

_SECONDS = 20.0
# Linux's own figure of this very program: a process's ru_maxrss begins with that of the one that started it.
_STATUS = Path("/proc/self/status")
# The libraries that a training window has loaded by then, by name, and MNIST as the program holds it.
_BARE = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
from latentlab.core import catalogue
dataset = catalogue.load("mnist")
print(open("/proc/self/status").read())
"""
_LIBRARIES = (
    "torch",
    "PySide6.QtWidgets",
    "PySide6.QtSvg",
    "pyqtgraph",
    "numpy",
    "scipy.linalg",
    "sklearn.neighbors",
)


def window() -> list[Row]:
    """Peak memory of a window that trains the default model on MNIST for a while, with all its panels."""
    if not _STATUS.exists():
        return [not_measured("memory_window", "MB", 1 / 1.5, "only Linux tells the peak of a process")]
    stage = Stage(1600, 1000)
    # The default model and data, as the form shows them, for longer than we look.
    stage.choose(stage.window.experiment.settings().model_name, epochs=1000)
    stage.window.experiment.training_bar.train.click()
    stage.wait(lambda: stage.window.control.newest is not None)
    stage.run(_SECONDS)
    ours = _peak(_STATUS.read_text())
    loaded = [name for name in _LIBRARIES if name in sys.modules]
    stage.close()
    answer = subprocess.run(
        [sys.executable, "-c", _BARE, *loaded], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    against = "a process that imports the same libraries and holds MNIST"
    return [times_as_fast("memory_window", "MB", ours, _peak(answer.stdout), 1 / 1.5, against)]


def _peak(status: str) -> float:
    """The greatest resident memory of a process, in MB, by its status."""
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    if found is None:
        raise ValueError("the status of the process does not say its peak")
    return int(found[1]) / 1024
