#!/usr/bin/env python3
"""Measures how fast LatentLab is, beside a limit or a peer, on this machine.

    python3 scripts/bench.py [--only NAME] [--json] [--report]

A row a gate: what was measured, against what, and whether the goal is met (a ratio of at least 1). The machine may be
shared, so ours and the other take turns and the figures are medians.
"""

import _python

_python.exit_if_too_old()

import argparse
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from _environment import ROOT, Environment, run_guarded
from benchmarks.parts import PARTS, Part
from benchmarks.rows import Row

# What the parts without a window import; a GPU server has these and no Qt, and is measured as it is.
_CORE = ("torch", "numpy", "safetensors", "sklearn", "threadpoolctl", "platformdirs", "filelock")
_SECONDS = 900  # no part takes longer, unless it hangs


def main() -> int:
    """Measures each part in a process of its own; returns 1 where a gate does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="NAME", help="measure one part, or the parts with a row called so")
    parser.add_argument("--json", action="store_true", help="print a list of rows")
    parser.add_argument("--report", action="store_true", help="write docs/performance.md, with how cost grows")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        return measure_here(arguments.part)
    parts = [part for part in PARTS if arguments.only is None or part.answers_to(arguments.only)]
    if not parts:
        names = ", ".join(part.name for part in PARTS)
        parser.error(f"nothing here is called {arguments.only!r}; the parts are {names}")
    rows = [row for row in measure(parts, quiet=arguments.json) if _is_asked(row, arguments.only, parts)]
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    if arguments.report:
        from benchmarks.report import write_report

        write_report(rows, ROOT / "docs" / "performance.md")
    return 1 if any(row.holds is False for row in rows) else 0


def measure(parts: Sequence[Part], quiet: bool = False) -> list[Row]:
    """The rows of ``parts``, those of the window on a virtual screen; said as they come unless ``quiet``."""
    python = _python_for(parts)
    rows: list[Row] = []
    for part in parts:
        for row in _in_own_process(part, python):
            rows.append(row)
            if not quiet:
                print(in_words(row), flush=True)
    return rows


def in_words(row: Row) -> str:
    """A row as a line."""
    if row.ratio is None or row.ours is None or row.reference is None:
        return f"{row.name}: not measured ({row.against})"
    verdict = "holds" if row.holds else "FALLS SHORT"
    figures = f"{row.ours:.4g} {row.unit}, {row.against} {row.reference:.4g}"
    return f"{row.name}: {figures}; {row.ratio:.2f} of the goal: {verdict}"


def measure_here(name: str) -> int:
    """Measures the part ``name`` in this process and prints its rows as the last line."""
    sys.path.insert(0, str(ROOT))
    part = next(part for part in PARTS if part.name == name)
    rows = part.measure()
    print(json.dumps([asdict(row) for row in rows]), flush=True)
    return 0


def _is_asked(row: Row, only: str | None, parts: Sequence[Part]) -> bool:
    return only is None or any(part.name == only for part in parts) or row.name.startswith(only)


def _python_for(parts: Sequence[Part]) -> str:
    """The Python that has what ``parts`` import: this one, or that of the project's environment, made if need be."""
    needed = _CORE + (("PySide6", "pyqtgraph") if any(part.screen for part in parts) else ())
    environment = Environment()
    if Path(sys.prefix) != environment.folder and all(importlib.util.find_spec(name) for name in needed):
        return sys.executable
    with contextlib.redirect_stdout(sys.stderr):
        environment.prepare(["bench"] if any(part.peers for part in parts) else [])
    return str(environment.python)


def _in_own_process(part: Part, python: str) -> list[Row]:
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="latentlab-bench-"))
        variables = os.environ | {"LATENTLAB_HOME": home}
        if part.screen:
            from _screen import can_show, virtual_screen

            with contextlib.redirect_stdout(sys.stderr):
                if not can_show():
                    sys.exit("A virtual screen is needed to measure the window.")
            size = f"{2200 * part.scale}x{1400 * part.scale}"
            variables |= stack.enter_context(virtual_screen(size)) | {"QT_SCALE_FACTOR": str(part.scale)}
        command = [python, str(Path(__file__).resolve()), "--part", part.name]
        answer = subprocess.run(
            command, env=variables, stdout=subprocess.PIPE, text=True, check=False, timeout=_SECONDS
        )
    if answer.returncode:
        sys.exit(f"{part.name} could not be measured; what it says is above.")
    return [Row(**row) for row in json.loads(answer.stdout.splitlines()[-1])]


if __name__ == "__main__":
    sys.exit(run_guarded(main))
