#!/usr/bin/env python3
"""Runs every check of LatentLab: ruff, mypy, the import contracts and the tests, which get a virtual screen.

Sets up the virtual environment first, like scripts/run.py. Arguments other than this script's own go to pytest:
`python3 scripts/test.py -k lattice`. The tests run in two processes; `-n 0` has them in one, as a debugger needs it.
"""

import _python

_python.exit_if_too_old()

import argparse
import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from _environment import INDEX_HELP, INDEX_VARIABLE, ROOT, Environment, run_guarded
from _screen import can_show, virtual_screen

# One has the windows' tests, and they take as long as all others together.
_MOST_PROCESSES = 2


def parse(arguments: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options of this script, and the arguments that are pytest's."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--slow", action="store_true", help="run the full-length checks of quality and speed as well")
    parser.add_argument("--torch-index", metavar="URL", default=os.environ.get(INDEX_VARIABLE) or None, help=INDEX_HELP)
    return parser.parse_known_args(arguments)


def steps(environment: Environment, slow: bool, for_pytest: list[str]) -> dict[str, list[str]]:
    """The checks in their order: name -> command. pytest comes last, so that its summary ends the output."""
    program = str(environment.python)
    processes = ["-n", str(min(os.cpu_count() or 1, _MOST_PROCESSES))]
    # The full-length checks measure time, too: one by one.
    chosen = ["-m", "slow or not slow"] if slow else processes
    return {
        "ruff": [program, "-m", "ruff", "check", "."],
        "mypy": [program, "-m", "mypy"],
        "import contracts": [str(environment.programs / "lint-imports"), "--no-logo"],
        "pytest": [program, "-m", "pytest", *chosen, *for_pytest],
    }


@contextlib.contextmanager
def surroundings() -> Iterator[dict[str, str]]:
    """The tests' environment variables: a screen of their own, and a home that is thrown away."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="latentlab-test-")))
        runtime = home / "runtime"
        runtime.mkdir(mode=0o700)
        variables = os.environ | {"LATENTLAB_HOME": str(home), "XDG_RUNTIME_DIR": str(runtime)}
        # The user's own screen (Qt would prefer Wayland) and taste stay out of it.
        for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORMTHEME", "QT_SCALE_FACTOR", "QT_STYLE_OVERRIDE"):
            variables.pop(name, None)
        screen = stack.enter_context(virtual_screen()) if can_show() else {"QT_QPA_PLATFORM": "offscreen"}
        yield variables | screen


def run_all(commands: dict[str, list[str]], variables: dict[str, str]) -> list[str]:
    """Runs every command, whatever the ones before it gave; returns the names of those that failed."""
    failed = []
    for name, command in commands.items():
        print(f"\n=== {name}: {shlex.join(command)}", flush=True)
        begin = time.monotonic()
        status = subprocess.call(command, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL)
        print(f"=== {name}: {'failed' if status else 'passed'} in {time.monotonic() - begin:.0f} s", flush=True)
        if status:
            failed.append(name)
    return failed


def main() -> int:
    """Sets up, runs every check and returns an exit status."""
    options, for_pytest = parse(sys.argv[1:])
    # A polite kill must end the virtual screen too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    environment = Environment(torch_index=options.torch_index)
    environment.prepare(extras=["test"])
    with surroundings() as variables:
        failed = run_all(steps(environment, options.slow, for_pytest), variables)
    print(f"Failed: {', '.join(failed)}." if failed else "Every check has passed.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run_guarded(main))
