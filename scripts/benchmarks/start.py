"""From the command to a frame on the screen, to a window whose Train answers, to PCA of MNIST in its scatter.

What is measured is the program as users start it, in a process of its own: X is asked from outside for its first
frame, and its own log says when the rest was reached. It takes turns with a bare process that imports the same.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from benchmarks.rows import Row, at_most, not_measured, times_as_fast
from latentlab.gui.start_log import PLACED, USABLE

_ROUNDS = 7
_PATIENCE = 30.0
_POLL = 0.01
_ROOT = Path(__file__).resolve().parents[2]
# What anything with a window and a model imports. It ends where it has imported, without tidying up.
_BARE = "import torch, PySide6.QtWidgets, pyqtgraph; print(flush=True); import os; os._exit(0)"


@dataclass(frozen=True)
class _Start:
    """Seconds from the command until each was reached."""

    frame: float
    usable: float
    placed: float


def start() -> list[Row]:
    """First frame, Train that answers, and PCA in the scatter; medians."""
    if shutil.which("xdotool") is None:
        why = "xdotool is not installed"
        names = (("start_frame", 1.0), ("start_usable", 1 / 1.3), ("start_pca", 1.0))
        return [not_measured(name, "s", goal, why) for name, goal in names]
    _bare(), _start()  # from here on every file is in memory
    bare, starts = [], []
    for _ in range(_ROUNDS):
        bare.append(_bare())
        starts.append(_start())
    frame = statistics.median(each.frame for each in starts)
    usable = statistics.median(each.usable for each in starts)
    pca = statistics.median(each.placed - each.usable for each in starts)
    against = "a process that imports torch, PySide6.QtWidgets and pyqtgraph"
    return [
        at_most("start_frame", "s", frame, 0.5),
        times_as_fast("start_usable", "s", usable, statistics.median(bare), 1 / 1.3, against),
        at_most("start_pca", "s", pca, 2.0, "the bound, from then on"),
    ]


def _bare() -> float:
    """Seconds until the libraries are imported."""
    began = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", _BARE], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        return time.perf_counter() - began


def _start() -> _Start:
    """Starts the program as at its first time, and ends it."""
    with tempfile.TemporaryDirectory() as home:
        began = time.time()
        with _running(home) as process:
            while not _shows_a_window(process.pid):
                _wait_for(process, began)
            frame = time.time() - began
            while PLACED not in (times := _logged(Path(home))):
                _wait_for(process, began)
    return _Start(frame, times[USABLE] - began, times[PLACED] - began)


@contextmanager
def _running(home: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "latentlab"]
    # As users have it, who start it more than once: Python keeps what it has compiled.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    variables["LATENTLAB_HOME"] = home
    process = subprocess.Popen(command, cwd=_ROOT, env=variables, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _wait_for(process: subprocess.Popen[bytes], began: float) -> None:
    if process.poll() is not None or time.time() > began + _PATIENCE:
        sys.exit("the program did not start")
    time.sleep(_POLL)


def _shows_a_window(process: int) -> bool:
    """Whether a window of the process is mapped on the screen."""
    command = ["xdotool", "search", "--onlyvisible", "--pid", str(process)]
    return bool(subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip())


def _logged(home: Path) -> dict[str, float]:
    """What the program's log says, and when (seconds since 1970)."""
    times = {}
    log = home / "latentlab.log"
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else ():
        # 2026-01-31 12:34:56,789 INFO latentlab.gui.app: what happened
        head, _, message = line.partition(": ")
        stamp = " ".join(head.split()[:2])
        times[message] = datetime.strptime(stamp, "%Y-%m-%d %H:%M:%S,%f").timestamp()
    return times
