#!/usr/bin/env python3
"""Trains the models and holds their figures against exact oracles and published ones.

    python3 scripts/quality.py --quick          the oracles: minutes on two cores
    python3 scripts/quality.py [--report]       everything: hours, on a GPU where there is one

The full run keeps what is finished, and trainings as run folders: stopped by Ctrl-C, it goes on where it was.
"""

import _python

_python.exit_if_too_old()

import argparse
import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from _environment import CORE_MODULES, ROOT, python_with, run_guarded

if TYPE_CHECKING:
    from quality_gates.cases import Case
    from quality_gates.gates import Row

_HERE = "--here"


def parse(words: list[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only the oracles")
    parser.add_argument("--only", metavar="NAME", help="one case, or the gates whose names begin so")
    parser.add_argument("--work", type=Path, metavar="DIR", help="where results and runs are kept (--quick: nowhere)")
    parser.add_argument("--minutes", type=float, metavar="M", help="stop after so long, as by Ctrl-C")
    parser.add_argument(
        "--report", action="store_true", help="write docs/quality.md; gates that were not run keep their figures"
    )
    parser.add_argument(_HERE, action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main() -> int:
    """Measures in a Python that has what the models need; returns 1 where a gate falls short."""
    options = parse(sys.argv[1:])
    if options.here:
        return in_this_process(options)
    command = [python_with(CORE_MODULES), str(Path(__file__).resolve()), _HERE, *sys.argv[1:]]
    with subprocess.Popen(command) as process:
        # Ctrl-C reaches the process too, which saves before it ends; a polite kill is passed on.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
        return process.wait()


def in_this_process(options: argparse.Namespace) -> int:
    """Measures, reports and closes with the line that counts."""
    sys.path.insert(0, str(ROOT))
    from quality_gates.cases import chosen, measure, rows
    from quality_gates.gates import closing_line
    from quality_gates.report import write_report
    from quality_gates.subjects import CASES
    from quality_gates.work import Stopped, Work

    from latentlab import paths
    from latentlab.commands.interruption import Interruption
    from latentlab.core import threads

    cases = chosen(CASES, options.only, options.quick)
    if not cases:
        names = ", ".join(case.name for case in chosen(CASES, None, options.quick))
        print(f"nothing here is called {options.only!r}; the cases are {names}", file=sys.stderr)
        return 2
    threads.limit_numpy()
    threads.use_threads(threads.training_threads())
    ends = time.monotonic() + 60 * options.minutes if options.minutes is not None else float("inf")
    found: dict[str, list[Row]] = {}
    status = 0
    with Interruption() as interruption, contextlib.ExitStack() as stack:
        folder = options.work or paths.user_data() / "quality"
        if options.quick and options.work is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="latentlab-quality-")))

        def asked() -> bool:
            return interruption.asked() or time.monotonic() > ends

        work = Work(folder, asked, lambda line: print(line, file=sys.stderr, flush=True))
        try:
            for case, measured in measure(cases, work):
                found[case.name] = measured
                say(wanted(case, measured, options.only))
        except Stopped:
            print(f"Stopped; the same command goes on from here, with what is kept in {folder}.", file=sys.stderr)
            status = interruption.status if interruption.asked() else 0
        for case in cases:
            if case.name not in found:
                found[case.name] = rows(case, work)
                say(wanted(case, found[case.name], options.only))
        if options.report:
            every_case = [(case, found.get(case.name) or rows(case, work)) for case in CASES]
            write_report(every_case, ROOT / "docs" / "quality.md")
    every = [row for case in cases for row in wanted(case, found[case.name], options.only)]
    print(closing_line(every), flush=True)
    return status or int(any(row.holds is False for row in every))


def wanted(case: "Case", rows: "Sequence[Row]", only: str | None) -> "list[Row]":
    """Those of a case's rows that were asked for."""
    return [row for row in rows if only in (None, case.name) or row.gate.name.startswith(str(only))]


def say(rows: "Sequence[Row]") -> None:
    """Prints a line a row."""
    for row in rows:
        print(row.in_words(), flush=True)


if __name__ == "__main__":
    sys.exit(run_guarded(main))
