#!/usr/bin/env python3
"""Measures how fast LatentLab is, beside a limit or a peer, on this machine.

    python3 scripts/bench.py [--only NAME] [--json]

A row a gate: what was measured, against what, and whether the goal is met (a ratio of at least 1). The machine may be
shared, so every figure is a median of several runs.
"""

import _python

_python.exit_if_too_old()

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Row:
    """One gate.

    Attributes:
        name: stable.
        unit: of ``ours`` and ``reference``.
        ours: what was measured here.
        against: what it is compared with.
        reference: that one's figure.
        ratio: at least ``goal`` where the gate holds.
        goal: the least ratio.
        holds: whether it does.
    """

    name: str
    unit: str
    ours: float
    against: str
    reference: float
    ratio: float
    goal: float
    holds: bool


def at_most(name: str, unit: str, ours: float, bound: float, against: str) -> Row:
    """A row for a figure that must not be greater than ``bound``."""
    ratio = bound / ours
    return Row(name, unit, ours, against, bound, ratio, 1.0, ratio >= 1.0)


def first_move(repeats: int = 5) -> Row:
    """Seconds from the click on Train to the first new picture of the scatter, after at least 20 steps (MLP VAE)."""
    import time

    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest
    from screenshots import Stage

    stage = Stage(1600, 1000)
    window, seconds = stage.window, []
    for _ in range(repeats):
        button = window.experiment.training_bar.train
        moved: list[float] = []

        def note_picture(moved: list[float] = moved) -> None:
            # The first picture whose positions come from the model's weights rather than from PCA.
            if window.session.step >= 20 and window.session.placed is not None:
                moved.append(time.perf_counter())

        connection = window.scatter.points.drawn.connect(note_picture)
        began = time.perf_counter()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        while not moved:
            stage.application.processEvents()
            time.sleep(0.001)
            if time.perf_counter() - began > 30:
                raise TimeoutError("the scatter did not move")
        seconds.append(moved[0] - began)
        window.scatter.points.drawn.disconnect(connection)
        window.control.rest()
        stage.wait(lambda: window.control.state == "resting")
        window.control.close()
        window.control.load_data(window.experiment.settings().data, window.experiment.view_config())
        stage.wait(lambda: window.session.source_title == "PCA" and window.session.placed is not None)
    window.close()
    return at_most("first_move", "s", statistics.median(seconds), 1.0, "the bound of 1 s")


BENCHES: dict[str, Callable[[], Row]] = {"first_move": first_move}


def main() -> int:
    """Measures each row in a process of its own; returns 1 where a gate does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=sorted(BENCHES), help="measure one row")
    parser.add_argument("--json", action="store_true", help="print a list of rows")
    parser.add_argument("--row", choices=sorted(BENCHES), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.row:
        print(json.dumps(asdict(BENCHES[arguments.row]())))
        return 0
    rows = measure([arguments.only] if arguments.only else list(BENCHES))
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        for row in rows:
            verdict = f"ratio {row.ratio:.2f} of {row.goal:g}: {'holds' if row.holds else 'FALLS SHORT'}"
            print(f"{row.name}: {row.ours:.3g} {row.unit}, {row.against}; {verdict}")
    return 0 if all(row.holds for row in rows) else 1


def measure(names: list[str]) -> list[Row]:
    """The rows called ``names``, on a virtual screen."""
    from _environment import Environment
    from _screen import can_show, virtual_screen

    environment = Environment()
    environment.prepare()
    if not can_show():
        sys.exit("A virtual screen is needed to measure the window.")
    rows = []
    with virtual_screen("1920x1200") as variables:
        for name in names:
            with tempfile.TemporaryDirectory() as home:
                answer = subprocess.run(
                    [str(environment.python), __file__, "--row", name],
                    env=os.environ | variables | {"LATENTLAB_HOME": home},
                    check=True,
                    capture_output=True,
                    text=True,
                )
            rows.append(Row(**json.loads(answer.stdout.splitlines()[-1])))
    return rows


if __name__ == "__main__":
    sys.exit(main())
