#!/usr/bin/env python3
"""Measures how fast LatentLab is, beside a limit or a peer, on this machine.

    python3 scripts/bench.py [--only NAME] [--json] [--report]
    python3 scripts/bench.py --report --take ROWS --machine WORDS

A row a gate: what was measured, against what, and whether the goal is met (a ratio of at least 1). The machine may be
shared, so ours and the other take turns and the figures are medians. ``--report`` keeps what was measured in
docs/performance.json and writes docs/performance.md from all that is kept there. ``--take`` has it keep what ``--json``
printed on another machine.
"""

import _python

_python.exit_if_too_old()

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from _environment import CORE_MODULES, ROOT, python_with, run_guarded
from benchmarks.cases import Case, Cost, cases
from benchmarks.parts import PARTS, Part
from benchmarks.rows import Row

_SECONDS = 900  # no part takes longer, unless it hangs
_KEPT = ROOT / "docs" / "performance.json"
_GROWTH = "growth"


def main() -> int:
    """Measures each part in a process of its own; returns 1 where a gate does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    named = "measure one part, or the parts with a row called so; growth: only how cost grows"
    parser.add_argument("--only", metavar="NAME", help=named)
    parser.add_argument("--json", action="store_true", help="print a list of rows")
    parser.add_argument("--report", action="store_true", help="write docs/performance.md, with how cost grows")
    parser.add_argument("--take", metavar="ROWS", type=Path, help="keep the rows in this file of JSON; measure nothing")
    parser.add_argument("--machine", metavar="WORDS", help="what they were measured on")
    for hidden in ("--part", "--case"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("--write", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part or arguments.case or arguments.write:
        return in_this_process(arguments)
    if arguments.take:
        if not (arguments.report and arguments.machine):
            parser.error("--take goes with --report and --machine")
        _write_page(json.loads(arguments.take.read_text("utf-8")), [], arguments.machine, _python_for(()))
        return 0
    parts = [part for part in PARTS if arguments.only is None or part.answers_to(arguments.only)]
    grows = arguments.report and arguments.only in (None, _GROWTH)
    if not parts and not grows:
        names = ", ".join([*(part.name for part in PARTS), f"{_GROWTH} (with --report)"])
        parser.error(f"nothing here is called {arguments.only!r}; the parts are {names}")
    rows = [row for row in measure(parts, quiet=arguments.json) if _is_asked(row, arguments.only, parts)]
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    if arguments.report:
        report(rows, grows, _python_for(parts))
    return 1 if any(row.holds is False for row in rows) else 0


def measure(parts: Sequence[Part], quiet: bool = False) -> list[Row]:
    """The rows of ``parts``, those of the window on a virtual screen; said as they come unless ``quiet``."""
    python = _python_for(parts)
    rows: list[Row] = []
    for part in parts:
        for values in _answer(python, ["--part", part.name], part.scale if part.screen else None):
            rows.append(row := Row(**values))
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


def report(rows: Sequence[Row], grows: bool, python: str) -> None:
    """Keeps ``rows`` and, where it ``grows``, how cost grows, measured now; writes the page of all that is kept."""
    costs = []
    for number, case in enumerate(cases() if grows else ()):
        print(case, file=sys.stderr, flush=True)
        costs.append([asdict(case), _answer(python, ["--case", str(number)], scale=1)])
    _write_page([asdict(row) for row in rows], costs, "", python)


def _write_page(rows: list[dict[str, Any]], costs: list[list[dict[str, Any]]], machine: str, python: str) -> None:
    command = [python, str(Path(__file__).resolve()), "--write"]
    subprocess.run(command, input=json.dumps([rows, costs, machine]), text=True, check=True)


def in_this_process(arguments: argparse.Namespace) -> int:
    """What another process of this script was started for: a part, a case of growth, or the page of both."""
    sys.path.insert(0, str(ROOT))
    if arguments.write:
        from benchmarks import kept
        from benchmarks.report import now, write_report

        rows, costs, machine = json.load(sys.stdin)
        figures, occasion = kept.read(_KEPT), now()
        measured = {Case(**case): Cost(**cost) for case, cost in costs}
        figures.renew([Row(**row) for row in rows], measured, replace(occasion, machine=machine or occasion.machine))
        figures.write(_KEPT)
        write_report(figures, _KEPT.with_suffix(".md"))
        return 0
    if arguments.part:
        answer: object = [asdict(row) for row in next(part for part in PARTS if part.name == arguments.part).measure()]
    else:
        from benchmarks import growth

        answer = asdict(growth.measure(cases()[int(arguments.case)]))
    print(json.dumps(answer), flush=True)
    return 0


def _is_asked(row: Row, only: str | None, parts: Sequence[Part]) -> bool:
    return only is None or any(part.name == only for part in parts) or row.name.startswith(only)


def _python_for(parts: Sequence[Part]) -> str:
    """The Python that has what ``parts`` import: this one, or that of the project's environment, made if need be."""
    window = ("PySide6", "pyqtgraph") if any(part.screen for part in parts) else ()
    return python_with(CORE_MODULES + window, ["bench"] if any(part.peers for part in parts) else [])


def _answer(python: str, task: Sequence[str], scale: int | None) -> Any:
    """What a process of this script prints as its last line; on a virtual screen of that ``scale``, if any."""
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="latentlab-bench-"))
        variables = os.environ | {"LATENTLAB_HOME": home}
        if scale is not None:
            from _screen import can_show, virtual_screen

            with contextlib.redirect_stdout(sys.stderr):
                if not can_show():
                    sys.exit("A virtual screen is needed to measure the window.")
            variables |= stack.enter_context(virtual_screen(f"{2200 * scale}x{1400 * scale}"))
            if scale != 1:  # nobody sets a factor of 1, by which Qt paints otherwise and slower
                variables["QT_SCALE_FACTOR"] = str(scale)
        answer = subprocess.run(
            [python, str(Path(__file__).resolve()), *task],
            env=variables,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    if answer.returncode:
        sys.exit(f"{' '.join(task)} could not be measured; what it says is above.")
    return json.loads(answer.stdout.splitlines()[-1])


if __name__ == "__main__":
    sys.exit(run_guarded(main))
